"""A video file, read forwards: its pictures, upright and with their times, and its other packets untouched."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from gazehub.files.names import printable
from gazehub.video.orientation import Way
from gazehub.video.planes import BT709, LIMITED, RGB, UNSPECIFIED, WEIGHTS, Colours, Planes

SUFFIXES = (".mp4", ".mov", ".mkv", ".webm")
# No playlists and no addresses: a file can't make this program open others.
OPTIONS = {"format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm", "protocol_whitelist": "file"}
LEAST_SIDE = 16  # pixels; encoders want some, and a face more
HDR_TRANSFERS = (16, 18)  # PQ and HLG, by the numbers of H.273
USUAL_RATE, MOST_RATE = Fraction(30), 240  # pictures a second; browsers write 1000 where they don't know
LAG = 2.0  # seconds that sound may come after its pictures in a file
MISSING = 1.0  # seconds at the end of a file that may be missing without it being called broken


class VideoError(ValueError):
    """The video can't be read or written; the message says why."""


@dataclass(frozen=True)
class Picture:
    """One upright picture of a video.

    Args:
        planes: as decoded.
        rgb: (H, W, 3) uint8, what they look like.
        pts, duration: in the video's `time_base`; the first second asked for is 0 if one was, else as in the file.
        seconds: the same as a number.
    """

    planes: Planes
    rgb: np.ndarray
    pts: int
    duration: int
    seconds: float


@dataclass(frozen=True)
class Copied:
    """A packet of another stream, to be copied."""

    packet: av.Packet


@dataclass(frozen=True)
class Video:
    """What is known of a video before it is read, and `items`, which can be read once.

    Args:
        name: of the file, for people.
        size: width and height in pixels, upright.
        pixel_aspect: width of a pixel ÷ its height, upright.
        rate: frames a second, about.
        frames: about how many there will be, None if the file doesn't say.
        seconds: the length of what will be read, None if the file doesn't say.
        others: the streams that `Copied` packets come from: sound and subtitles.
    """

    name: str
    size: tuple[int, int]
    pixel_aspect: Fraction
    colours: Colours
    time_base: Fraction
    rate: Fraction
    frames: int | None
    seconds: float | None
    others: tuple[av.stream.Stream, ...]
    items: Generator[Picture | Copied, None, None]


@contextmanager
def open_video(path: Path, start: float = 0.0, end: float | None = None) -> Iterator[Video]:
    """Open a video for reading.

    Args:
        start, end: seconds of it to read, as a player counts them; to its end if None.

    Raises:
        VideoError: it is no video, or one that would be harmed.
    """
    name = printable(path)
    if path.is_dir():
        raise VideoError(f"{name} is a folder: name one video file.")
    if not path.is_file():
        raise VideoError(f"There is no file {name}.")
    if end is not None and end <= start:
        raise VideoError(f"The end ({end:g} s) must come after the start ({start:g} s).")
    try:
        container = av.open(f"file:{path}", options=OPTIONS, metadata_errors="replace")
    except FFmpegError as error:
        raise VideoError(
            f"{name} is no video that can be read: empty, damaged, cut off, or another kind of file."
        ) from error
    with container:
        yield _describe(name, container, start, end)


def _describe(name: str, container: av.container.InputContainer, start: float, end: float | None) -> Video:
    stream = next((s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic), None)
    if stream is None:
        raise VideoError(f"{name} has no pictures in it.")
    whole = container.duration / 1_000_000 if container.duration else None
    if whole is not None and start >= whole:
        raise VideoError(f"The start ({start:g} s) comes after the end of {name} ({whole:.1f} s).")
    others = tuple(s for s in (*container.streams.audio, *container.streams.subtitles) if s.codec_context)
    stream.thread_type = "AUTO"

    reading = _Reading(name, container, stream, others, start, end)
    items, waiting = reading.items(), []
    for item in items:
        waiting.append(item)
        if isinstance(item, Picture):
            break
    else:
        raise VideoError(f"{name} has no pictures in it" + (f" from {start:g} s on." if start else "."))
    first = waiting[-1].planes[0]

    seconds = None if whole is None else min(whole, end or whole) - start
    rate = stream.average_rate if stream.average_rate and stream.average_rate <= MOST_RATE else USUAL_RATE
    frames = None if seconds is None else round(seconds * rate)
    if stream.frames and not start and end is None:
        frames = stream.frames
    aspect = stream.sample_aspect_ratio or Fraction(1)
    return Video(
        name,
        size=(first.shape[1], first.shape[0]),
        pixel_aspect=1 / aspect if reading.way.turned else aspect,
        colours=reading.colours,
        time_base=stream.time_base,
        rate=rate,
        frames=frames,
        seconds=seconds,
        others=others,
        items=_joined(waiting, items),
    )


def _joined(waiting: list, items: Generator) -> Generator[Picture | Copied, None, None]:
    yield from chain(waiting, items)


