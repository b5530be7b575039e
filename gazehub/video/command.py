"""``gazehub video``: a video in, the same video with the eyes on the lens out."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gazehub.files.names import printable
from gazehub.video import NEEDS_PYAV

if TYPE_CHECKING:
    import numpy as np

    from gazehub.pipeline_video import GazeStream
    from gazehub.video.reader import Video


def video(args: argparse.Namespace) -> int:
    try:
        import av  # noqa: F401
    except ModuleNotFoundError as error:
        raise ValueError(NEEDS_PYAV) from error
    from tqdm import tqdm

    from gazehub.pipeline_gaze import GazePipeline
    from gazehub.pipeline_video import VideoPipeline
    from gazehub.video.reader import open_video
    from gazehub.video.writer import check_target

    check_target(args.output)
    if args.output.resolve() == args.video.resolve():
        raise ValueError(f"{printable(args.output)} is the video: it would be overwritten. Choose another name.")
    with open_video(args.video, args.start, args.end) as opened:
        pipeline = VideoPipeline(
            GazePipeline.from_pretrained(args.weights, revision=args.revision, device=args.device, threads=1)
        )
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

    def look(picture: np.ndarray, seconds: float) -> np.ndarray:
        nonlocal found
        picture, report = stream(picture, seconds)
        found = found or bool(report.faces)
        return picture

    with whole_file(path) as part:
        count = rewrite_video(video, part, look, crf, compare, on_picture)
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
