"""Pictures as a video file holds them: brightness and two colour planes of half the size (yuv420p).

The networks see RGB; what goes back to the file are the planes as they were decoded, and, where the RGB was changed,
the planes moved by that change. So a pixel that nobody touched keeps its bits: it is never converted there and back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LIMITED, FULL = 1, 2  # H.273 names everything by numbers, and so do the tags of a file
RGB, BT709, UNSPECIFIED, BT601 = 0, 1, 2, 6
# What red and blue weigh in brightness, by the number of the matrix; green has the rest.
WEIGHTS = {
    BT709: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    BT601: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}

Planes = tuple[np.ndarray, np.ndarray, np.ndarray]
"""(H, W), and twice (H / 2, W / 2) with halves rounded up; uint8, not to be written to."""


@dataclass(frozen=True)
class Colours:
    """The colour tags of a video, kept as they are, and what they mean for its numbers.

    Args:
        matrix, range, primaries, transfer: numbers of H.273, `UNSPECIFIED` where a file doesn't say (range: 0).
        height: of the picture; players go by it where a file doesn't say.
    """

    matrix: int
    range: int
    primaries: int
    transfer: int
    height: int

    @property
    def true_matrix(self) -> int:
        if self.matrix != UNSPECIFIED:
            return self.matrix
        return BT709 if self.height >= 720 else BT601

    @property
    def swscale_matrix(self) -> int:
        """The same as swscale numbers them, which knows BT.601 by the older of its two numbers."""
        return 5 if self.true_matrix == BT601 else self.true_matrix

    @property
    def true_range(self) -> int:
        return self.range or LIMITED

    def from_rgb(self) -> np.ndarray:
        """(3, 3) float32: a difference in R, G, B (0 to 255) to one in the three planes."""
        red, blue = WEIGHTS[self.true_matrix]
        brightness = np.array([red, 1 - red - blue, blue])
        rows = [
            brightness,
            (np.array([0, 0, 1]) - brightness) / (2 - 2 * blue),
            (np.array([1, 0, 0]) - brightness) / (2 - 2 * red),
        ]
        scale = np.ones(3) if self.true_range == FULL else np.array([219, 224, 224]) / 255
        return (np.array(rows) * scale[:, None]).astype(np.float32)


def repaint(planes: Planes, before: np.ndarray, after: np.ndarray, colours: Colours) -> Planes:
    """The planes with what was changed in RGB; where nothing was, the same bits.

    Args:
        planes: as decoded.
        before, after: (H, W, 3) uint8 RGB, what `planes` look like and what they shall.
    """
    unlike = before != after
    rows = np.flatnonzero(unlike.any(axis=(1, 2)))
    if not rows.size:
        return planes
    top, bottom = rows[0] - rows[0] % 2, rows[-1] + 1
    columns = np.flatnonzero(unlike[top:bottom].any(axis=0).any(axis=-1))
    left, right = columns[0] - columns[0] % 2, columns[-1] + 1

    part = slice(top, bottom), slice(left, right)
    change = _even(after[part].astype(np.float32) - before[part])  # (h, w, 3), h and w even
    height, width = change.shape[:2]
    blocks = change.reshape(height // 2, 2, width // 2, 2, 3)
    y, x = np.nonzero(blocks.any(axis=(1, 3, 4)))  # of 2 x 2 pixels, which share their colour
    moved = blocks[y, :, x] @ colours.from_rgb().T  # (n, 2, 2, 3)

    brightness = np.zeros((height // 2, width // 2, 2, 2), np.float32)
    brightness[y, x] = moved[..., 0]
    brightness = brightness.transpose(0, 2, 1, 3).reshape(height, width)
    colour = np.zeros((2, height // 2, width // 2), np.float32)
    colour[:, y, x] = moved[..., 1:].mean(axis=(1, 2)).T
    return (
        _moved(planes[0], top, left, brightness[: bottom - top, : right - left]),
        _moved(planes[1], top // 2, left // 2, colour[0]),
        _moved(planes[2], top // 2, left // 2, colour[1]),
    )


def beside(left: Planes, right: Planes) -> Planes:
    """Two pictures of one size next to each other; the left one grows by a column if its width is odd."""
    room = left[0].shape[1] % 2
    brightness = np.hstack([np.pad(left[0], ((0, 0), (0, room)), mode="edge"), right[0]])
    return brightness, np.hstack([left[1], right[1]]), np.hstack([left[2], right[2]])


def _moved(plane: np.ndarray, top: int, left: int, change: np.ndarray) -> np.ndarray:
    moved = plane.copy()
    part = moved[top : top + change.shape[0], left : left + change.shape[1]]
    part[:] = np.clip(np.rint(part + change), 0, 255)
    return moved


def _even(picture: np.ndarray) -> np.ndarray:
    """With its last row and column repeated where their number is odd."""
    height, width = picture.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return picture
    return np.pad(picture, [(0, height % 2), (0, width % 2)] + [(0, 0)] * (picture.ndim - 2), mode="edge")
