"""``gazehub demo``: a sample photo, corrected and animated."""

from __future__ import annotations

import argparse
from pathlib import Path

from gazehub.commands.options import add_weights, open_pipeline
from gazehub.files.names import escaped


def add_command(commands) -> None:
    command = commands.add_parser("demo", help="correct and animate a sample photo")
    command.add_argument("-o", "--output", type=Path, default=Path("gazehub-demo"), metavar="DIR")
    add_weights(command)
    command.set_defaults(run=demo)


def demo(args: argparse.Namespace) -> int:
    from gazehub.files.images import load_image, sample_photo
    from gazehub.files.pictures import save_picture, side_by_side
    from gazehub.video.clips import there_and_back, write_clip

    encoding = open_pipeline(args).encode(sample_photo())
    picture, clip = args.output / "before_after.png", args.output / "animation.gif"
    after = encoding.correct().image
    save_picture(side_by_side([load_image(sample_photo()), after], encoding.faces[0].box), picture)
    write_clip(encoding.animate(there_and_back(24, 0.0, 1.5)), clip, fps=12)
    print(escaped(picture), escaped(clip), sep="\n")
    return 0
