"""How a head moves from frame to frame, to a hundredth of a pixel.

Landmarks find a face anew in every frame and tremble by some hundredths of an eye width; what is drawn where they
tremble, trembles. The skin, brows and nose around the eyes tell the motion far better: two frames are laid over each
other, the eyes themselves left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gazehub.eye_frame import EyeFrame
from gazehub.faces.face import Face

SCALE = 32  # pixels of the picture of a head to an eye width
WIDTH, HEIGHT = 128, 96
LEFT, TOP = -2.0, -1.2  # eye widths, of the picture's first pixel
EYE_CENTER, EYE_REACH = (1.0, -0.05), (0.72, 0.5)  # eye widths: what is left out
ITERATIONS = 4
LEAST_LIKENESS = 0.6  # correlation from which on two pictures show the same head
FARTHEST = 0.2  # eye widths that landmarks may err by

_X, _Y = np.meshgrid(LEFT + np.arange(WIDTH) / SCALE, TOP + np.arange(HEIGHT) / SCALE)
_BORDER = (np.abs(np.arange(HEIGHT)[:, None] - (HEIGHT - 1) / 2) < HEIGHT / 2 - 4) & (
    np.abs(np.arange(WIDTH) - (WIDTH - 1) / 2) < WIDTH / 2 - 4
)
_SKIN = _BORDER & (((np.abs(_X) - EYE_CENTER[0]) / EYE_REACH[0]) ** 2 + ((_Y - EYE_CENTER[1]) / EYE_REACH[1]) ** 2 > 1)
_SKIN_X, _SKIN_Y = _X[_SKIN], _Y[_SKIN]


def landmark_frame(face: Face) -> EyeFrame:
    """The frame of a head: (0, 0) is between the eyes, +x to the picture's right, the unit about an eye width."""
    left, right = (eye.opening[[0, 8]] for eye in face.eyes)
    across = (right[0] - left[0]) / 3  # from outer corner to outer corner are three eye widths
    return EyeFrame(
        np.concatenate([left, right]).mean(axis=0), np.array([[across[0], -across[1]], [across[1], across[0]]])
    )


@dataclass(frozen=True, eq=False)
class Head:
    """Where a head is in one frame.

    Args:
        frame: from head to picture coordinates, without the tremble of landmarks.
        landmarks: the same by landmarks alone.
        picture: (96, 128) float32, what lies around the eyes.
    """

    frame: EyeFrame
    landmarks: EyeFrame
    picture: np.ndarray

    @classmethod
    def first(cls, pixels: np.ndarray, face: Face) -> Head:
        frame = landmark_frame(face)
        return cls(frame, frame, _picture(_Gray(pixels, frame), frame))

    def follow(self, pixels: np.ndarray, face: Face) -> Head:
        """The head in the next frame, where it has this face."""
        landmarks = landmark_frame(face)
        guess = _compose(landmarks, _compose(_inverse(self.landmarks), self.frame))
        gray = _Gray(pixels, guess)
        frame = _laid_over(self.picture, gray, guess)
        return Head(frame, landmarks, _picture(gray, frame))


class _Gray:
    """The part of a picture around a head, in gray, at about the size of `Head.picture` or larger."""

    def __init__(self, pixels: np.ndarray, frame: EyeFrame) -> None:
        corners = frame.to_portrait(np.array([[x, y] for x in (-2.6, 2.6) for y in (-1.8, 2.4)]))
        height, width = pixels.shape[:2]
        left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, [width - 1, height - 1])
        right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 1, [left + 1, top + 1], [width, height])
        gray = cv2.cvtColor(pixels[top:bottom, left:right], cv2.COLOR_RGB2GRAY)
        self.reduction = max(1, int(frame.width / SCALE))
        size = [max(1, length // self.reduction) for length in gray.shape[::-1]]
        self.pixels = cv2.resize(gray, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        self.pixel = np.array(gray.shape[::-1]) / size
        self.corner = np.array([left, top])

    def cut(self, frame: EyeFrame) -> np.ndarray:
        """(96, 128) float32 as a head frame sees it."""
        step = frame.matrix / SCALE
        origin = frame.to_portrait(np.array([LEFT, TOP]))
        matrix = np.column_stack([step, origin - self.corner])
        matrix[:, 2] = (matrix[:, 2] + 0.5) / self.pixel - 0.5
        matrix[:, :2] /= self.pixel[:, None]
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(self.pixels, matrix, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _picture(gray: _Gray, frame: EyeFrame) -> np.ndarray:
    """Only what is smaller than a third of an eye is kept: light changes, features stay."""
    cut = cv2.GaussianBlur(gray.cut(frame), (0, 0), 0.8)
    return cut - cv2.blur(cut, (11, 11))


def _laid_over(before: np.ndarray, gray: _Gray, guess: EyeFrame) -> EyeFrame:
    """The frame near `guess` in which the head looks as before; Gauss-Newton over shift, turn and size."""
    across = cv2.Sobel(before, cv2.CV_32F, 1, 0, ksize=3, scale=SCALE / 8)[_SKIN]
    down = cv2.Sobel(before, cv2.CV_32F, 0, 1, ksize=3, scale=SCALE / 8)[_SKIN]
    slopes = np.stack([across * _SKIN_X + down * _SKIN_Y, down * _SKIN_X - across * _SKIN_Y, across, down])
    wanted, frame = before[_SKIN], guess
    for _ in range(ITERATIONS):
        error = _picture(gray, frame)[_SKIN] - wanted
        weights = 1 / (1 + np.square(error / (2 * np.abs(error).mean() + 1e-3)))  # brows and lips move on their own
        weighted = slopes * weights
        size, turn, x, y = np.linalg.solve(weighted @ slopes.T + 1e-3 * np.eye(4), weighted @ error)
        step = EyeFrame(np.array([x, y]), np.array([[1 + size, -turn], [turn, 1 + size]]))
        frame = _compose(frame, _inverse(step))
    moved = (
        np.abs(_inverse(guess).to_portrait(frame.center)).max()
        + np.abs(_compose(_inverse(guess), frame).matrix - np.eye(2)).max()
    )
    likeness = np.corrcoef(_picture(gray, frame)[_SKIN], wanted)[0, 1]
    return frame if moved < FARTHEST and likeness > LEAST_LIKENESS else guess


def _compose(outer: EyeFrame, inner: EyeFrame) -> EyeFrame:
    return EyeFrame(outer.to_portrait(inner.center), outer.matrix @ inner.matrix)


def _inverse(frame: EyeFrame) -> EyeFrame:
    matrix = np.linalg.inv(frame.matrix)
    return EyeFrame(-matrix @ frame.center, matrix)
