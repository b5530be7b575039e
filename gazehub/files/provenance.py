"""The mark on every picture that this program writes: XMP with IPTC's `DigitalSourceType`, and the program's name.

Platforms read it to tell edited pictures from untouched ones. GIF and video files carry both in a comment; formats
without a place for them (BMP) stay unmarked.
"""

from __future__ import annotations

import re

from PIL import Image, PngImagePlugin

from gazehub import __version__

DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
CREATOR_TOOL = f"gazehub {__version__}"
COMMENT = f"{CREATOR_TOOL}; {DIGITAL_SOURCE_TYPE}"
XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmp:CreatorTool="{CREATOR_TOOL}" Iptc4xmpExt:DigitalSourceType="{DIGITAL_SOURCE_TYPE}"/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
XMP_TAG = 700  # of TIFF
JPEG_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif")


def mark_options(suffix: str) -> dict:
    """Options with which `PIL.Image.Image.save` writes the mark into a file of this suffix (".png")."""
    suffix = suffix.lower()
    if suffix in (".png", ".apng"):
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", XMP)
        text.add_text("Software", CREATOR_TOOL)
        return {"pnginfo": text}
    if suffix in (*JPEG_SUFFIXES, ".webp", ".avif"):
        return {"xmp": XMP.encode()}
    if suffix in (".tif", ".tiff"):
        return {"tiffinfo": {XMP_TAG: XMP.encode(), 305: CREATOR_TOOL}}
    if suffix == ".gif":
        return {"comment": COMMENT}
    return {}


def read_mark(image: Image.Image) -> str | None:
    """The program that a picture's mark names, or None if it has no mark of this kind."""
    raw = image.info.get("XML:com.adobe.xmp") or image.info.get("xmp") or image.info.get("comment") or ""
    if not raw and image.format == "TIFF":
        raw = image.tag_v2.get(XMP_TAG, b"")
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if DIGITAL_SOURCE_TYPE not in text:
        return None
    found = re.search(r"gazehub [\w.]+", text)
    return found.group() if found else None
