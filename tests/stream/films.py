"""Films made by code from the sample photos."""

import cv2
import numpy as np


def moved(photo, right=0.0, down=0.0, roll=0.0):
    """A photo shifted by pixels and turned by degrees about its middle."""
    height, width = photo.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -roll, 1.0)
    matrix[:, 2] += right, down
    return cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def play(stream, frames, rate=30.0, start=0.0):
    """What comes out of a stream: a list of (frame, report)."""
    return [stream(frame, start + index / rate) for index, frame in enumerate(frames)]


def swaying(photo, frames):
    """A head that moves by several pixels a frame and rolls."""
    phase = np.arange(frames) / 7
    return [moved(photo, 12 * np.sin(p), 5 * np.cos(1.3 * p), 4 * np.sin(0.8 * p)) for p in phase]


def amounts(played):
    return [report.faces[0].amount for _, report in played]


def identities(played):
    return [{face.identity for face in report.faces} for _, report in played]
