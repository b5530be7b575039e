"""Hundreds of files as they should not be, made by code."""

from __future__ import annotations

import gzip
import io
import os
import random
import socket
import struct
import zipfile
import zlib
from functools import cache
from pathlib import Path

from PIL import Image

from tests.drawn import png_header
from tests.files.good_files import chunk, encoded, exif, good_files, jpeg_with, picture, png_with, profile

BROKEN_EXIF = {
    "empty": b"",
    "words": b"Exif\0\0these are words",
    "endless": b"Exif\0\0MM\0*\0\0\0\x08" + b"\xff" * 40,
    "loop": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0",
    "outside": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\xff\xff\xff\x7f\xff\xff\xff\x7f\0\0\0\0",
    "orientation-99": exif(99),
    "orientation-text": b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x04\0\0\0abc\0\0\0\0\0",
    "cut": exif()[:30],
    "cut-early": exif()[:9],
}
JUNK = bytes(range(256)) * 3
HUGE = 60_000  # 3,600 megapixels


def truncations() -> dict[str, bytes]:
    """Every format cut at many places."""
    cuts = (0.01, 0.05, 0.15, 0.3, 0.5, 0.7, 0.9, 0.97)
    files = {}
    for name, data in good_files().items():
        for cut in cuts:
            files[f"cut-{100 * cut:02.0f}-{name}"] = data[: int(cut * len(data))]
        files[f"cut-last-{name}"] = data[:-1]
    return files


def flips(per_file: int = 8) -> dict[str, bytes]:
    """Every format with a few of its first bytes changed."""
    chance, files = random.Random(14), {}
    for name, data in good_files().items():
        for number in range(per_file):
            changed = bytearray(data)
            for _ in range(1 + number // 2):
                changed[chance.randrange(min(len(data), 120))] ^= 1 << chance.randrange(8)
            files[f"flip-{number}-{name}"] = bytes(changed)
    return files


@cache
def sound_pixels() -> dict[str, bytes]:
    """Files with junk beside sound pixels: these must open."""
    image, files = picture(), {}
    for name, data in BROKEN_EXIF.items():
        files[f"exif-{name}.jpg"] = jpeg_with((0xE1, data))
        files[f"exif-{name}.png"] = png_with(chunk(b"eXIf", data.removeprefix(b"Exif\0\0")))
        files[f"exif-{name}.webp"] = encoded(image, "WEBP", exif=data)
        hexed = f"\nexif\n{len(data):8d}\n{data.hex()}\n"
        files[f"exif-raw-profile-{name}.png"] = png_with(chunk(b"tEXt", b"Raw profile type exif\0" + hexed.encode()))
        if "beside.avif" in good_files():
            files[f"exif-{name}.avif"] = _avif_with_exif(data.removeprefix(b"Exif\0\0"))
    large = profile() + os.urandom(3 * 2**20)
    bomb = zlib.compress(bytes(200 * 2**20), 9)
    icc = b"ICC_PROFILE\0"
    return files | {
        "icc-junk.png": png_with(chunk(b"iCCP", JUNK)),
        "icc-empty.png": png_with(chunk(b"iCCP", b"")),
        "icc-no-end.png": png_with(chunk(b"iCCP", b"name")),
        "icc-unzippable.png": png_with(chunk(b"iCCP", b"name\0\0" + JUNK)),
        "icc-method.png": png_with(chunk(b"iCCP", b"name\0\7" + zlib.compress(profile()))),
        "icc-large.png": png_with(chunk(b"iCCP", b"name\0\0" + zlib.compress(large))),
        "icc-bomb.png": png_with(chunk(b"iCCP", b"name\0\0" + bomb)),
        "icc-junk.jpg": jpeg_with((0xE2, icc + JUNK)),
        "icc-short.jpg": jpeg_with((0xE2, icc)),
        "icc-other-count.jpg": jpeg_with((0xE2, icc + b"\3\7" + profile()[:500])),
        "icc-large.jpg": encoded(image, "JPEG", icc_profile=large),
        "icc-large.webp": encoded(image, "WEBP", icc_profile=large),
        "icc-large.tif": encoded(image, "TIFF", icc_profile=large),
        "icc-cmyk.jpg": encoded(image, "JPEG", icc_profile=profile()[:16] + b"CMYK" + profile()[20:]),
        "xmp-junk.jpg": jpeg_with((0xE1, b"http://ns.adobe.com/xap/1.0/\0" + JUNK)),
        "xmp-no-end.jpg": jpeg_with((0xE1, b"http://ns.adobe.com/xap/1.0/\0")),
        "xmp-junk.png": png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + JUNK)),
        "xmp-junk.webp": encoded(image, "WEBP", xmp=JUNK),
        "preview-junk.jpg": jpeg_with((0xE2, b"MPF\0" + JUNK)),
        "preview-short.jpg": jpeg_with((0xE2, b"MPF\0MM\0*")),
        "jfif-short.jpg": jpeg_with((0xE0, b"JFIF")),
        "photoshop-junk.jpg": jpeg_with((0xED, b"Photoshop 3.0\0" + b"8BIM" + JUNK)),
        "flashpix-junk.jpg": jpeg_with((0xE2, b"FPXR\0" + JUNK)),
        "adobe-short.jpg": jpeg_with((0xEE, b"Adobe")),
        "comment-junk.jpg": jpeg_with((0xFE, JUNK)),
        "every-segment.jpg": jpeg_with(*((marker, b"") for marker in range(0xE0, 0xEE))),
        "padding.jpg": jpeg_with()[:2] + b"\xff" * 9 + jpeg_with()[2:],
        "tail.jpg": jpeg_with() + JUNK,
        "tail.png": png_with() + JUNK,
        "text-junk.png": png_with(chunk(b"tEXt", JUNK), chunk(b"zTXt", JUNK), chunk(b"iTXt", JUNK)),
        "text-empty.png": png_with(chunk(b"tEXt", b""), chunk(b"zTXt", b""), chunk(b"iTXt", b"")),
        "text-bomb.png": png_with(chunk(b"zTXt", b"a\0\0" + bomb)),
        "text-bomb-after.png": png_with(chunk(b"zTXt", b"a\0\0" + bomb), after_pixels=True),
        "text-check-sum.png": png_with(chunk(b"tEXt", b"a\0b")[:-1] + b"?"),
        "chunk-name.png": png_with(chunk(b"\0\1\2\3", b"what")),
        "chunk-name-after.png": png_with(chunk(b"\xff?\2\3", b"what"), after_pixels=True),
        "chunk-unknown.png": png_with(chunk(b"vpAg", JUNK), chunk(b"zzZz", b"")),
        "resolution-short.png": png_with(chunk(b"pHYs", b"\1")),
        "gamma-short.png": png_with(chunk(b"gAMA", b""), chunk(b"cHRM", b"\1"), chunk(b"sRGB", b"")),
        "animation-none.png": png_with(chunk(b"acTL", bytes(8))),
        "animation-short.png": png_with(chunk(b"acTL", b"\1")),
        "frame-short.png": png_with(chunk(b"fcTL", b"\0" * 4)),
    }


