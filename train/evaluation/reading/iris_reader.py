"""A reader of gaze that neither steers nor trains: MediaPipe's iris network on the pixels of each eye."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from gazehub.eye_frame import PATCH_SCALE, EyeFrame, crop
from gazehub.faces.face import Face
from gazehub.onnx import open_network

NETWORK = Path(__file__).parent / "networks" / "iris_landmark.onnx"
SIDE, SPAN = 64, 2.3  # pixels, and eye widths across them
CROPPED = round(SPAN * PATCH_SCALE)  # the side of what is cut out, before it is shrunk to `SIDE`
CORNERS = (0, 8)  # of the contour
# One look depends on where exactly it is cut, so several are averaged, mirrored ones too: on portraits that look into
# the lens the readings scatter a seventh less. Shifts in eye widths, and scale.
LOOKS = ((0, 0, 1), (0.05, 0, 1), (-0.05, 0, 1), (0, 0.05, 1), (0, -0.05, 1), (0, 0, 1.08), (0, 0, 0.92))


class IrisReader:
    """Gaze offsets by `iris_landmark.onnx`; see README.md beside it.

    An offset counts from the corners that the network itself sees: those of the attention mesh follow the iris, and
    not alike in the nearer and the farther eye of a turned head. So the face only says where to look, and may be found
    in the picture or in another in which the same eyes looked elsewhere.
    """

    def __init__(self) -> None:
        self._session = open_network(NETWORK)

    def __call__(self, pixels: np.ndarray, face: Face) -> np.ndarray:
        """
        Args:
            pixels: (H, W, 3) uint8 RGB.

        Returns:
            (2, 2) gaze offsets of the image-left and the image-right eye, eye widths, in their canonical frames.
        """
        return np.stack([self._offset(pixels, eye.frame) for eye in face.eyes])

    def look(self, pixels: np.ndarray, frame: EyeFrame) -> tuple[np.ndarray, np.ndarray]:
        """(5, 2) centre and edge of the iris, and (71, 2) contour, in coordinates of the frame."""
        iris, contour = self._session.run(["iris", "contour"], {"image": eye_image(pixels, frame)[None]})
        return image_to_frame(iris[:, :2]), image_to_frame(contour[:, :2])

    def _offset(self, pixels: np.ndarray, frame: EyeFrame) -> np.ndarray:
        offsets = []
        for right, down, scale in LOOKS:
            for mirror in (1, -1):
                axes = np.array([mirror * scale, scale])
                shifted = EyeFrame(frame.to_portrait(np.array([right, down])), frame.matrix * axes)
                iris, contour = self.look(pixels, shifted)
                offsets.append(axes * (iris[0] - contour[list(CORNERS)].mean(axis=0)))
        return np.mean(offsets, axis=0)


def eye_image(pixels: np.ndarray, frame: EyeFrame) -> np.ndarray:
    """(64, 64, 3) float32 0..1: what the network is shown of an eye."""
    patch = crop(pixels, frame, CROPPED, CROPPED)
    return cv2.resize(patch, (SIDE, SIDE), interpolation=cv2.INTER_AREA) / np.float32(255)


def image_to_frame(points: np.ndarray) -> np.ndarray:
    """(..., 2) of the network's pixels, counted from the image's corner, to frame coordinates."""
    return (np.asarray(points, np.float64) - SIDE / 2) * (CROPPED / SIDE / PATCH_SCALE)
