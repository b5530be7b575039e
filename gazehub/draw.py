"""Draw: new pixels where eyes were aimed at something else, and nowhere else.

``pixels + Aim -> pixels``. What the networks decide are *fields*, (13, 96, 144) for an eye: three flows that say where
the texture of the eyeball, of the skin and of reflected lamps comes from, in eye widths along the axes of the eye
frame (channels 0-1, 2-3, and 4-5, which is the same everywhere), the blend of these three layers and a fill (6-9), and
the fill's colour in 0..1 (10-12). Fields are smooth, so they hold at the portrait's own resolution.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from gazehub.aim import Aim
from gazehub.eye_frame import (
    PATCH_SCALE,
    EyeFrame,
    eye_box,
    frame_to_patch,
    soft_mask,
)
from gazehub.model.networks import Networks
from gazehub.read import EyeReading

TEXTURE_REACH = 0.6  # eye widths beyond the region that changes, from which texture may come
UNSEEN = 0.002  # weight up to which a layer changes no pixel by one of 255
CUBIC_SLOPE = np.float32(0.75)  # of OpenCV's cubic at a pixel, per difference of its neighbours
PATCH_FRAME = EyeFrame(frame_to_patch(np.zeros(2)), PATCH_SCALE * np.eye(2))  # of an eye in its own patch


def draw(networks: Networks, pixels: np.ndarray, aim: Aim) -> np.ndarray:
    """A copy of a portrait with the aimed eyes redrawn.

    Args:
        pixels: (H, W, 3) uint8 RGB.
    """
    drawn = pixels.copy()
    if aim.eyes:
        for eye, fields in zip(aim.eyes, compute_fields(networks, aim)):
            paste(drawn, eye.reading.eye.frame, fields, eye.amount)
    return drawn


def compute_fields(networks: Networks, aim: Aim) -> np.ndarray:
    """(eyes, 13, 96, 144) what the networks want of the aimed eyes."""
    seen = _stack(eye.reading for eye in aim.eyes)
    if aim.into_lens:
        return networks.correct(*seen)
    return networks.animate(*seen, np.array([eye.angle for eye in aim.eyes], np.float32))


def corrected_angles(networks: Networks, eyes: Sequence[EyeReading]) -> dict[EyeReading, np.ndarray]:
    """The angle codes that E_r reads from eyes once they are corrected: Synthesis-As-Training's other end."""
    fields = networks.correct(*_stack(eyes))
    corrected = np.stack([redrawn_patch(eye.patch, own) for eye, own in zip(eyes, fields)])
    return {eye: offset - eye.lens for eye, offset in zip(eyes, networks.locate(corrected).astype(np.float64))}


def paste(portrait: np.ndarray, frame: EyeFrame, fields: np.ndarray, amount: float = 1.0) -> None:
    """Apply the fields of one eye to the portrait itself, in place. Pixels outside the mask are not touched.

    Args:
        portrait: (H, W, 3) uint8 RGB.
        frame: of the eye, in this portrait.
        fields: (13, 96, 144) float32.
        amount: 0 (no change) to 1.
    """
    left, top, right, bottom = eye_box(frame)
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, portrait.shape[1]), min(bottom, portrait.shape[0])
    if left >= right or top >= bottom:
        return
    region = portrait[top:bottom, left:right]
    own = EyeFrame(frame.center - [left, top], frame.matrix)  # the eye as the region sees it
    x, y = _frame_coordinates(own, region.shape)
    mask = np.float32(amount) * soft_mask(x, y)

    margin = int(np.ceil(TEXTURE_REACH * frame.width)) + 2
    block_left, block_top = max(left - margin, 0), max(top - margin, 0)
    block = portrait[block_top : bottom + margin, block_left : right + margin].astype(np.float32)
    layers = _at_pixels(fields, own, region.shape)
    drawn = _blend(block, (left - block_left, top - block_top), frame.matrix, layers, _read_cubic)
    drawn -= region
    drawn *= _three(mask)
    drawn += region
    portrait[top:bottom, left:right] = np.rint(drawn, out=drawn).clip(0, 255, out=drawn)


