"""Pictures and files made by code."""

import struct
import zlib

import cv2
import numpy as np
from PIL import Image

from gazehub.eye_frame import PATCH_HEIGHT, PATCH_WIDTH, EyeFrame, patch_to_frame


def eye_frame(width=60.0, roll=0.0, center=(150.0, 120.0), mirrored=False):
    """The frame of an eye `width` pixels wide, its corners on a line turned clockwise by `roll` degrees."""
    along = np.array([np.cos(np.radians(roll)), np.sin(np.radians(roll))]) * width / 2
    left, right = np.array(center) - along, np.array(center) + along
    return EyeFrame.from_corners(*((right, left) if mirrored else (left, right)), mirrored=mirrored)


def pattern(points):
    """(..., 3) smooth colours in 0..255 at (..., 2) frame coordinates, different everywhere."""
    x, y = points[..., 0], points[..., 1]
    return np.stack([127 + 90 * np.sin(2.1 * x + 0.4), 127 + 90 * np.cos(2.6 * y + x), 127 + 60 * x - 40 * y], axis=-1)


def pattern_portrait(frame, height, width):
    """(H, W, 3) uint8: `pattern` as a camera would see it with an eye at `frame`."""
    pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(float)
    x_axis, y_axis = frame.matrix[:, 0], frame.matrix[:, 1]
    q = pixels - frame.center
    points = np.stack([q @ x_axis / (x_axis @ x_axis), q @ y_axis / (y_axis @ y_axis)], axis=-1)
    return np.clip(np.rint(pattern(points)), 0, 255).astype(np.uint8), points


def patch_points():
    """(96, 144, 2) frame coordinates of the pixels of a patch."""
    x, y = np.meshgrid(np.arange(PATCH_WIDTH), np.arange(PATCH_HEIGHT))
    return patch_to_frame(np.stack([x, y], axis=-1))


BALL, SKIN, LAMPS, FILL = np.eye(4)  # weights that show one layer alone


def constant_fields(ball=(0.0, 0.0), skin=(0.0, 0.0), lamps=(0.0, 0.0), weights=SKIN, fill=(0.0, 0.0, 0.0)):
    """(13, 96, 144) fields: the same flow, weights and fill everywhere."""
    values = np.array([*ball, *skin, *lamps, *weights, *fill], np.float32)
    return np.tile(values[:, None, None], (1, PATCH_HEIGHT, PATCH_WIDTH))


def random_fields(seed):
    """(13, 96, 144) wild fields: large flows, arbitrary weights and colours."""
    rng, fields = np.random.default_rng(seed), constant_fields(lamps=(0.1, -0.2))
    size = fields.shape[1:]
    fields[:4], fields[6:] = rng.normal(0, 0.3, (4, *size)), rng.random((7, *size))
    fields[6:10] /= fields[6:10].sum(axis=0)
    return fields


def with_closed_eyes(portrait, face):
    """A copy of a portrait with skin painted over the eyes, and a line of lashes where the lower lid was."""
    closed = portrait.copy()
    for eye in face.eyes:
        covered = eye.frame.to_portrait(eye.frame.to_frame(eye.opening) * [1.05, 1.6])
        mask = np.zeros(portrait.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.rint(covered).astype(np.int32)], 255)
        closed = cv2.inpaint(closed, mask, 3, cv2.INPAINT_TELEA)
        cv2.polylines(closed, [np.rint(eye.opening[:9]).astype(np.int32)], False, (40, 25, 20), 2)
    return closed


def png_header(width, height):
    """A PNG file that claims a size and holds next to nothing."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def png_16_bit_rgb(values):
    """(H, W, 3) uint16 as a 16 bit RGB PNG file, which Pillow can read but not write."""
    height, width = values.shape[:2]

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def write_bad_files(folder, portrait):
    """Files that can't be corrected; name -> (path, a word of the answer)."""
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("this is no picture")
    Image.new("RGB", (1, 1), (9, 9, 9)).save(folder / "pixel.png")
    (folder / "huge.png").write_bytes(png_header(30_000, 30_000))
    Image.fromarray(portrait).save(folder / "whole.jpg")
    data = (folder / "whole.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(data[: len(data) // 3])
    (folder / "whole.jpg").unlink()
    noise = np.random.default_rng(0).integers(90, 160, (200, 300, 3), np.uint8)
    Image.fromarray(noise).save(folder / "noface.png")
    words = {"empty.jpg": "not a picture", "text.jpg": "not a picture", "pixel.png": "No face"}
    words |= {"huge.png": "megapixels", "cut.jpg": "damaged", "noface.png": "No face", "missing.jpg": "no file"}
    return {name: (folder / name, word) for name, word in words.items()}
