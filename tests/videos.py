"""Small videos, made by code, and what is in them."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

MILLISECONDS = Fraction(1, 1000)
EVEN_TIMES = tuple(range(0, 480, 40))
VARIED_TIMES = (0, 33, 66, 166, 170, 500, 533, 900, 901, 1000, 1033, 1500)


def moving(count, width=64, height=48, seed=0):
    """(count, height, width, 3) uint8: soft noise that moves to the right by a pixel a frame."""
    noise = np.random.default_rng(seed).uniform(40, 215, (height // 8 + 1, (width + count) // 8 + 1, 3))
    whole = np.kron(noise, np.ones((8, 8, 1)))[:height].round().astype(np.uint8)
    return np.array([whole[:, number : number + width] for number in range(count)], np.uint8)


def make_video(
    path: Path,
    pictures=None,
    times=EVEN_TIMES,
    codec="libx264",
    pixels="yuv420p",
    sound=None,
    subtitles=None,
    rotation=0,
    aspect=1,
    tags=(2, 0, 2, 2),
    options=None,
):
    """Write a video.

    Args:
        pictures: (count, H, W, 3) RGB; noise if None.
        times: of the pictures, milliseconds.
        sound: a codec for a tone of their length.
        subtitles: a codec, for one line in each second.
        rotation: degrees, counter-clockwise, by which players shall turn it.
        tags: matrix, range, primaries and transfer, numbers of H.273.
    """
    pictures = moving(len(times)) if pictures is None else pictures
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options or {})
        stream.height, stream.width = pictures[0].shape[:2] if len(pictures) else (48, 64)
        stream.pix_fmt = pixels
        context = stream.codec_context
        context.time_base, context.sample_aspect_ratio = MILLISECONDS, Fraction(aspect)
        context.colorspace, context.color_range, context.color_primaries, context.color_trc = tags
        if rotation:
            stream.set_display_rotation(rotation)
        tone = container.add_stream(sound, rate=48000) if sound else None
        lines = container.add_stream(subtitles) if subtitles else None
        if tone is not None:
            tone.layout, tone.metadata["language"] = "mono", "fin"
        if lines is not None:
            lines.codec_context.subtitle_header = b"[Script Info]\n[Events]\n"
            lines.time_base = MILLISECONDS
        for picture, time in zip(pictures, times):
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = time, MILLISECONDS
            container.mux(stream.encode(frame))
        if len(pictures):
            container.mux(stream.encode(None))
        if tone is not None:
            _write_tone(container, tone, times[-1] / 1000 + 0.04)
        if lines is not None:
            for second in range(2):
                packet = av.Packet(b"Line %d" % second)
                packet.stream, packet.time_base = lines, MILLISECONDS
                packet.pts = packet.dts = 1000 * second
                packet.duration = 500
                container.mux(packet)
        elif not len(pictures):
            container.start_encoding()
    return path


def _write_tone(container, stream, seconds):
    wave = (8000 * np.sin(np.arange(int(48000 * seconds)) / 20)).astype(np.int16)
    resample = av.AudioResampler(stream.format, "mono", 48000, stream.codec_context.frame_size or 960)
    frame = av.AudioFrame.from_ndarray(wave[None], "s16", "mono")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    for part in (*resample.resample(frame), *resample.resample(None)):
        container.mux(stream.encode(part))
    container.mux(stream.encode(None))


def sound_only(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48000)
        stream.layout = "mono"
        _write_tone(container, stream, 1.0)
    return path


def decoded(path):
    """List of frames as they lie in the file."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def times(path):
    """Milliseconds of the pictures."""
    return [round(1000 * float(frame.pts * frame.time_base)) for frame in decoded(path)]


def planes(frame):
    """Copies of Y, U, V."""
    return [
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width].copy()
        for plane in frame.planes
    ]


def packets(path, kind):
    """(milliseconds, bytes) of the packets of the first stream of a kind."""
    with av.open(str(path)) as container:
        stream = getattr(container.streams, kind)[0]
        return [(round(1000 * float(p.pts * p.time_base)), bytes(p)) for p in container.demux(stream) if p.size]