def _stack(eyes: Sequence[EyeReading]) -> list[np.ndarray]:
    """Patches, content codes, gaze offsets and lens of eyes, as the networks take them."""
    parts = zip(*((eye.patch, eye.content, eye.seen, eye.lens) for eye in eyes))
    return [np.stack(part).astype(np.float32) for part in parts]


def redrawn_patch(patch: np.ndarray, fields: np.ndarray) -> np.ndarray:
    """Fields applied to the (3, 96, 144) patch that they were computed from, at its own size."""
    image = np.ascontiguousarray(patch.transpose(1, 2, 0)) * np.float32(255)
    mask = _three(soft_mask(*_frame_coordinates(PATCH_FRAME, image.shape)))
    drawn = _blend(image, (0, 0), PATCH_FRAME.matrix, _Layers.of(*_parts(fields)), _read_linear)
    return ((image + mask * (drawn - image)) / np.float32(255)).transpose(2, 0, 1)


def _frame_coordinates(frame: EyeFrame, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) float32 frame coordinates x and y of the pixels of a region."""
    inverse = np.linalg.inv(frame.matrix)
    columns, rows = np.arange(shape[1]) - frame.center[0], (np.arange(shape[0]) - frame.center[1])[:, None]
    x = np.float32(inverse[0, 0] * columns) + np.float32(inverse[0, 1] * rows)
    y = np.float32(inverse[1, 0] * columns) + np.float32(inverse[1, 1] * rows)
    return x, y


@dataclass(frozen=True)
class _Layers:
    """Fields at the pixels they are applied to.

    Args:
        flows: x and y of the ball, the skin and the lamps: (H, W), or a number that holds everywhere.
        weights: (H, W) of the same, and of the fill.
        fill: (H, W, 3) in 0..255.
    """

    flows: tuple[tuple[np.ndarray, np.ndarray], ...]
    weights: tuple[np.ndarray, ...]
    fill: np.ndarray

    @classmethod
    def of(cls, lamps: np.ndarray, flows: np.ndarray, weights: np.ndarray, fill: np.ndarray) -> _Layers:
        """From (2,), (H, W, 4), (H, W, 4) and (H, W, 3) in 0..255."""
        ball_x, ball_y, skin_x, skin_y = cv2.split(flows)
        return cls(((ball_x, ball_y), (skin_x, skin_y), tuple(lamps)), cv2.split(weights), fill)


def _at_pixels(fields: np.ndarray, frame: EyeFrame, shape: tuple[int, ...]) -> _Layers:
    """The (13, 96, 144) fields of an eye at the pixels of a region."""
    origin, across, down = frame_to_patch(frame.to_frame(np.array([[0, 0], [1, 0], [0, 1]])))
    matrix = np.column_stack([across - origin, down - origin, origin])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    lamps, *parts = _parts(fields, frame.width / PATCH_SCALE)
    return _Layers.of(
        lamps,
        *(
            cv2.warpAffine(part, matrix, (shape[1], shape[0]), flags=flags, borderMode=cv2.BORDER_REPLICATE)
            for part in parts
        ),
    )


def _parts(fields: np.ndarray, scale: float = 1.0) -> tuple[np.ndarray, ...]:
    """(13, 96, 144) fields as the flow of the lamps, the other flows, weights and fill, since OpenCV warps four
    channels at most; see `_soften`."""
    stacked = _soften(np.ascontiguousarray(fields[[0, 1, 2, 3, *range(6, 13)]].transpose(1, 2, 0)), scale)
    flows, weights, fill = (np.ascontiguousarray(part) for part in np.split(stacked, [4, 8], axis=2))
    return fields[4:6, 0, 0], flows, weights, fill * np.float32(255)


def _soften(stacked: np.ndarray, scale: float) -> np.ndarray:
    """Blur fields before they are read at fewer pixels than they have, `scale` portrait pixels to a patch pixel."""
    sigma = 0.5 * (max(1.0, 1 / scale) ** 2 - 1) ** 0.5
    radius = int(np.ceil(2 * sigma))
    if radius == 0:
        return stacked
    kernel = cv2.getGaussianKernel(2 * radius + 1, sigma, cv2.CV_32F)
    return cv2.sepFilter2D(stacked, -1, kernel, kernel, borderType=cv2.BORDER_REPLICATE)


def _blend(
    image: np.ndarray, start: tuple[int, int], matrix: np.ndarray, layers: _Layers, reader: Callable
) -> np.ndarray:
    """(H, W, 3) float32 in 0..255: the layers carried from `image` and blended.

    Args:
        image: float32 RGB in 0..255.
        start: x, y in it of the first pixel of the layers.
        matrix: (2, 2) of the eye frame, which takes flows to pixels.
        reader: reads pictures at points, `_read_cubic` or `_read_linear`.
    """
    drawn = layers.fill * _three(layers.weights[-1])
    height, width = drawn.shape[:2]
    columns = np.arange(start[0], start[0] + width, dtype=np.float32)
    rows = np.arange(start[1], start[1] + height, dtype=np.float32)[:, None]
    matrix = matrix.astype(np.float32)
    for (flow_x, flow_y), weight in zip(layers.flows, layers.weights):
        where = _seen(weight)
        weight, x, y = weight[where], *(np.broadcast_to(flow, weight.shape)[where] for flow in (flow_x, flow_y))
        x, y = (
            matrix[0, 0] * x + matrix[0, 1] * y + columns[where[1]],
            matrix[1, 0] * x + matrix[1, 1] * y + rows[where[0]],
        )
        if x.size:
            carried = reader(image, x, y)
            carried.clip(0, 255, out=carried)
            carried *= _three(weight)
            drawn[where] += carried
    return drawn


def _seen(weight: np.ndarray) -> tuple[slice, slice]:
    """The rows and columns of the pixels where a layer shows."""
    left, top, width, height = cv2.boundingRect((weight > UNSEEN).astype(np.uint8))
    return slice(top, top + height), slice(left, left + width)


def _read_linear(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(H, W, 3) an image at (H, W) points, by bilinear interpolation; past the border the edge repeats."""
    height, width = image.shape[:2]
    x, y = x.clip(0, width - 1), y.clip(0, height - 1)
    left, top = np.minimum(x.astype(int), width - 2), np.minimum(y.astype(int), height - 2)
    across, down = (x - left)[..., None], (y - top)[..., None]
    upper = image[top, left] + across * (image[top, left + 1] - image[top, left])
    lower = image[top + 1, left] + across * (image[top + 1, left + 1] - image[top + 1, left])
    return (upper + down * (lower - upper)).astype(np.float32)


