"""Pictures to disk, whole or not at all; and beside each other."""

from __future__ import annotations

import io
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from gazehub.files.names import printable
from gazehub.files.provenance import JPEG_SUFFIXES, mark_options

LANCZOS = Image.Resampling.LANCZOS
ICONS = (".ico", ".icns", ".cur")  # Pillow would shrink the photo without a word


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, renamed to it if the block succeeds and removed if it doesn't."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem[:32]}-{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        yield part
        if path.is_dir():
            path.rmdir()
        os.replace(part, path)
    finally:
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink(missing_ok=True)


def save_picture(image: Image.Image, path: Path, edited: bool = True) -> None:
    """Write a picture in the format its suffix names, with its colour profile and, if it was edited, the mark of
    `gazehub.files.provenance`; without other metadata.

    Raises:
        ValueError: the format can't be written, or can't hold this picture.
        OSError: the folder can't be written, or the disk is full.
    """
    suffix, name = path.suffix.lower(), printable(path)
    if not suffix:
        raise ValueError(f"{name} has no suffix that names a format, such as .png or .jpg.")
    if suffix in ICONS:
        raise ValueError(f"{name}: a {suffix} holds no photo of this size; choose .png or .jpg.")
    options = mark_options(suffix) if edited else {}
    if suffix in (*JPEG_SUFFIXES, ".webp", ".avif"):
        options["quality"] = 95
    if suffix == ".png":
        options["compress_level"] = 3  # four times as fast as Pillow's default, a twentieth larger
    if image.info.get("icc_profile"):
        options["icc_profile"] = image.info["icc_profile"]
    # Pillow's own writing doesn't notice when a full disk takes only the first part of the last block.
    encoded = io.BytesIO()
    encoded.name = path.name  # names the format
    try:
        image.save(encoded, **options)
    except Exception as error:  # each format has errors of its own for what it can't hold
        size = f"{image.width} x {image.height} {image.mode}"
        raise ValueError(f"{name}: {size} pixels can't be written in this format; choose .png or .jpg.") from error
    with whole_file(path) as part:
        part.write_bytes(encoded.getbuffer())


def eye_region(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The part of a face's box that holds the eyes and brows."""
    left, top, right, bottom = box
    return left, top + 0.15 * (bottom - top), right, top + 0.5 * (bottom - top)


def side_by_side(pictures: Sequence[Image.Image], box: tuple[float, float, float, float]) -> Image.Image:
    """Pictures of one size next to each other, with the eye region of a face below at three times its size.

    Args:
        box: left, top, right, bottom of the face in each of them.
    """
    eyes = [picture.crop([round(value) for value in eye_region(box)]) for picture in pictures]
    eyes = [eye.resize((3 * eye.width, 3 * eye.height), LANCZOS) for eye in eyes]
    width = max(pictures[0].width, eyes[0].width)
    gap = 16
    sheet = Image.new(
        "RGB", (len(pictures) * (width + gap) - gap, pictures[0].height + gap + eyes[0].height), (255, 255, 255)
    )
    for number, (picture, eye) in enumerate(zip(pictures, eyes)):
        start = number * (width + gap)
        sheet.paste(picture, (start + (width - picture.width) // 2, 0))
        sheet.paste(eye, (start + (width - eye.width) // 2, picture.height + gap))
    return sheet
