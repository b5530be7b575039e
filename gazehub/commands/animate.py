"""``gazehub animate``: a photo in, a clip in which the eyes move out."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from gazehub.commands.options import add_eyes, add_faces, add_weights, open_pipeline, rate, whole_number


def add_command(commands) -> None:
    command = commands.add_parser("animate", help="make the eyes of a photo move")
    command.add_argument("photo", type=Path, metavar="PHOTO")
    command.add_argument(
        "-o", "--output", type=Path, required=True, metavar="OUT", help="a .gif, an .mp4, or a folder of frames"
    )
    add_faces(command)
    add_eyes(command)
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
    command.add_argument("--frames", type=whole_number(2, 1000), default=24, help="default: 24")
    command.add_argument("--fps", type=rate, default=12.0, help="frames a second (default: 12)")
    add_weights(command)
    command.set_defaults(run=animate)


def animate(args: argparse.Namespace) -> int:
    from gazehub.frames import Frames
    from gazehub.video.clips import around, there_and_back, write_clip

    check_target(args.photo, args.output)
    encoding = open_pipeline(args).encode(args.photo)
    if args.look_around:
        frames = Frames(lambda degrees: encoding.redirect(*degrees, args.faces, args.eyes).image, around(args.frames))
    else:
        frames = encoding.animate(there_and_back(args.frames, *args.alphas), args.faces, args.eyes)
    write_clip(frames, args.output, args.fps)
    return 0


def check_target(photo: Path, target: Path) -> None:
    """Raises: ValueError: a clip of this photo can't be written there."""
    if target.suffix.lower() not in (".gif", ".mp4", ""):
        raise ValueError(f"{target}: a clip is a .gif, an .mp4 or a folder.")
    if os.path.realpath(target) == os.path.realpath(photo):
        raise ValueError(f"{target} is the photo: it would be overwritten. Choose another name.")
    if target.is_dir() and (target.suffix or any(target.iterdir())):
        raise ValueError(f"{target} is a folder with something in it; choose another name.")
    if not target.suffix and os.path.lexists(target) and not target.is_dir():
        raise ValueError(f"{target} is no folder; choose another name.")