def _avif_with_exif(body: bytes) -> bytes:
    data = encoded(picture(), "AVIF", exif=exif())
    start, end = data.index(b"MM\0*"), data.index(b"a ramp") + 6
    return data[:start] + body.ljust(end - start, b"\xff")[: end - start] + data[end:]


def wrong_suffixes() -> dict[str, bytes]:
    """Pictures under names of other formats: these must open."""
    files, names = good_files(), ["rgb.png", "baseline.jpg", "lossy.webp", "animation.gif", "raw.tif", "plain.bmp"]
    suffixes = ["tga", "ico", "jpg", "png", "heic", "eps", "txt", "zip"]
    return {f"{name}.{suffix}": files[name] for name in names for suffix in suffixes}


def bombs() -> dict[str, bytes]:
    """A few bytes that claim thousands of megapixels, or none at all."""
    side, half = struct.pack(">I", HUGE), struct.pack("<I", HUGE)
    start = encoded(Image.new("RGB", (8, 8)), "JPEG")
    frame = start.index(b"\xff\xc0") + 5
    tif = encoded(Image.new("L", (8, 8)), "TIFF")
    bmp = encoded(Image.new("RGB", (8, 8)), "BMP")
    gif = encoded(Image.new("P", (8, 8)), "GIF")
    sizes = {"huge": (0xEA60, 0xEA60), "none": (0, 0), "no-width": (0, 8), "no-height": (8, 0)}
    files = {}
    for name, (width, height) in sizes.items():
        word = struct.pack("<HH", width, height)
        files |= {
            f"{name}.png": png_header(width, height),
            f"{name}.jpg": start[:frame] + struct.pack(">HH", height, width) + start[frame + 4 :],
            f"{name}.gif": gif[:6] + word + gif[10:],
            f"{name}.bmp": bmp[:18] + struct.pack("<ii", width, height) + bmp[26:],
            f"{name}.pbm": b"P4 %d %d\n" % (width, height),
            f"{name}.ppm": b"P6 %d %d 255\n" % (width, height),
            f"{name}.pfm": b"PF\n%d %d\n-1.0\n" % (width, height),
            f"{name}.tga": b"\0\0\x02" + bytes(9) + word + b"\x18\0",
            f"{name}.psd": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, height, width, 8, 3) + bytes(12),
            f"{name}.sgi": b"\x01\xda\0\1\0\3" + struct.pack(">HHH", width, height, 3) + bytes(500),
            f"{name}.qoi": b"qoif" + struct.pack(">II", width, height) + b"\3\0" + bytes(8),
            f"{name}.webp": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + bytes([*word[:2], 0, *word[2:], 0]),
            f"{name}.tif": _with_tiff_size(tif, width, height),
        }
    jp2 = b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 "
    files["huge.jp2"] = (
        jp2 + b"\0\0\0\x2djp2h\0\0\0\x16ihdr" + side + side + b"\0\3\7\7\0\0" + b"\0\0\0\x0fcolr\1\0\0\0\0\0\x10"
    )
    files["huge.dds"] = b"DDS " + struct.pack("<II", 124, 0x1007) + half + half + bytes(108)
    files["negative.bmp"] = bmp[:18] + struct.pack("<ii", -8, -8) + bmp[26:]
    files["long.png"] = encoded(Image.new("RGB", (65_000, 1), "gray"), "PNG")
    files["tall.png"] = encoded(Image.new("RGB", (1, 65_000), "gray"), "PNG")
    files["long.gif"] = encoded(Image.new("L", (65_000, 1), "gray"), "GIF")
    return files


