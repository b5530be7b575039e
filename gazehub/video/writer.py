"""Video files that every browser plays: H.264 in .mp4, .mov and .mkv, VP9 in .webm, marked as edited."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from PIL import Image

from gazehub.files.names import printable
from gazehub.files.provenance import COMMENT
from gazehub.video.planes import BT709, LIMITED, UNSPECIFIED, Colours
from gazehub.video.reader import SUFFIXES, Copied, Picture, Video, VideoError

H264, VP9 = "libx264", "libvpx-vp9"
DEFAULT_CRF = {H264: 18, VP9: 24}
OPTIONS = {
    H264: {"preset": "veryfast"},  # the slowest that leaves the networks a core and keeps real time
    VP9: {"deadline": "realtime", "cpu-used": "7", "row-mt": "1"},
}


class VideoWriter:
    """Writes pictures and copies packets, in the order in which they were read."""

    def __init__(self, container: av.container.OutputContainer, video: Video, crf: int | None, sides: int) -> None:
        self._container, self._video = container, video
        if "webm" in container.format.name and video.pixel_aspect != 1:  # PyAV can't say so to this kind of file
            raise VideoError(
                f"{video.name} has pixels that aren't square, which a .webm can't tell: write a .mp4 file."
            )
        width, height = video.size
        size = width + (width + width % 2) * (sides - 1), height
        self._stream = _add_pictures(container, size, video.rate, video.time_base, video.colours, crf)
        self._stream.codec_context.sample_aspect_ratio = video.pixel_aspect
        self._others = {other.index: self._add_copy(other) for other in video.others}

    def write(self, item: Picture | Copied) -> None:
        if isinstance(item, Copied):
            packet = item.packet
            packet.stream = self._others[packet.stream.index]
            self._container.mux(packet)
            return
        frame = av.VideoFrame(self._stream.width, self._stream.height, "yuv420p")
        for plane, pixels in zip(frame.planes, item.planes):
            _fill(plane, pixels)
        frame.pts, frame.time_base, frame.duration = item.pts, self._video.time_base, item.duration
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        self._container.mux(self._stream.encode(None))

    def _add_copy(self, other: av.stream.Stream) -> av.stream.Stream:
        try:
            stream = self._container.add_stream_from_template(other)
        except ValueError as error:
            suffix = Path(self._container.name).suffix
            codec = other.codec_context.codec.canonical_name
            kind = "sound" if other.type == "audio" else "subtitles"
            better = ".mp4 or .mov" if codec == "mov_text" else ".mkv"
            raise VideoError(
                f"{self._video.name} has {kind} ({codec}) that a {suffix} file can't hold: write a {better} file."
            ) from error
        stream.metadata.update({key: other.metadata[key] for key in ("language", "title") if key in other.metadata})
        stream.disposition = other.disposition
        return stream


def check_target(path: Path) -> None:
    """Raises: VideoError: a video can't be written there."""
    if path.suffix.lower() not in SUFFIXES:
        raise VideoError(f"{printable(path)}: a video is written as {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.")
    if path.is_dir():
        raise VideoError(f"{printable(path)} is a folder: name a file.")


@contextmanager
def open_writer(path: Path, video: Video, crf: int | None = None, sides: int = 1) -> Iterator[VideoWriter]:
    """A writer for pictures like those of `video`; the file is complete when the block has succeeded.

    Args:
        crf: 1 (largest file) to 51; None for one that the eye can't tell from the original.
        sides: how many pictures lie next to each other in one.

    Raises:
        VideoError: the kind of file can't hold what must be copied, or writing failed, for instance on a full disk.
    """
    check_target(path)
    with _writing(path) as container:
        writer = VideoWriter(container, video, crf, sides)
        yield writer
        writer.finish()


def write_mp4(frames: Sequence[Image.Image], path: Path, fps: float) -> None:
    """Write RGB pictures of one size as an MP4. Sides with an odd number of pixels grow by one.

    Raises:
        VideoError: writing failed.
    """
    rate = Fraction(fps).limit_denominator(1001)
    # The matrix is the one that those guess who don't read the tag.
    matrix = Colours(UNSPECIFIED, LIMITED, BT709, BT709, frames[0].height).true_matrix
    colours = Colours(matrix, LIMITED, BT709, BT709, frames[0].height)
    with _writing(path) as container:
        stream = _add_pictures(container, frames[0].size, rate, 1 / rate, colours, None)
        for number, picture in enumerate(frames):
            pixels = np.asarray(picture.convert("RGB"))
            bottom, right = stream.height - picture.height, stream.width - picture.width
            pixels = np.pad(pixels, ((0, bottom), (0, right), (0, 0)), mode="edge")
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=colours.swscale_matrix, dst_color_range=LIMITED)
            frame.pts, frame.time_base = number, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@contextmanager
def _writing(path: Path) -> Iterator[av.container.OutputContainer]:
    options = {"movflags": "+faststart"} if path.suffix.lower() in (".mp4", ".mov") else {}
    try:
        container = av.open(f"file:{path}", "w", options=options)
        container.metadata["comment"] = COMMENT
        try:
            yield container
        except BaseException:
            with suppress(FFmpegError):  # the first error is the one to tell
                container.close()
            raise
        container.close()
    except FFmpegError as error:
        raise VideoError(f"The video can't be written: {error.strerror}.") from error


def _add_pictures(
    container: av.container.OutputContainer,
    size: tuple[int, int],
    rate: Fraction,
    time_base: Fraction,
    colours: Colours,
    crf: int | None,
) -> av.VideoStream:
    codec = VP9 if "webm" in container.format.name else H264
    options = OPTIONS[codec] | {"crf": str(crf or DEFAULT_CRF[codec])}
    stream = container.add_stream(codec, rate=rate, options=options)
    stream.width, stream.height = size
    if codec == H264:  # of which no player shows odd sizes with halved colours
        stream.width, stream.height = size[0] + size[0] % 2, size[1] + size[1] % 2
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.time_base = time_base
    context.colorspace, context.color_range = colours.matrix, colours.range
    context.color_primaries, context.color_trc = colours.primaries, colours.transfer
    return stream


def _fill(plane: av.video.plane.VideoPlane, pixels: np.ndarray) -> None:
    """Copy pixels into a plane that may be one longer or wider: the last row and column are repeated there."""
    height, width = pixels.shape
    room = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
    room[:height, :width] = pixels
    room[height:, :width] = pixels[-1]
    room[:, width:] = room[:, width - 1 : width]
