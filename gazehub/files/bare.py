"""PNG, JPEG and AVIF files without what lies beside their pixels.

Pillow gives up on a file whose comment, EXIF or preview is damaged, and on a PNG whose colour profile has more than a
megabyte. None of it is needed to show the picture.
"""

from __future__ import annotations

import re
import zlib

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
MAX_PROFILE = 16 * 2**20  # bytes; the most that a JPEG file can hold


def without_metadata(data: bytes) -> tuple[bytes, bytes | None] | None:
    """The same picture with no more than its pixels need.

    Returns:
        The file, and the colour profile if that had to be taken out; None if it's of another format.
    """
    if data.startswith(PNG):
        return _bare_png(data)
    if data.startswith(JPEG):
        return _bare_jpeg(data), None
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return re.sub(rb"(infe.{8,10})Exif", rb"\1none", data, flags=re.DOTALL), None  # unknown items are passed over
    return None


def _bare_png(data: bytes) -> tuple[bytes, bytes | None]:
    kept, profile, start = [PNG], None, len(PNG)
    while start + 12 <= len(data):
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        kind, body = data[start + 4 : start + 8], data[start + 8 : end - 4]
        sound = zlib.crc32(kind + body) == int.from_bytes(data[end - 4 : end], "big")
        if kind in (b"IHDR", b"PLTE", b"IDAT", b"IEND") or (kind in (b"tRNS", b"eXIf") and sound):
            kept.append(data[start:end])
        elif kind == b"iCCP" and sound:
            profile = _inflated(body[body.find(b"\0") + 2 :])
        start = end
    return b"".join(kept), profile


def _inflated(data: bytes) -> bytes | None:
    inflater = zlib.decompressobj()
    try:
        profile = inflater.decompress(data, MAX_PROFILE)
    except zlib.error:
        return None
    return profile if inflater.eof else None


def _bare_jpeg(data: bytes) -> bytes:
    kept, start = [JPEG], data.find(b"\xff", len(JPEG))
    while 0 <= start and start + 4 <= len(data):
        marker = data[start + 1]
        if marker == 0xDA:  # from here on there are pixels
            kept.append(data[start:])
            break
        if marker in (0x00, 0xFF):
            start = data.find(b"\xff", start + 1)
            continue
        end = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
        body = data[start + 4 : end]
        colors = body.startswith(b"ICC_PROFILE\0") and len(body) > 14
        colors = colors or (body.startswith(b"Adobe") and len(body) >= 12)  # which colours the numbers stand for
        if colors or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            kept.append(data[start:end])
        start = data.find(b"\xff", end)
    return b"".join(kept)
