"""``gazehub correct``: photos, or folders of photos, with the eyes on the lens."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from gazehub.commands.options import add_eyes, add_faces, add_strength, add_weights, open_pipeline, whole_number
from gazehub.commands.terminal import tell
from gazehub.files.names import escaped

STOPPED = 130  # what a shell says of a command that Ctrl-C ended


def add_command(commands) -> None:
    command = commands.add_parser(
        "correct",
        help="make people look into the camera",
        description="Make people look into the camera. What became of every photo of a folder is a line of "
        "gazehub.csv in the output folder; started again, the command goes on where it was. Done means: the picture "
        "is there with its line and these settings, or the photo shows no usable face. What failed is tried again.",
    )
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos, or folders of photos, or their URLs")
    command.add_argument(
        "-o", "--output", required=True, metavar="OUT", help="a file for one photo, else a folder or its URL"
    )
    add_faces(command)
    add_eyes(command)
    add_strength(command)
    command.add_argument(
        "--workers",
        type=whole_number(1, 1000),
        metavar="N",
        help="N processes of one thread each; default: this process, with as many threads as pay",
    )
    command.add_argument(
        "--ray",
        nargs="?",
        const="local",
        metavar="ADDRESS",
        help="work through Ray Data: on a cluster (its address, or `auto`; photos and output on storage that all of "
        "it reaches), or, without an address, on this machine",
    )
    add_weights(command)
    command.set_defaults(run=correct)


def correct(args: argparse.Namespace) -> int:
    from gazehub.batch.place import is_url
    from gazehub.batch.plan import names_for, photos_in, single_target

    folders = any(is_url(source) or os.path.isdir(source) for source in args.photos)
    photos = [photo for source in args.photos for photo in photos_in(source)]
    target = None if folders else single_target(photos, args.output)
    if target is not None:
        return _correct_each(args, [(photos[0], target)])
    names = names_for(photos, args.output)
    if folders or args.workers or args.ray or is_url(args.output):
        return _correct_many(args, names)
    return _correct_each(args, [(photo, Path(args.output, name)) for photo, name in names.items()])


def _correct_each(args: argparse.Namespace, targets: list[tuple[str, Path]]) -> int:
    """Photos that were named one by one: done every time."""
    from tqdm import tqdm

    from gazehub.files.failures import sentence
    from gazehub.files.pictures import save_picture

    pipeline = open_pipeline(args)
    failed = 0
    for photo, target in tqdm(targets, unit="photo", disable=len(targets) == 1):
        try:
            output = pipeline.correct(photo, args.strength, args.faces, args.eyes)
            save_picture(output.image, target)
            if len(targets) == 1 and args.strength and all(face.at_lens for face in output.faces):
                _tell_beside_bar(photo, "everybody looks into the lens already, so the eyes are as they were")
        except Exception as error:  # of one photo, which must not keep the others waiting
            failed += 1
            _tell_beside_bar(photo, sentence(error))
    return 2 if failed else 0


def _correct_many(args: argparse.Namespace, names: dict[str, str]) -> int:
    """Folders of photos: with a report, and done once."""
    from tqdm import tqdm

    from gazehub.batch.place import absolute
    from gazehub.batch.run import Run, engine_for
    from gazehub.batch.worker import Order

    order = Order(
        output=absolute(args.output),
        strength=args.strength,
        faces=args.faces,
        eyes=args.eyes,
        weights=args.weights,
        revision=args.revision,
        device=args.device,
        threads=1 if args.workers or args.ray else None,
    )
    run = Run(order, {absolute(photo): name for photo, name in names.items()}, engine_for(args.workers, args.ray))
    if run.done.other_settings:
        tell(f"{run.done.other_settings} of the pictures there have other settings: made anew.")
    if run.done.without_face:
        tell(f"{run.done.without_face} of the photos done earlier show no usable face: see the report.")
    failed = run.done.without_face
    try:
        for record in tqdm(run, unit="photo", total=len(names), initial=len(names) - len(run.jobs)):
            if record.error:
                failed += 1
                _tell_beside_bar(record.file, record.error)
    except KeyboardInterrupt:
        tell("stopped; the same command goes on from here.")
        return STOPPED
    return 2 if failed else 0


def _tell_beside_bar(photo: str, why: str) -> None:
    from tqdm import tqdm

    tqdm.write(escaped(f"gazehub: {photo}: {why}"), file=sys.stderr)
