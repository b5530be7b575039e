"""The pictures that README opens with: eyes that go aside and come back, and a before and after.

python -m benchmarks.showcase [-o docs] [--weights SOURCE]

Writes eyes.webp, which moves, and before_after.jpg, both of scikit-image's astronaut, whom the camera looked in the
eye: so the gaze aside, too, is drawn. Takes a few seconds.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from skimage.data import astronaut

from gazehub import GazePipeline
from gazehub.encoding import Encoding
from gazehub.files.pictures import save_picture, whole_file
from gazehub.files.provenance import mark_options
from gazehub.limits import smoothstep

ZOOM = 4  # the whole photo is enlarged before anything is drawn
HEAD, EYES = (2.2, 2.0), (1.35, 0.6)  # width and height that are shown, in widths of the face
ASIDE = ((24.0, 2.0), (-24.0, 0.0), (14.0, 12.0))  # degrees of yaw and pitch: where she looks, one after another
BEFORE = 24.0, 2.0  # and in the picture that is corrected
EYE_LEVEL = 0.3  # of a face's height
GLIDE, STEP = 6, 40  # pictures from one gaze to the next; milliseconds of each
AT_LENS, AWAY = 900, 700  # milliseconds for which the eyes rest
MOVING, PAIR = "eyes.webp", "before_after.jpg"
WIDTH, GAP = 720, 12  # pixels


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.showcase", description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--output", type=Path, default=Path("docs"), help="folder (default: docs)")
    parser.add_argument("--weights", help="folder or hub id (default: the bundled weights)")
    args = parser.parse_args(argv)
    pipe = GazePipeline.from_pretrained(args.weights)
    photo = cv2.resize(astronaut(), None, fx=ZOOM, fy=ZOOM, interpolation=cv2.INTER_CUBIC)
    encoding = pipe.encode(photo)
    frames, lasting = zip(*moving(encoding))
    save_moving(frames, lasting, args.output / MOVING)
    before = encoding.redirect(*BEFORE).image
    sides = [beside(picture, encoding) for picture in (before, pipe.correct(before).image)]
    save_picture(Image.fromarray(np.hstack([sides[0], white(GAP, len(sides[0])), sides[1]])), args.output / PAIR)
    return 0


def moving(encoding: Encoding) -> Iterator[tuple[Image.Image, int]]:
    """Pictures of the eyes' way to each place aside and back, and for how many milliseconds each is shown."""
    at_lens = cut(encoding.redirect(0, 0).image, encoding, EYES)
    for yaw, pitch in ASIDE:
        yield at_lens, AT_LENS
        shares = [smoothstep(step / GLIDE) for step in range(1, GLIDE + 1)]
        there = [encoding.redirect(share * yaw, share * pitch).image for share in shares]
        there = [cut(picture, encoding, EYES) for picture in there]
        yield from ((picture, STEP) for picture in there[:-1])
        yield there[-1], AWAY
        yield from ((picture, STEP) for picture in there[-2::-1])


def beside(picture: Image.Image, encoding: Encoding) -> np.ndarray:
    """(H, W, 3) the head, and the eyes below it."""
    head, eyes = (np.asarray(cut(picture, encoding, size)) for size in (HEAD, EYES))
    return np.vstack([head, white(WIDTH, GAP), eyes])


def white(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 255, np.uint8)


def cut(picture: Image.Image, encoding: Encoding, size: tuple[float, float]) -> Image.Image:
    """The face, its eyes in the middle.

    Args:
        size: width and height that are shown, in widths of the face.
    """
    left, top, right, bottom = encoding.faces[0].box
    width, height = (share * (right - left) for share in size)
    x, y = (left + right) / 2 - width / 2, max(0.0, top + EYE_LEVEL * (bottom - top) - height / 2)
    box = x, y, x + width, y + height
    return picture.resize((WIDTH, round(WIDTH * size[1] / size[0])), Image.Resampling.LANCZOS, box)


def save_moving(frames: Sequence[Image.Image], lasting: Sequence[int], path: Path) -> None:
    """As a WebP that repeats; `lasting` in milliseconds."""
    encoded = io.BytesIO()
    options = {"duration": list(lasting), "loop": 0, "quality": 92, "method": 6, **mark_options(".webp")}
    frames[0].save(encoded, "WEBP", save_all=True, append_images=frames[1:], **options)
    with whole_file(path) as part:
        part.write_bytes(encoded.getbuffer())


if __name__ == "__main__":
    sys.exit(main())
