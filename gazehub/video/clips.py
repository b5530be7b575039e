"""Moving pictures made of single ones: GIF, MP4 or a folder, whole or not at all."""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from gazehub.files.pictures import save_picture, whole_file
from gazehub.files.provenance import mark_options
from gazehub.video import NEEDS_PYAV

LOOK_AROUND_YAW, LOOK_AROUND_PITCH = 15.0, 8.0  # degrees, the half-axes of the ellipse


def there_and_back(frames: int, start: float, stop: float) -> list[float]:
    """Alphas that swing from `start` to `stop` and back, so that a clip can repeat."""
    turns = (2 * math.pi * number / frames for number in range(frames))
    return [start + (stop - start) * (1 - math.cos(turn)) / 2 for turn in turns]


def around(frames: int) -> list[tuple[float, float]]:
    """(yaw, pitch) in degrees once around an ellipse."""
    turns = (2 * math.pi * number / frames for number in range(frames))
    return [(LOOK_AROUND_YAW * math.sin(turn), LOOK_AROUND_PITCH * math.cos(turn)) for turn in turns]


def write_clip(frames: Sequence[Image.Image], path: Path, fps: float) -> None:
    """Write frames of one size as an animated GIF, an MP4, or, if `path` has no suffix, a folder of PNG files.

    Args:
        fps: frames a second; a GIF shows at most 50.

    Raises:
        OSError: it can't be written, or the folder is not empty; or there is no PyAV for an MP4.
        ValueError: the suffix is another one, or the disk is full.
    """
    suffix = path.suffix.lower()
    if suffix not in (".gif", ".mp4", ""):
        raise ValueError(f"{path}: a clip is a .gif, an .mp4 or a folder.")
    with whole_file(path) as part:
        if suffix == ".gif":
            _write_gif(frames, part, fps)
        elif suffix == ".mp4":
            _write_mp4(frames, part, fps)
        else:
            part.mkdir()
            for number, frame in enumerate(frames):
                save_picture(frame, part / f"frame_{number:04d}.png")


def _write_gif(frames: Sequence[Image.Image], path: Path, fps: float) -> None:
    # One palette for all frames and no dithering: what doesn't move doesn't flicker.
    samples = [np.asarray(frames[index]) for index in sorted({0, len(frames) // 2, len(frames) - 1})]
    palette = Image.fromarray(np.vstack(samples)).quantize(256, method=Image.Quantize.MEDIANCUT)
    first, *others = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    duration = max(20, round(1000 / fps))
    # Pillow's own writing doesn't notice when a full disk takes only the first part of the last block.
    encoded = io.BytesIO()
    options = {"append_images": others, "duration": duration, "loop": 0, **mark_options(".gif")}
    try:
        first.save(encoded, "GIF", save_all=True, **options)
    except struct.error as error:
        raise ValueError(f"{first.width} x {first.height} pixels are too many for a .gif; choose .mp4.") from error
    path.write_bytes(encoded.getbuffer())


def _write_mp4(frames: Sequence[Image.Image], path: Path, fps: float) -> None:
    try:
        from gazehub.video.writer import write_mp4
    except ModuleNotFoundError as error:
        raise OSError(NEEDS_PYAV) from error
    write_mp4(frames, path, fps)
