"""Any image file or object that Pillow opens, as upright 8-bit RGB."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

MAX_PIXELS = 100_000_000  # a larger header is refused before anything is decoded


class ImageError(ValueError):
    """The picture can't be used; the message says why, in words for the person who sent it."""


def sample_photo() -> Path:
    """A public-domain photo of someone who looks away: Grace Hopper, by the US Navy."""
    return Path(__file__).parent / "grace_hopper.jpg"


def load_image(source: str | os.PathLike | Image.Image | np.ndarray) -> Image.Image:
    """Open a photo: EXIF orientation applied, any mode or bit depth as RGB, the first frame of an animation.

    Args:
        source: a path, a PIL image, or an (H, W, 3) uint8 array (RGB).

    Raises:
        ImageError: it is no picture, is damaged, or has more than `MAX_PIXELS` pixels.
    """
    if isinstance(source, np.ndarray):
        if source.dtype != np.uint8 or source.ndim != 3 or source.shape[2] != 3 or 0 in source.shape:
            raise ImageError(f"An array must be (H, W, 3) uint8 RGB; this one is {source.shape} {source.dtype}.")
        return Image.fromarray(source)
    if isinstance(source, Image.Image):
        return _upright_rgb(source)
    path = Path(source)
    if not path.is_file():
        raise ImageError(f"There is no file {path}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return _upright_rgb(image)
    except Image.DecompressionBombError:
        raise ImageError(f"{path.name} is too large: at most {MAX_PIXELS // 10**6} megapixels.") from None
    except ImageError as error:
        raise ImageError(f"{path.name}: {error}") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise ImageError(f"{path.name} is not a picture that can be read, or it is damaged ({error}).") from None


def _upright_rgb(image: Image.Image) -> Image.Image:
    if image.width * image.height > MAX_PIXELS:
        raise ImageError(
            f"{image.width} x {image.height} pixels are too many: at most {MAX_PIXELS // 10**6} megapixels."
        )
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, np.float64)
        top = 65535.0 if image.mode.startswith("I") else max(1.0, float(values.max()))
        if image.mode == "F" and top > 255:
            top = 65535.0
        return Image.fromarray((np.clip(values / top, 0, 1) * 255 + 0.5).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")  # transparent pixels show white, as a page would
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")