def _with_tiff_size(data: bytes, width: int, height: int) -> bytes:
    changed = bytearray(data)
    directory = struct.unpack_from("<I", data, 4)[0]
    for number in range(struct.unpack_from("<H", data, directory)[0]):
        entry = directory + 2 + 12 * number
        tag = struct.unpack_from("<H", data, entry)[0]
        if tag in (256, 257):
            struct.pack_into("<HIHH", changed, entry + 2, 3, 1, width if tag == 256 else height, 0)
    return bytes(changed)


def other_things() -> dict[str, bytes]:
    """What people take for pictures, or send to see what happens."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("photo.jpg", jpeg_with())
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    return {
        "empty.jpg": b"",
        "byte.png": b"\x89",
        "newline.jpg": b"\n",
        "zeros.jpg": bytes(5000),
        "ones.png": b"\xff" * 5000,
        "noise.jpg": random.Random(1).randbytes(20_000),
        "archive.zip": archive.getvalue(),
        "archive.jpg": archive.getvalue(),
        "packed.jpg": gzip.compress(jpeg_with()),
        "page.html": b"<!doctype html><title>404</title>",
        "page.jpg": b"<!doctype html><title>404</title>",
        "paper.pdf": encoded(picture(), "PDF"),
        "paper.png": encoded(picture(), "PDF"),
        "drawing.svg": svg,
        "drawing.png": svg,
        "drawing.eps": encoded(picture(), "EPS"),
        "program.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(%pipe%touch here) run\n",
        "drawing.wmf": b"\xd7\xcd\xc6\x9a\0\0" + struct.pack("<hhhhHI", 0, 0, 9, 9, 1440, 0) + bytes(40),
        "film.mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(400),
        "film.mpg": b"\0\0\1\xb3\x14\0\xf0\x13" + bytes(100),
        "raw.dng": b"II*\0\x08\0\0\0\0\0\0\0\0\0",
        "head.heic": heic,
        "junk.heic": heic + bytes(2000),
        "junk.avif": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + bytes(2000),
        "photo.jxl": b"\xff\x0a" + bytes(200),
        "data.h5": b"\x89HDF\r\n\x1a\n" + bytes(200),
        "data.grib": b"GRIB" + bytes(3) + b"\1" + bytes(200),
        "data.bufr": b"BUFR" + bytes(200),
        "data.fits": b"SIMPLE  =                    T" + b" " * 2850,
        "page.jpeg": "Fehler 404: nicht gefunden".encode("utf-16"),
        "list.json": b"{}",
        "signature.png": b"\x89PNG\r\n\x1a\n",
        "signature.jpg": b"\xff\xd8\xff",
        "signature.gif": b"GIF89a",
        "signature.webp": b"RIFF\0\0\0\0WEBP",
        "signature.tif": b"II*\0",
        "own-directory.tif": b"II*\0\x08\0\0\0" + bytes(2) + b"\x08\0\0\0",
        "line\nfeed\x1b[31m\u202e.png": b"no picture",
    }


def special_files(folder: Path) -> list[Path]:
    """Names in a file system behind which there is no picture file. Some aren't to be had everywhere."""
    (folder / "folder.jpg").mkdir()
    os.mkfifo(folder / "pipe.jpg")
    (folder / "loop.jpg").symlink_to(folder / "loop.jpg")
    (folder / "dangling.jpg").symlink_to(folder / "nowhere")
    (folder / "zero.jpg").symlink_to("/dev/zero")
    (folder / "null.jpg").symlink_to("/dev/null")
    (folder / "secret.jpg").write_bytes(jpeg_with())
    (folder / "secret.jpg").chmod(0)
    (folder / "plain.jpg").write_bytes(jpeg_with())
    names = ["folder.jpg", "pipe.jpg", "loop.jpg", "dangling.jpg", "zero.jpg", "null.jpg"]
    names += [
        "plain.jpg/inside.jpg",
        "x" * 300 + ".jpg",
        "nul\0.jpg",
        "missing\x1b[2J\n.jpg",
        "http://host/photo.jpg",
        "",
    ]
    if os.geteuid():  # nothing is secret to root
        names.append("secret.jpg")
    bound = socket.socket(socket.AF_UNIX)
    try:
        bound.bind(str(folder / "socket.jpg"))
        names.append("socket.jpg")
    except OSError:  # the path is too long for a socket
        pass
    finally:
        bound.close()
    return [folder / name for name in names]
