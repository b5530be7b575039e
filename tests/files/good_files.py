"""A small picture in every format that can be written here, with and without what lies beside the pixels."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache

import numpy as np
from PIL import Image, ImageCms, PngImagePlugin

PNG = b"\x89PNG\r\n\x1a\n"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF tiff:Orientation="1"/></x:xmpmeta>'


def picture(width: int = 48, height: int = 32) -> Image.Image:
    """RGB: a ramp in each channel."""
    y, x = np.mgrid[:height, :width]
    return Image.fromarray(np.stack([x * 5, y * 7, 255 - 3 * x - 2 * y], axis=-1).clip(0, 255).astype(np.uint8))


@cache  # it says when it was made
def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif(orientation: int = 6) -> bytes:
    tags = Image.Exif()
    tags[0x0112], tags[0x010E] = orientation, "a ramp"
    tags.get_ifd(0x8825)[1] = "N"
    tags.get_ifd(0x8769)[0x9003] = "2020:02:02 20:20:20"
    return tags.tobytes()


def encoded(image: Image.Image, format_name: str, **options) -> bytes:
    file = io.BytesIO()
    image.copy().save(file, format_name, **options)  # saving leaves settings in an image
    return file.getvalue()


def animated(format_name: str, **options) -> bytes:
    first, *others = [picture().rotate(turn) for turn in (0, 90, 180)]
    return encoded(first, format_name, save_all=True, append_images=others, **options)


def chunk(kind: bytes, body: bytes) -> bytes:
    """Of a PNG file."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(*chunks: bytes, after_pixels: bool = False) -> bytes:
    """A PNG file of `picture` with chunks of its own before or after the pixels."""
    data = encoded(picture(), "PNG")
    where = data.index(b"IEND" if after_pixels else b"IDAT") - 4
    return data[:where] + b"".join(chunks) + data[where:]


def jpeg_with(*segments: tuple[int, bytes]) -> bytes:
    """A JPEG file of `picture` with segments (marker, body) of its own at the start."""
    data = encoded(picture(), "JPEG", quality=95)
    made = b"".join(bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body for marker, body in segments)
    return data[:2] + made + data[2:]


@cache
def good_files() -> dict[str, bytes]:
    """Name -> bytes of files that open."""
    image = picture()
    beside = {"exif": exif(), "icc_profile": profile()}
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    text.add_text("Comment", "a ramp", zip=True)
    floats = Image.fromarray(np.asarray(image.convert("L"), np.float32))
    sixteen = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    files = {
        "rgb.png": encoded(image, "PNG"),
        "beside.png": encoded(image, "PNG", pnginfo=text, **beside),
        "alpha.png": encoded(image.convert("RGBA"), "PNG"),
        "palette.png": encoded(image.quantize(16), "PNG", transparency=3),
        "bits.png": encoded(image.convert("1"), "PNG"),
        "sixteen.png": encoded(sixteen, "PNG"),
        "animation.png": animated("PNG"),
        "baseline.jpg": encoded(image, "JPEG"),
        "progressive.jpg": encoded(image, "JPEG", progressive=True),
        "beside.jpg": encoded(image, "JPEG", xmp=XMP, comment=b"a ramp", **beside),
        "gray.jpg": encoded(image.convert("L"), "JPEG"),
        "cmyk.jpg": encoded(image.convert("CMYK"), "JPEG"),
        "two.mpo": animated("MPO"),
        "lossy.webp": encoded(image, "WEBP", **beside, xmp=XMP),
        "lossless.webp": encoded(image.convert("RGBA"), "WEBP", lossless=True),
        "animation.webp": animated("WEBP"),
        "animation.gif": animated("GIF", transparency=0),
        "interlaced.gif": encoded(image.convert("P"), "GIF", interlace=1),
        "raw.tif": encoded(image, "TIFF", **beside),
        "float.tif": encoded(floats, "TIFF"),
        "sixteen.tif": encoded(sixteen, "TIFF"),
        "pages.tif": animated("TIFF"),
        "rle.tga": encoded(image, "TGA", compression="tga_rle"),
        "palette.bmp": encoded(image.quantize(16), "BMP"),
        "gray.pgm": encoded(image.convert("L"), "PPM"),
        "plain.ppm": b"P3 2 2 255\n" + b"9 200 30 " * 4,
        "float.pfm": b"Pf\n4 4\n-1.0\n" + np.linspace(0, 153, 16, dtype="<f4").tobytes(),
    }
    for compression in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg"):
        files[f"{compression}.tif"] = encoded(image, "TIFF", compression=compression)
    for name in ("BMP", "DIB", "ICNS", "ICO", "JPEG2000", "PPM", "TGA", "PCX", "SGI", "QOI", "DDS", "IM", "BLP"):
        try:
            files[f"plain.{name.lower()}"] = encoded(image.quantize(16) if name == "BLP" else image, name)
        except (OSError, KeyError, ValueError):  # this Pillow doesn't write it
            continue
    for name in ("XBM", "MSP"):
        files[f"bits.{name.lower()}"] = encoded(image.convert("1"), name)
    files["float.spider"] = encoded(floats, "SPIDER")
    if "AVIF" in Image.SAVE:
        files["plain.avif"] = encoded(image, "AVIF")
        files["beside.avif"] = encoded(image, "AVIF", xmp=XMP, **beside)
    return files | _heic(image)


def _heic(image: Image.Image) -> dict[str, bytes]:
    try:
        import pillow_heif
    except ModuleNotFoundError:
        return {}
    files = {}
    for name, pictures in {
        "plain.heic": [image],
        "several.heic": [image, image],
        "alpha.heic": [image.convert("RGBA")],
    }.items():
        heif = pillow_heif.HeifFile()
        for each in pictures:
            heif.add_from_pillow(each)
        file = io.BytesIO()
        heif.save(file, quality=90, exif=exif(1), icc_profile=profile())
        files[name] = file.getvalue()
    return files