def _read_cubic(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The same by bicubic interpolation. OpenCV rounds points to 1/32 of a pixel, which would show as noise on sharp
    edges: the slope makes up for what was cut off."""
    near_x, near_y = np.rint(x * 32) / 32, np.rint(y * 32) / 32
    read = cv2.remap(image, near_x, near_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    height, width = image.shape[:2]
    left, top = (int(np.clip(near.min() - 1, 0, size - 1)) for near, size in ((near_x, width), (near_y, height)))
    seen = image[top : max(int(near_y.max()) + 3, top + 1), left : max(int(near_x.max()) + 3, left + 1)]
    seen = cv2.copyMakeBorder(seen, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    slope_x, slope_y = seen[1:-1, 2:] - seen[1:-1, :-2], seen[2:, 1:-1] - seen[:-2, 1:-1]
    for slope, rest in ((slope_x, x - near_x), (slope_y, y - near_y)):
        steepness = cv2.remap(
            slope,
            near_x - np.float32(left),
            near_y - np.float32(top),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        read += steepness * _three(CUBIC_SLOPE * rest)
    return read


def _three(plane: np.ndarray) -> np.ndarray:
    """(H, W) -> (H, W, 3), far faster to work with than a broadcast."""
    return cv2.merge([plane] * 3)
