"""``gazehub video``: a video in, the same video with the eyes on the lens out."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gazehub.commands.options import add_faces, add_look_away, add_strength, add_weights, open_pipeline
from gazehub.files.names import printable
from gazehub.video import NEEDS_PYAV

if TYPE_CHECKING:
    import numpy as np

    from gazehub.pipeline_video import GazeStream
    from gazehub.stream.stream import Seen
    from gazehub.video.reader import Video


def add_command(commands) -> None:
    command = commands.add_parser(
        "video",
        help="make people in a video look into the camera",
        description="Make people in a video look into the camera. Sound, subtitles, times and colours stay as they "
        "are; the pictures change where the eyes are. Written as H.264 (.mp4, .mov, .mkv) or VP9 (.webm).",
    )
    command.add_argument("video", type=Path, metavar="IN", help="a .mp4, .mov, .mkv or .webm")
    command.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="another one")
    add_strength(command)
    add_faces(command)
    add_look_away(command)
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
    add_weights(command)
    command.set_defaults(run=video)


def video(args: argparse.Namespace) -> int:
    try:
        import av  # noqa: F401
    except ModuleNotFoundError as error:
        raise ValueError(NEEDS_PYAV) from error
    from tqdm import tqdm

    from gazehub.pipeline_video import VideoPipeline
    from gazehub.video.reader import open_video
    from gazehub.video.writer import check_target

    check_target(args.output)
    if os.path.realpath(args.output) == os.path.realpath(args.video):
        raise ValueError(f"{printable(args.output)} is the video: it would be overwritten. Choose another name.")
    with open_video(args.video, args.start, args.end) as opened:
        pipeline = VideoPipeline(open_pipeline(args, threads=1))
        with tqdm(total=opened.frames, unit="frame") as bar:
            stream = pipeline.stream(strength=args.strength, faces=args.faces, look_away=args.look_away)
            correct_video(opened, args.output, stream, args.crf, args.compare, bar.update)
    return 0


def correct_video(
    video: Video,
    path: Path,
    stream: GazeStream,
    crf: int | None = None,
    compare: bool = False,
    on_picture: Callable[[], object] = lambda: None,
) -> int:
    """Write a video with the gaze of its people brought to the camera; whole or not at all.

    Args:
        video: as `gazehub.video.reader.open_video` opens it.
        crf, compare, on_picture: as for `gazehub.video.rewrite.rewrite_video`.

    Returns:
        how many pictures it has.

    Raises:
        VideoError: something can't be read or written.
        NoFaceError: there is no face in any picture.
    """
    from gazehub.files.pictures import whole_file
    from gazehub.pipeline_gaze import NoFaceError
    from gazehub.video.rewrite import rewrite_video

    found = False

    def draw(seen: Seen) -> np.ndarray:
        nonlocal found
        picture, report = stream.draw(seen)
        found = found or bool(report.faces)
        return picture

    with whole_file(path) as part:
        count = rewrite_video(video, part, stream.read, draw, crf, compare, on_picture)
        if not found:
            raise NoFaceError("No face was found in any picture of the video.")
    return count


def moment(text: str) -> float:
    """Seconds of "90", "1:30" or "0:01:30.5"."""
    if not re.fullmatch(r"(\d+:){0,2}\d+(\.\d*)?", text):
        raise argparse.ArgumentTypeError("must be seconds, or h:mm:ss")
    seconds = 0.0
    for part in text.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds
