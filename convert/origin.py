"""What README.md beside the networks says: where they come from, what goes in, what comes out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

TEXT = """# MediaPipe's face networks as ONNX

From the wheel of MediaPipe 0.10.21, the last with networks in it (Apache License 2.0, in LICENSE), converted by

    pip install -r convert/requirements.txt
    python -m convert.landmarks -o gazehub/faces/networks

which writes every file of this folder, the same byte for byte each time. The weights are MediaPipe's; float16 ones
are stored as float32, sparse ones dense. float32 everywhere, opset 17.

| file | input `image`, RGB | outputs |
|---|---|---|
| face_detection_short_range.onnx | (1, 128, 128, 3), -1..1 | `boxes` (896, 16), `scores` (896,) 0..1 |
| face_detection_full_range_sparse.onnx | (1, 192, 192, 3), -1..1 | `boxes` (2304, 16), `scores` (2304,) 0..1 |
| face_landmark_with_attention.onnx | (1, 192, 192, 3), 0..1 | `mesh` (478, 3), `presence` (1,) 0..1 |

`mesh` is x, y, z in pixels of the image, z growing away from the camera.
A row of `boxes` is centre, size and six points (eyes, nose, mouth, ears), x before y, in pixels; centre and points
count from the middle of their cell: short range 16 x 16 cells with 2 boxes each, then 8 x 8 cells with 6; full range
48 x 48 cells with 1.

SHA-256 of what they were made of:

"""


def origin(sources: Mapping[str, bytes]) -> str:
    """README.md; see `checksums`."""
    return TEXT + checksums(sources)


def checksums(sources: Mapping[str, bytes]) -> str:
    """A line of SHA-256 for each of `sources`, content by name."""
    return "".join(f"    {hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sources.items())
