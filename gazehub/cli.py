"""The ``gazehub`` command: correct, video, camera, animate, info, app, demo."""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING

from gazehub import __version__
from gazehub.camera.command import camera, camera_or_file, picture_size
from gazehub.video.command import moment, video

if TYPE_CHECKING:
    from gazehub.pipeline_gaze import GazePipeline

STOPPED = 130  # what a shell says of a command that Ctrl-C ended


class CommandError(Exception):
    """What was asked can't be done; the message is for the person at the keyboard."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Returns the exit code: 0, 2 if anything asked for was not done, 130 if it was stopped."""
    args = _parser().parse_args(arguments)
    with _quiet_libraries():
        try:
            return args.run(args)
        except (CommandError, ValueError, OSError) as error:  # our own errors are ValueErrors with a plain sentence
            print(f"gazehub: {error}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print("gazehub: stopped.", file=sys.stderr)
            return STOPPED


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

    from gazehub.files.pictures import save_picture

    pipeline = _pipeline(args)
    failed = 0
    for photo, target in tqdm(targets, unit="photo", disable=len(targets) == 1):
        try:
            output = pipeline.correct(photo, args.strength, args.faces, args.eyes)
            save_picture(output.image, target)
        except (ValueError, OSError) as error:
            failed += 1
            tqdm.write(f"gazehub: {photo}: {error}", file=sys.stderr)
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
        count = run.done.other_settings
        print(f"gazehub: {count} of the pictures there have other settings: made anew.", file=sys.stderr)
    if run.done.without_face:
        count = run.done.without_face
        print(f"gazehub: {count} of the photos done earlier show no usable face: see the report.", file=sys.stderr)
    failed = run.done.without_face
    try:
        for record in tqdm(run, unit="photo", total=len(names), initial=len(names) - len(run.jobs)):
            if record.error:
                failed += 1
                tqdm.write(f"gazehub: {record.file}: {record.error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("gazehub: stopped; the same command goes on from here.", file=sys.stderr)
        return STOPPED
    return 2 if failed else 0


def animate(args: argparse.Namespace) -> int:
    from gazehub.video.clips import around, there_and_back, write_clip

    photo, target = args.photo, args.output
    _check_clip_target(photo, target)
    encoding = _pipeline(args).encode(photo)
    if args.look_around:
        frames = [encoding.redirect(*degrees, args.faces, args.eyes).image for degrees in around(args.frames)]
    else:
        frames = encoding.animate(there_and_back(args.frames, *args.alphas), args.faces, args.eyes)
    write_clip(frames, target, args.fps)
    return 0


def info(args: argparse.Namespace) -> int:
    faces = [report.to_json() for report in _pipeline(args).inspect(args.photo)]
    print(json.dumps({"photo": str(args.photo), "faces": faces}, indent=2))
    return 0


def demo(args: argparse.Namespace) -> int:
    from gazehub.files.images import load_image, sample_photo
    from gazehub.files.pictures import save_picture, side_by_side
    from gazehub.video.clips import there_and_back, write_clip

    encoding = _pipeline(args).encode(sample_photo())
    picture, clip = args.output / "before_after.png", args.output / "animation.gif"
    after = encoding.correct().image
    save_picture(side_by_side([load_image(sample_photo()), after], encoding.faces[0].box), picture)
    write_clip(encoding.animate(there_and_back(24, 0.0, 1.5)), clip, fps=12)
    print(picture, clip, sep="\n")
    return 0


def app(args: argparse.Namespace) -> int:
    try:
        from gazehub.web.server import serve
    except ModuleNotFoundError as error:
        raise CommandError(f"The page needs {error.name}: pip install 'gazehub[app]'") from error
    serve(_pipeline(args), server_port=args.port)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("gazehub", description="Portrait gaze correction and animation.")
    parser.add_argument("--version", action="version", version=f"gazehub {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    model = argparse.ArgumentParser(add_help=False)
    model.add_argument(
        "--weights", metavar="SOURCE", help="folder or hub id[@revision]; default: those that came with gazehub"
    )
    model.add_argument("--revision", help="branch, tag or commit of a hub id")
    model.add_argument("--device", help='for instance "cuda"; default: the CPU')
    choice = argparse.ArgumentParser(add_help=False)
    choice.add_argument("--faces", choices=("all", "largest"), default="all")
    choice.add_argument("--eyes", choices=("both", "left", "right"), default="both", help="as seen in the picture")

    command = commands.add_parser(
        "correct",
        parents=[choice, model],
        help="make people look into the camera",
        description="Make people look into the camera. What became of every photo of a folder is a line of "
        "gazehub.csv in the output folder; started again, the command goes on where it was. Done means: the picture "
        "is there with its line and these settings, or the photo shows no usable face. What failed is tried again.",
    )
    command.add_argument("photos", nargs="+", metavar="PHOTO", help="photos, or folders of photos, or their URLs")
    command.add_argument(
        "-o", "--output", required=True, metavar="OUT", help="a file for one photo, else a folder or its URL"
    )
    command.add_argument("--strength", type=_share, default=1.0, help="0 (nothing) to 1 (into the lens, the default)")
    command.add_argument(
        "--workers",
        type=_positive_whole,
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
    command.set_defaults(run=correct)

    command = commands.add_parser(
        "video",
        parents=[model],
        help="make people in a video look into the camera",
        description="Make people in a video look into the camera. Sound, subtitles, times and colours stay as they "
        "are; the pictures change where the eyes are. Written as H.264 (.mp4, .mov, .mkv) or VP9 (.webm).",
    )
    command.add_argument("video", type=Path, metavar="IN", help="a .mp4, .mov, .mkv or .webm")
    command.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="another one")
    command.add_argument("--strength", type=_share, default=1.0, help="0 (nothing) to 1 (into the lens, the default)")
    command.add_argument("--faces", choices=("all", "largest"), default="all")
    command.add_argument(
        "--look-away", type=_share, default=0.0, metavar="SHARE", help="of glances aside that are let through: 0 to 1"
    )
    command.add_argument("--start", type=moment, default=0.0, metavar="TIME", help="seconds, or h:mm:ss")
    command.add_argument("--end", type=moment, metavar="TIME", help="the same")
    command.add_argument(
        "--crf",
        type=int,
        choices=range(1, 52),
        metavar="N",
        help="1 (largest file) to 51; default: 18, and 24 for a .webm, which the eye can't tell from the original",
    )
    command.add_argument("--compare", action="store_true", help="before and after side by side")
    command.set_defaults(run=video)

    command = commands.add_parser(
        "camera",
        parents=[model],
        help="look into the camera in calls",
        description="Take a webcam and be a camera that calls can choose, with your eyes on the lens. Keys, in the "
        "window or the terminal: space: on or off, + and -: strength, q: quit.",
    )
    command.add_argument(
        "camera",
        nargs="?",
        type=camera_or_file,
        default=0,
        metavar="CAMERA",
        help="its number (default: 0), or a video file",
    )
    command.add_argument("--size", type=picture_size, default=(1280, 720), metavar="WxH", help="default: 1280x720")
    command.add_argument("--fps", type=_positive, default=30.0, help="frames a second, at most (default: 30)")
    command.add_argument("--strength", type=_share, default=1.0, help="0 (nothing) to 1 (into the lens, the default)")
    command.add_argument("--faces", choices=("all", "largest"), default="all")
    command.add_argument(
        "--look-away", type=_share, default=0.0, metavar="SHARE", help="of glances aside that are let through: 0 to 1"
    )
    window = command.add_mutually_exclusive_group()
    window.add_argument("--no-preview", action="store_true", help="no window")
    window.add_argument("--preview-only", action="store_true", help="the window, and no virtual camera")
    command.set_defaults(run=camera)

    command = commands.add_parser("animate", parents=[choice, model], help="make the eyes of a photo move")
    command.add_argument("photo", type=Path, metavar="PHOTO")
    command.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="a .gif, an .mp4, or a folder of frames"
    )
    path = command.add_mutually_exclusive_group()
    path.add_argument(
        "--alphas",
        nargs=2,
        type=float,
        default=(0.0, 1.0),
        metavar=("START", "STOP"),
        help="go there and back; 0 is the gaze of the photo, 1 the camera (default: 0 1)",
    )
    path.add_argument("--look-around", action="store_true", help="look around in an ellipse instead")
    command.add_argument("--frames", type=_whole_number, default=24, help="default: 24")
    command.add_argument("--fps", type=_positive, default=12.0, help="frames a second (default: 12)")
    command.set_defaults(run=animate)

    command = commands.add_parser("info", parents=[model], help="where the people in a photo look, as JSON")
    command.add_argument("photo", type=Path, metavar="PHOTO")
    command.set_defaults(run=info)

    command = commands.add_parser("app", parents=[model], help="serve the web page on this machine")
    command.add_argument("--port", type=int, help="default: the first free one from 7860 on")
    command.set_defaults(run=app)

    command = commands.add_parser("demo", parents=[model], help="correct and animate a sample photo")
    command.add_argument("-o", "--output", type=Path, default=Path("gazehub-demo"), metavar="DIR")
    command.set_defaults(run=demo)
    return parser


def _share(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError("must be between 0 and 1")
    return number


def _whole_number(text: str) -> int:
    number = int(text)
    if not 2 <= number <= 1000:
        raise argparse.ArgumentTypeError("must be between 2 and 1000")
    return number


def _positive_whole(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 1000:
        raise argparse.ArgumentTypeError("must be between 1 and 1000")
    return number


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number <= 120:
        raise argparse.ArgumentTypeError("must be above 0, and at most 120")
    return number


def _pipeline(args: argparse.Namespace) -> GazePipeline:
    from gazehub.pipeline_gaze import GazePipeline

    return GazePipeline.from_pretrained(args.weights, revision=args.revision, device=args.device)


def _check_clip_target(photo: Path, target: Path) -> None:
    if target.suffix.lower() not in (".gif", ".mp4", ""):
        raise CommandError(f"{target}: a clip is a .gif, an .mp4 or a folder.")
    if target.resolve() == photo.resolve():
        raise CommandError(f"{target} is the photo: it would be overwritten. Choose another name.")
    if target.is_dir() and (target.suffix or any(target.iterdir())):
        raise CommandError(f"{target} is a folder with something in it; choose another name.")
    if not target.suffix and target.exists() and not target.is_dir():
        raise CommandError(f"{target} is a file; choose another name.")


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Native libraries log to file descriptor 2: send that nowhere, while Python's own stderr keeps its way out."""
    kept = os.dup(2)
    own = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        with own, redirect_stderr(own) if sys.stderr is sys.__stderr__ else nullcontext(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
