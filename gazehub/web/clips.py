"""Clips of visitors: what the page takes, and the work on them. Needs PyAV when it is used, not when imported."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Event

from gazehub.files.names import printable
from gazehub.pipeline_gaze import GazePipeline, NoFaceError
from gazehub.stream.stream import FACES
from gazehub.web.visit import private_path

MAX_CLIP_BYTES, MAX_SECONDS = 50 * 2**20, 60
MAX_PICTURES = 60 * MAX_SECONDS  # 60 a second
MAX_SIDES = 3840, 2160  # pixels, the longer side first
NAME = "looking-into-the-camera.mp4"


class ClipError(ValueError):
    """A clip can't be used; the message is a sentence for its owner."""


class Stopped(Exception):
    """Its visitor left, or took the clip away."""


@dataclass(frozen=True)
class ClipWish:
    """What a visitor wants of a clip; the values may come from anywhere.

    Args:
        strength: 0 (unchanged) to 1 (into the lens).
        compare: before and after side by side.
        faces: "all" or "largest".
        look_away: the share of natural glances aside that are let through, 0..1.

    Raises:
        ClipError: a value is out of range, or of another kind.
    """

    strength: float = 1.0
    compare: bool = False
    faces: str = "all"
    look_away: float = 0.0

    def __post_init__(self) -> None:
        for name, share in (("strength", self.strength), ("share of glances", self.look_away)):
            if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share <= 1:
                raise ClipError(f"The {name} must be a number from 0 to 1.")
        if not isinstance(self.compare, bool):
            raise ClipError("Side by side must be true or false.")
        if self.faces not in FACES:
            raise ClipError('The faces must be "all" or "largest".')


class ClipWork:
    """Corrects the clips of the page, and stops when their visitors are gone.

    Args:
        folder: where the results go; gradio deletes them in time.
    """

    def __init__(self, pipeline: GazePipeline, folder: str | Path) -> None:
        self._pipeline, self._folder = pipeline, folder
        self._visitors: dict[Event, str] = {}  # of the clips in work: what stops one, and whose it is

    def correct(
        self,
        path: str | Path,
        wish: ClipWish,
        visitor: str,
        on_picture: Callable[[int, int], object] = lambda done, total: None,
    ) -> str:
        """Bring the gaze in a clip to the camera.

        Args:
            visitor: whose it is, see `stop`.
            on_picture: called with the numbers of pictures that are done and that there are; at first with none done.

        Returns:
            the path of an MP4 with H.264 pictures.

        Raises:
            ClipError: it can't be used. Stopped: see `stop`.
        """
        from gazehub.pipeline_video import VideoPipeline
        from gazehub.video.command import correct_video
        from gazehub.video.reader import VideoError, open_video

        path, result, stop = Path(path), private_path(self._folder, NAME), Event()
        total, done = count_pictures(path), 0
        stream = VideoPipeline(self._pipeline).stream(wish.strength, wish.faces, wish.look_away)

        def count() -> None:
            nonlocal done
            if stop.is_set():
                raise Stopped
            done += 1
            on_picture(min(done, total), total)

        on_picture(0, total)
        self._visitors[stop] = visitor
        try:
            with open_video(path) as video:
                correct_video(video, result, stream, compare=wish.compare, on_picture=count)
        except NoFaceError:
            raise ClipError("No face was found in any picture of the clip.") from None
        except VideoError as error:
            raise ClipError(_for_the_page(str(error), path)) from None
        finally:
            del self._visitors[stop]
        return str(result)

    def stop(self, visitor: str) -> None:
        """Stop the work on a visitor's clips within a picture or two."""
        for event, owner in list(self._visitors.items()):
            if owner == visitor:
                event.set()


def can_read_clips() -> bool:
    """Whether PyAV is installed."""
    return find_spec("av") is not None


def count_pictures(path: Path) -> int:
    """How many pictures a clip within the limits has. Nothing is decoded: browsers record without a length in the
    header, so this walks over the packets.

    Raises:
        ClipError: it is over a limit, or no video.
    """
    import av
    from av.error import FFmpegError

    from gazehub.video.reader import OPTIONS

    if path.stat().st_size > MAX_CLIP_BYTES:
        raise ClipError(f"The clip is too large: at most {MAX_CLIP_BYTES // 2**20} MB.")
    pictures, starts, ends = 0, [], []
    try:
        with av.open(f"file:{path}", options=OPTIONS, metadata_errors="replace") as container:
            if not container.streams.video:
                raise ClipError("The clip has no pictures in it.")
            stream = container.streams.video[0]
            sides = stream.codec_context.width, stream.codec_context.height
            if max(sides) > MAX_SIDES[0] or min(sides) > MAX_SIDES[1]:
                raise ClipError(f"The pictures of the clip are too large: at most {MAX_SIDES[0]} × {MAX_SIDES[1]}.")
            for packet in container.demux(stream):
                pictures += packet.size > 0
                if packet.pts is not None:
                    starts.append(packet.pts * packet.time_base)
                    ends.append(starts[-1] + (packet.duration or 0) * packet.time_base)
    except FFmpegError:
        raise ClipError("This file is not a video that can be read, or it is damaged.") from None
    if ends and max(ends) - min(starts) > MAX_SECONDS + 0.5:  # a recording of a minute has a little more
        raise ClipError(f"The clip is too long: at most {MAX_SECONDS} seconds.")
    if pictures > MAX_PICTURES:
        raise ClipError(f"The clip has too many pictures: at most {MAX_PICTURES}, which is 60 a second for a minute.")
    return pictures


def _for_the_page(sentence: str, path: Path) -> str:
    """What a reader says, without the name that the server gave the file and without advice for the command line."""
    sentence = sentence.replace(printable(path), "The clip")
    return re.split(r"[;:] (?:`--|write a )", sentence)[0].rstrip(".") + "."
