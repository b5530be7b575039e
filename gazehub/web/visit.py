"""One person's photo on the page: what was uploaded, what was read from it, and the files made for the browser."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from gazehub.encoding import Encoding
from gazehub.face_report import FaceReport
from gazehub.files.images import ImageError, load_image
from gazehub.files.pictures import eye_region, save_picture
from gazehub.pipeline_gaze import GazePipeline
from gazehub.video.clips import around, there_and_back

MAX_BYTES, MAX_MEGAPIXELS = 25 * 2**20, 40  # refused before anything is decoded
PREVIEW_SIDE, CLIP_SIDE, THUMBNAIL_SIDE = 1024, 720, 480  # pixels
FRAMES, FPS = 24, 12
SWEEP = "there and back"
LOOK_AROUND = "look around"


@dataclass(frozen=True)
class Visit:
    """A photo that was read once, for any number of changes. It lives in the memory of one visitor's page."""

    encoding: Encoding

    @property
    def before(self) -> Image.Image:
        return self.encoding.portrait


def open_visit(pipeline: GazePipeline, path: str | Path) -> Visit:
    """Read an uploaded photo.

    Raises:
        ImageError: too large, or no picture; NoFaceError: no face to work on.
    """
    return Visit(pipeline.encode(checked_photo(path)))


def checked_photo(path: str | Path) -> Image.Image:
    """The photo as upright RGB, if it is within the limits of the page."""
    path = Path(path)
    if path.stat().st_size > MAX_BYTES:
        raise ImageError(f"The file is too large: at most {MAX_BYTES // 2**20} MB.")
    return load_image(path, MAX_MEGAPIXELS * 10**6)


def numbered(visit: Visit) -> Image.Image:
    """A thumbnail with a numbered box around every face."""
    thumbnail, scale = shrunk(visit.before, THUMBNAIL_SIDE)
    draw = ImageDraw.Draw(thumbnail)
    for number, face in enumerate(visit.encoding.faces, 1):
        left, top, right, bottom = (value * scale for value in face.box)
        draw.rectangle((left, top, right, bottom), outline=(255, 255, 255), width=4)
        draw.rectangle((left + 1, top + 1, right - 1, bottom - 1), outline=(37, 99, 235), width=2)
        draw.rectangle((left, top, left + 26, top + 26), fill=(37, 99, 235))
        draw.text((left + 13, top + 13), str(number), fill="white", anchor="mm", font=ImageFont.load_default(18))
    return thumbnail


def close_up(picture: Image.Image, face: FaceReport) -> Image.Image:
    """The eye region of a face, large enough to judge."""
    region = picture.crop([round(value) for value in eye_region(face.box)])
    scale = max(1.0, 900 / region.width)
    return region.resize((round(region.width * scale), round(region.height * scale)), Image.Resampling.BICUBIC)


def face_at(visit: Visit, x: float, y: float) -> int | None:
    """The face at a pixel of the thumbnail."""
    scale = scale_to(visit.before.size, THUMBNAIL_SIDE)
    for index, face in enumerate(visit.encoding.faces):
        left, top, right, bottom = (value * scale for value in face.box)
        if left <= x <= right and top <= y <= bottom:
            return index
    return None


def clip_frames(visit: Visit, kind: str, faces: Sequence[int], eyes: str) -> Iterator[Image.Image]:
    """`FRAMES` frames of a clip that ends where it starts: from the gaze of the photo to a little past the camera and
    back, or around in an ellipse."""
    encoding = visit.encoding
    if kind == SWEEP:
        pictures = (encoding.animate([alpha], faces, eyes)[0] for alpha in there_and_back(FRAMES, 0.0, 1.25))
    else:
        pictures = (encoding.redirect(yaw, pitch, faces, eyes).image for yaw, pitch in around(FRAMES))
    for picture in pictures:
        yield shrunk(picture, CLIP_SIDE)[0]


def shrunk(picture: Image.Image, side: int) -> tuple[Image.Image, float]:
    """A copy with its longer side at most `side` pixels, and its scale."""
    scale = scale_to(picture.size, side)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BOX if scale <= 0.5 else Image.Resampling.BILINEAR), scale


def scale_to(size: tuple[int, int], side: int) -> float:
    """The scale at which the longer side of a picture is at most `side` pixels."""
    return min(1.0, side / max(size))


def private_path(folder: str | Path, name: str) -> Path:
    """Where only its receiver knows to look."""
    return Path(folder) / secrets.token_hex(16) / name


def write(picture: Image.Image, folder: str | Path, name: str, edited: bool = True) -> str:
    """Write a picture, marked if it was edited, to a private path and return that."""
    path = private_path(folder, name)
    save_picture(picture, path, edited)
    return str(path)
