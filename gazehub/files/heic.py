"""HEIC, the photos of iPhones: Pillow can't open them, pillow-heif can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pillow_heif import HeifFile

HEAD = 64  # bytes at the start of a file that tell what it is
HEVC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
ANY_CODEC_BRANDS, AV1_BRANDS = {b"mif1", b"msf1"}, {b"avif", b"avis"}


def is_heic(head: bytes) -> bool:
    """Whether a file that starts with these bytes says that it is HEIC."""
    if head[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[start : start + 4] for start in (8, *range(16, end, 4))}
    return bool(brands & HEVC_BRANDS or (brands & ANY_CODEC_BRANDS and not brands & AV1_BRANDS))


def heic_pixels(heic: HeifFile) -> Image.Image:
    """The main picture, as upright as the camera was held, with its colour profile and nothing else."""
    image = Image.frombytes(heic.mode, heic.size, heic.data, "raw", heic.mode, heic.stride)
    if heic.info.get("icc_profile"):
        image.info["icc_profile"] = heic.info["icc_profile"]
    return image
