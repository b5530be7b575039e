"""A photo in memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from gazehub.files.images import checked_pixels, load_image

Photo = str | os.PathLike | Image.Image | np.ndarray


@dataclass(frozen=True, eq=False)
class Portrait:
    """Pixels, and what their colours mean.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        color_profile: ICC, or None for sRGB.
    """

    pixels: np.ndarray
    color_profile: bytes | None = None

    @classmethod
    def load(cls, photo: Photo) -> Portrait:
        """A path, a PIL image, or an (H, W, 3) uint8 RGB array, which is copied.

        Raises:
            ImageError: it can't be read.
        """
        if isinstance(photo, np.ndarray):
            return cls(checked_pixels(photo).copy())
        image = load_image(photo)
        profile = image.info.get("icc_profile") or b""
        # Without the profile its colours would shift; one of another space no longer fits.
        return cls(np.asarray(image), profile if profile[16:20] == b"RGB " else None)

    @cached_property
    def image(self) -> Image.Image:
        """As a PIL image; for a large photo that takes longer than a correction, so it is made when asked for."""
        image = Image.fromarray(self.pixels)
        if self.color_profile:
            image.info["icc_profile"] = self.color_profile
        return image
