"""Any image file or object that Pillow opens, as upright 8-bit RGB."""

from __future__ import annotations

import io
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from gazehub.files.bare import without_metadata
from gazehub.files.heic import HEAD, heic_pixels, is_heic
from gazehub.files.names import printable

MAX_PIXELS = 100_000_000  # a larger header is refused before anything is decoded
MAX_MENDED = 2**30  # bytes; a larger damaged file isn't read into memory to be mended
ORIENTATION = 0x0112  # of EXIF
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
RUN_PROGRAMS = ("EPS", "WMF")  # Pillow hands these to Ghostscript or Windows; they are drawings


class ImageError(ValueError):
    """The picture can't be used; the message says why, in words for the person who sent it."""


def sample_photo() -> Path:
    """A public-domain photo of someone who looks away: Grace Hopper, by the US Navy."""
    return Path(__file__).parent / "grace_hopper.jpg"


def load_image(source: str | os.PathLike | Image.Image | np.ndarray, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Open a photo: EXIF orientation applied, any mode or bit depth as RGB, the first frame of an animation.

    Damaged metadata beside sound pixels is ignored. HEIC needs `pillow-heif`.

    Args:
        source: a path, a PIL image, or an (H, W, 3) uint8 array (RGB).
        max_pixels: of width times height.

    Returns:
        An image to be read, not written: if a PIL image is upright RGB already, it is that image itself.

    Raises:
        ImageError: it is no picture, is damaged, or has too many pixels.
    """
    if isinstance(source, np.ndarray):
        return Image.fromarray(checked_pixels(source, max_pixels))
    if isinstance(source, Image.Image):
        with _image_errors("This image", max_pixels):
            return _upright_rgb(source, max_pixels)
    if not isinstance(source, (str, os.PathLike)):
        kind = type(source).__name__
        raise ImageError(f"A photo is a path, a PIL image or an (H, W, 3) uint8 RGB array, not {kind}.")
    path = Path(source)
    _check_is_file(path)
    with _image_errors(printable(path.name), max_pixels):
        return _from_file(path, max_pixels)


def checked_pixels(pixels: np.ndarray, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """The pixels, if they are (H, W, 3) uint8.

    Raises:
        ImageError: they are not, or there are too many.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise ImageError(f"An array must be (H, W, 3) uint8 RGB; this one is {pixels.shape} {pixels.dtype}.")
    _check_size((pixels.shape[1], pixels.shape[0]), max_pixels)
    return pixels


def _check_is_file(path: Path) -> None:
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise ImageError(f"There is no file {printable(path)}.") from None
    except OSError as error:
        raise ImageError(f"{printable(path)} can't be opened ({error.strerror}).") from None
    if stat.S_ISDIR(mode):
        raise ImageError(f"{printable(path)} is a folder, not a picture.")
    if not stat.S_ISREG(mode):  # a pipe would be waited for, a device read for ever
        raise ImageError(f"{printable(path)} is not an ordinary file.")


@contextmanager
def _image_errors(name: str, max_pixels: int) -> Iterator[None]:
    """Turn whatever opening a picture raises into one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL\.")  # of large headers and damaged metadata
            yield
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from error.__cause__
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} is too large: at most {max_pixels // 10**6} megapixels.") from error
    except PermissionError as error:
        raise ImageError(f"{name} can't be opened ({error.strerror}).") from error
    except MemoryError as error:
        raise ImageError(f"{name} is too large for the memory of this machine, or it is damaged.") from error
    except Exception as error:  # damaged files make Pillow's plug-ins raise nearly anything
        raise ImageError(f"{name} is not a picture that can be read, or it is damaged{_reason(error)}.") from error


def _reason(error: Exception) -> str:
    """What Pillow says about a file, if it was said for people."""
    if isinstance(error, (UnidentifiedImageError, UnicodeError)):
        return ""
    words = printable(str(error)).strip().rstrip(".") if isinstance(error, (OSError, SyntaxError, ValueError)) else ""
    return f" ({words})" if words else ""


def _from_file(path: Path, max_pixels: int) -> Image.Image:
    with path.open("rb") as file:
        if is_heic(file.read(HEAD)):
            return _from_heic(path, max_pixels)
    try:
        with Image.open(path) as image:
            return _upright_rgb(image, max_pixels)
    except (ImageError, Image.DecompressionBombError, MemoryError):
        raise
    except Exception:
        bare = without_metadata(path.read_bytes()) if path.stat().st_size <= MAX_MENDED else None
        if bare is None:
            raise
        data, profile = bare
    with Image.open(io.BytesIO(data)) as image:
        if profile:
            image.info["icc_profile"] = profile
        return _upright_rgb(image, max_pixels)


def _from_heic(path: Path, max_pixels: int) -> Image.Image:
    try:
        from pillow_heif import open_heif
    except ModuleNotFoundError as error:
        raise ImageError("HEIC photos need pillow-heif: pip install pillow-heif.") from error
    heic = open_heif(path)
    _check_size(heic.size, max_pixels)
    return _upright_rgb(heic_pixels(heic), max_pixels)


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise ImageError("A picture without pixels.")
    if width * height > max_pixels:
        raise ImageError(f"{width} x {height} pixels are too many: at most {max_pixels // 10**6} megapixels.")


def _upright_rgb(image: Image.Image, max_pixels: int) -> Image.Image:
    if image.format in RUN_PROGRAMS:
        raise ImageError("A drawing, not a photo.")
    _check_size(image.size, max_pixels)
    image.load()
    turn = TURNS.get(_orientation(image))
    rgb = _as_rgb(image)
    if turn is not None:
        rgb = rgb.transpose(turn)
    if rgb is not image:  # what was said of the pixels as they were is no longer true of these
        profile = image.info.get("icc_profile")
        rgb.info = {"icc_profile": profile} if profile else {}
    return rgb


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # as many kinds as there are ways to damage EXIF; the pixels are none the worse
        return 1


def _as_rgb(image: Image.Image) -> Image.Image:
    """The image itself if it is RGB, so that a large photo isn't copied."""
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_eight_bits(image)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("LA") if image.mode == "La" else image  # the one mode without a way to RGBA
        image = image.convert("RGBA")  # transparent pixels show white, as a page would
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, image).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(image: Image.Image) -> np.ndarray:
    """(H, W) uint8 of whole numbers of 16 bits, or of floats, whose range their largest one tells."""
    values, white = np.asarray(image, np.float32), 65535.0
    if image.mode == "F":
        top = values.max(where=np.isfinite(values), initial=0.0)
        white = 1.0 if top <= 1 else 255.0 if top <= 255 else 65535.0
        values = np.nan_to_num(values, nan=0.0, posinf=white, neginf=0.0)
    return (np.clip(values, 0, white) * np.float32(255 / white) + np.float32(0.5)).astype(np.uint8)