class _Reading:
    """One way through a file."""

    def __init__(self, name, container, stream, others, start: float, end: float | None) -> None:
        self.name, self.container, self.stream, self.others = name, container, stream, others
        self.start, self.end = start, end
        self.zero = (container.start_time or 0) / 1_000_000  # what a player calls 0 s
        self.way: Way = Way()
        self.colours: Colours | None = None
        self._shape: tuple[int, int] | None = None
        self._last_pts: int | None = None

    def items(self) -> Generator[Picture | Copied, None, None]:
        reached = 0.0
        try:
            if self.start:
                self._seek()
            for packet in self.container.demux(self.stream, *self.others):
                at = self._seconds(packet.dts, packet.time_base)
                if at is not None and packet.stream is self.stream:
                    reached = max(reached, at + self._length(packet))
                    if self.end is not None and at > self.end + LAG:
                        return
                if packet.is_corrupt:
                    raise self._broken(reached)
                if packet.stream is self.stream:
                    for frame in packet.decode():
                        if self._wanted(self._seconds(frame.pts, frame.time_base)):
                            yield self._picture(frame)
                elif packet.dts is not None and self._wanted(self._seconds(packet.pts, packet.time_base)):
                    shift = self._shift(packet.time_base)
                    packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
                    yield Copied(packet)
        except FFmpegError as error:
            raise self._broken(reached) from error
        whole = self.stream.duration and float(self.stream.duration * self.stream.time_base)
        whole = whole or (self.container.duration or 0) / 1_000_000
        if reached + MISSING < min(whole, self.end or whole):
            raise self._broken(reached)

    def _seek(self) -> None:
        try:
            self.container.seek(int((self.zero + self.start) * 1_000_000))
        except FFmpegError:
            pass  # files that were recorded by a browser have no index: read on to the place

    def _wanted(self, seconds: float | None) -> bool:
        if seconds is None:
            raise VideoError(f"{self.name} has pictures or sounds without a time.")
        return (seconds >= self.start or not self.start) and (self.end is None or seconds < self.end)

    def _seconds(self, ticks: int | None, time_base: Fraction) -> float | None:
        return None if ticks is None else float(ticks * time_base) - self.zero

    def _length(self, packet: av.Packet) -> float:
        return float((packet.duration or 0) * packet.time_base)

    def _shift(self, time_base: Fraction) -> int:
        return round((self.zero + self.start) / time_base) if self.start else 0

    def _broken(self, seconds: float) -> VideoError:
        return VideoError(
            f"{self.name} is damaged or breaks off after {seconds:.1f} s; "
            "`--start` and `--end` take the parts that can be read."
        )

    def _picture(self, frame: av.VideoFrame) -> Picture:
        if self.colours is None:
            self.colours, self.way = _colours(self.name, frame), Way.of(frame)
            self._shape = frame.height, frame.width
        elif (frame.height, frame.width) != self._shape:
            at = self._seconds(frame.pts, frame.time_base)
            raise VideoError(f"{self.name} changes its size after {at:.1f} s: `--end` takes the part before.")
        space, span = self.colours.swscale_matrix, self.colours.true_range
        if frame.format.name not in ("yuv420p", "yuvj420p"):
            same = {} if _is_rgb(frame) else {"src_colorspace": space, "src_color_range": span}
            frame = _timed(frame, frame.reformat(format="yuv420p", dst_colorspace=space, dst_color_range=span, **same))
        rgb = frame.reformat(format="rgb24", src_colorspace=space, src_color_range=span).to_ndarray()
        pts = frame.pts - self._shift(frame.time_base)
        if self._last_pts is not None:
            pts = max(pts, self._last_pts + 1)  # two pictures at one time are more than a file can hold
        self._last_pts = pts
        return Picture(
            tuple(self.way.upright(_pixels(plane)) for plane in frame.planes),
            np.ascontiguousarray(self.way.upright(rgb)),
            pts,
            frame.duration,
            float(pts * frame.time_base),
        )


def _timed(old: av.VideoFrame, new: av.VideoFrame) -> av.VideoFrame:
    new.pts, new.time_base, new.duration = old.pts, old.time_base, old.duration
    return new


def _pixels(plane: av.video.plane.VideoPlane) -> np.ndarray:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]


def _is_rgb(frame: av.VideoFrame) -> bool:
    return frame.format.is_rgb or frame.colorspace == RGB or frame.format.name == "pal8"


def _colours(name: str, frame: av.VideoFrame) -> Colours:
    """The tags of a video that won't be harmed."""
    if min(frame.width, frame.height) < LEAST_SIDE:
        raise VideoError(f"{name} is {frame.width} x {frame.height} pixels small: there is no face in it.")
    if frame.color_trc in HDR_TRANSFERS or max(component.bits for component in frame.format.components) > 8:
        raise VideoError(
            f"{name} is HDR or has more than 8 bits a colour, which would be lost: convert it to 8-bit SDR first."
        )
    if frame.interlaced_frame:
        raise VideoError(f"{name} is interlaced, and its lines would be torn: deinterlace it first.")
    if _is_rgb(frame):
        return Colours(BT709, LIMITED, frame.color_primaries, frame.color_trc, frame.height)
    if frame.colorspace not in (*WEIGHTS, UNSPECIFIED):
        raise VideoError(
            f"{name} has unusual colours (matrix {frame.colorspace} of H.273): convert it to BT.709 first."
        )
    span = 2 if frame.format.name.startswith("yuvj") else frame.color_range
    return Colours(frame.colorspace, span, frame.color_primaries, frame.color_trc, frame.height)
