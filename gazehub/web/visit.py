"""One person's photo on the page: what was read from it, and what is drawn of it for a screen and for a file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from gazehub import aim
from gazehub.aim import Aim, Choice
from gazehub.batch.plan import KEPT_SUFFIXES
from gazehub.draw import compute_fields, corrected_angles
from gazehub.encoding import Encoding, reports_after
from gazehub.face_report import FaceReport, report
from gazehub.files.images import ImageError, load_image
from gazehub.files.pictures import eye_region, save_picture
from gazehub.model.networks import Networks
from gazehub.pipeline_gaze import GazePipeline
from gazehub.portrait import Portrait
from gazehub.read import EyeReading, FaceReading, Reading
from gazehub.video.clips import around, there_and_back
from gazehub.web.settings import Wish
from gazehub.web.views import View, data_url

MAX_BYTES, MAX_MEGAPIXELS = 25 * 2**20, 40  # refused before anything is decoded
PREVIEW_SIDE, CLOSE_UP_SIDE, CLIP_SIDE = 1024, 640, 720  # pixels
FRAMES, FPS = 24, 12
SWEEP = "there and back"
LOOK_AROUND = "look around"
DELETED = "Your photo was deleted after a while: please add it again."


@dataclass(frozen=True, eq=False)
class Drawn:
    """A wish come true.

    Args:
        after: of the whole, and one of each close-up, as addresses.
        faces: what there is to say of them, largest first.
    """

    after: str
    close_ups: list[str]
    faces: list[FaceReport]


@dataclass(frozen=True, eq=False)
class Visit:
    """A photo that was read once, for any number of changes.

    It holds no more of the photo than a screen shows; for a file of full size the upload is opened again.

    Args:
        key: whose photo it is, to tell it from the next one of the same visitor.
        path: of the upload.
        profile: ICC of its colours, or None.
        whole: the photo.
        close_ups: the eye regions of its faces.
    """

    key: str
    path: Path
    networks: Networks
    reading: Reading
    profile: bytes | None
    whole: View
    close_ups: tuple[View, ...]

    @cached_property
    def faces(self) -> list[FaceReport]:
        """What is known of them before any change, largest first."""
        return [report(face) for face in self.reading.faces]

    def before(self) -> tuple[str, list[str]]:
        """The photo, and its close-ups, as addresses."""
        whole, *close_ups = (data_url(view.pixels, self.profile, edited=False) for view in self._views)
        return whole, close_ups

    def draw(self, wish: Wish, faces: Sequence[int], eyes: str) -> Drawn:
        """For the screen."""
        choice = Choice.of(self.reading, faces, eyes)
        aimed = self._aim(wish, choice)
        fields = compute_fields(self.networks, aimed) if aimed.eyes else np.empty(0)
        whole, *close_ups = (view.drawn(aimed, fields) for view in self._views)
        views = dict(zip(self.reading.faces, zip(self.close_ups, close_ups)))

        def patches(face: FaceReading) -> np.ndarray:
            view, pixels = views[face]
            return np.stack([view.eye(pixels, eye.eye.frame) for eye in face.eyes])

        reports = reports_after(self.networks, self.reading, aimed, choice, patches)
        after, *close_ups = (data_url(pixels, self.profile) for pixels in (whole, *close_ups))
        return Drawn(after, close_ups, reports)

    def encoding(self) -> Encoding:
        """The whole photo again, as large as it came.

        Raises:
            ImageError: it was deleted in the meantime.
        """
        return Encoding(self.networks, Portrait.load(checked_photo(self.path)), self.reading)

    def keep(self) -> None:
        """Count the time after which the upload is deleted from now on."""
        if self.path.exists():
            os.utime(self.path)

    @property
    def _views(self) -> tuple[View, ...]:
        return self.whole, *self.close_ups

    @cached_property
    def _corrected_angles(self) -> dict[EyeReading, np.ndarray]:
        return corrected_angles(self.networks, [eye for face in self.reading.usable for eye in face.eyes])

    def _aim(self, wish: Wish, choice: Choice) -> Aim:
        if wish.lead == "line":
            return aim.animate(self.reading, choice, lambda eye: self._corrected_angles[eye], wish.alpha)
        if wish.lead == "pad":
            return aim.redirect(self.reading, choice, wish.yaw, wish.pitch)
        return aim.correct(self.reading, choice, wish.strength)


def open_visit(
    pipeline: GazePipeline, path: str | Path, key: str, on_step: Callable[[str], object] = lambda step: None
) -> Visit:
    """Read an uploaded photo.

    Args:
        on_step: called with what is done next, in words.

    Raises:
        ImageError: too large, or no picture; NoFaceError: no face to work on.
    """
    on_step("Opening the photo")
    photo = Portrait.load(checked_photo(path))
    on_step("Finding the eyes")
    encoding = pipeline.encode(photo.pixels)
    close_ups = [View.of(photo.pixels, CLOSE_UP_SIDE, eye_region(face.box)) for face in encoding.faces]
    whole = View.of(photo.pixels, PREVIEW_SIDE)
    on_step("Drawing")
    return Visit(key, Path(path), pipeline.networks, encoding.reading, photo.color_profile, whole, tuple(close_ups))


def checked_photo(path: str | Path) -> Image.Image:
    """The photo as upright RGB, if it is within the limits of the page."""
    path = Path(path)
    if not path.exists():
        raise ImageError(DELETED)
    if path.stat().st_size > MAX_BYTES:
        raise ImageError(f"The file is too large: at most {MAX_BYTES // 2**20} MB.")
    return load_image(path, MAX_MEGAPIXELS * 10**6)


def file_name(visit: Visit, wish: Wish) -> str:
    """What a result is called: after the photo, in its format where that can hold the result."""
    suffix = visit.path.suffix.lower()
    done = "redirected" if wish.lead == "pad" else "corrected"
    return f"{visit.path.stem}_{done}{suffix if suffix in KEPT_SUFFIXES else '.png'}"


def clip_frames(visit: Visit, kind: str, faces: Sequence[int], eyes: str) -> Iterator[Image.Image]:
    """`FRAMES` frames of a clip that ends where it starts: from the gaze of the photo to a little past the camera and
    back, or around in an ellipse."""
    encoding = visit.encoding()
    if kind == SWEEP:
        pictures = (encoding.animate([alpha], faces, eyes)[0] for alpha in there_and_back(FRAMES, 0.0, 1.25))
    else:
        pictures = (encoding.redirect(yaw, pitch, faces, eyes).image for yaw, pitch in around(FRAMES))
    for picture in pictures:
        yield shrunk(picture, CLIP_SIDE)


def shrunk(picture: Image.Image, side: int) -> Image.Image:
    """A copy with its longer side at most `side` pixels."""
    scale = min(1.0, side / max(picture.size))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BOX if scale <= 0.5 else Image.Resampling.BILINEAR)


def private_path(folder: str | Path, name: str) -> Path:
    """Where only its receiver knows to look."""
    return Path(folder) / secrets.token_hex(16) / name


def write(picture: Image.Image, folder: str | Path, name: str, edited: bool = True) -> str:
    """Write a picture, marked if it was edited, to a private path and return that."""
    path = private_path(folder, name)
    save_picture(picture, path, edited)
    return str(path)
