"""What is remembered of the eyes of one face.

Nothing that is observed is smoothed: eyes jump, and a filtered reading lags. Remembered is what does not jump: where
the eyes sit in the head, where in it they look into the lens, their colours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gazehub.faces.face import Eye, Face
from gazehub.gaze import camera_offset
from gazehub.limits import CLOSED_BELOW, EYES_HIDDEN, smoothstep
from gazehub.model.networks import Networks
from gazehub.read import EyeReading, FaceReading, angle_codes, crop_eyes
from gazehub.stream.easing import ease, ease_target
from gazehub.stream.head import Head

FORGET_AFTER = 0.25  # seconds for which the eyes may be closed before their places in the head are found anew
CONTENT_TIME = 1.0  # seconds over which an eye's colours are averaged
LIDS_CLOSED, LIDS_OPEN = 0.1, 0.13  # openness up to which the eyes keep their own pixels, and from which none;
CLOSED_SHARE, OPEN_SHARE = 0.3, 0.5  # or these shares of what is usual for wide eyes, if that is more
USUAL_TIME = 2.0  # seconds over which the usual openness is averaged
LID_TIME, LID_STEP = 0.1, 0.025  # seconds and eye widths: what lids do within that time makes them blink
SLACK = 0.012  # eye widths by which the openness trembles


@dataclass(frozen=True, eq=False)
class Memory:
    """
    Args:
        head: where the head was in the last frame.
        corners: (2, 2, 2) outer and inner corner of the image-left and the image-right eye, in the head's frame.
        openness: of the more closed eye, eye widths, without its tremble.
        usual: the same on average, while open.
        lately: the same over the last moment, so that lids that move are told from lids that rest.
        known: seconds for which the face has been followed.
        middles: (2, 2) where the irises would be at a gaze offset of 0, in the head's frame; None until read.
        content: (D,) the content code; None until read.
        age: seconds for which the middles have been followed.
        unread: seconds since they were.
    """

    head: Head
    corners: np.ndarray
    openness: float
    usual: float
    lately: float
    known: float = 0.0
    middles: np.ndarray | None = None
    content: np.ndarray | None = None
    age: float = 0.0
    unread: float = 0.0

    @classmethod
    def first(cls, pixels: np.ndarray, face: Face) -> Memory:
        """Of a face seen for the first time."""
        head = Head.first(pixels, face)
        openness = _openness(face)
        return cls(head, _corners(head, face), openness, openness, openness)

    @property
    def uncovered(self) -> float:
        """0 when a lid is closed, 1 when both are open."""
        closed, wide = max(LIDS_CLOSED, CLOSED_SHARE * self.usual), max(LIDS_OPEN, OPEN_SHARE * self.usual)
        return smoothstep((self.openness - closed) / (wide - closed))

    @property
    def closing(self) -> float:
        """0 while the lids rest, rise or sink slowly, 1 when they fall as fast as in a blink."""
        return smoothstep((self.lately - self.openness - LID_STEP) / LID_STEP)

    def follow(self, pixels: np.ndarray, face: Face, seconds: float) -> Memory:
        """With the face as found in the next frame, so many seconds later."""
        head = self.head.follow(pixels, face)
        seen = _corners(head, face)
        pairs = zip(self.corners.reshape(4, 2), seen.reshape(4, 2))
        corners = [ease_target(*pair, seconds, self.known) for pair in pairs]
        held = min(max(self.openness, _openness(face) - SLACK), _openness(face) + SLACK)
        usual = float(ease(self.usual, held, seconds, USUAL_TIME)) if held > CLOSED_BELOW else self.usual
        return replace(
            self,
            head=head,
            corners=np.reshape(corners, (2, 2, 2)),
            openness=held,
            usual=usual,
            lately=float(ease(self.lately, _openness(face), seconds, LID_TIME)),
            known=self.known + seconds,
            unread=self.unread + seconds,
        )

    def read(self, networks: Networks, pixels: np.ndarray, face: Face, seconds: float) -> tuple[Memory, FaceReading]:
        """Read the eyes of a face that was followed: E_r and landmarks say where they look in this frame, the memory
        where the lens is.

        Returns:
            The memory with what was read, and the reading, in frames that keep to the head. Of hidden eyes nothing is
            remembered.
        """
        eyes = [self._steady(*pair) for pair in zip(face.eyes, self.corners)]
        patches = crop_eyes(pixels, eyes)
        content, seen, spread = networks.encode(patches)
        hidden, seen = spread.max() >= networks.hidden_spread, seen.astype(np.float64)
        camera = [camera_offset(networks.camera_coefficients, face, eye) for eye in eyes]
        memory = self
        if not hidden or self.middles is None:
            irises = [eye.frame.to_portrait(offset) for eye, offset in zip(eyes, seen)]
            middles = _middles(networks.camera_coefficients, face, np.stack(irises), np.stack(camera))
            memory = self._learn(content.mean(axis=0), self.head.frame.to_frame(middles), seconds)
        readings = []
        middles = memory.head.frame.to_portrait(memory.middles)
        for eye, patch, offset, at_camera, middle in zip(eyes, patches, seen, camera, middles):
            angle = offset - (eye.frame.to_frame(middle) + at_camera)
            readings.append(EyeReading(eye, patch, memory.content, offset, angle))
        reading = FaceReading(replace(face, eyes=tuple(eyes)), tuple(readings))
        return memory, replace(reading, skipped=EYES_HIDDEN) if hidden else reading

    def _learn(self, content: np.ndarray, middles: np.ndarray, seconds: float) -> Memory:
        if self.content is not None:
            content = ease(self.content, content, seconds, CONTENT_TIME)
        if self.middles is None or self.unread > FORGET_AFTER:
            return replace(self, content=content, middles=middles, age=0.0, unread=0.0)
        eased = np.stack([ease_target(*pair, seconds, self.age) for pair in zip(self.middles, middles)])
        return replace(self, content=content, middles=eased, age=self.age + seconds, unread=0.0)

    def _steady(self, eye: Eye, corners: np.ndarray) -> Eye:
        """The eye, its corners where they are remembered."""
        opening = eye.opening.copy()
        opening[[0, 8]] = self.head.frame.to_portrait(corners)
        return replace(eye, opening=opening)


def _openness(face: Face) -> float:
    return min(eye.openness for eye in face.eyes)


def _corners(head: Head, face: Face) -> np.ndarray:
    return head.frame.to_frame(np.stack([eye.opening[[0, 8]] for eye in face.eyes]))


def _middles(coefficients: np.ndarray, face: Face, irises: np.ndarray, camera: np.ndarray) -> np.ndarray:
    """(2, 2) in picture coordinates, from the (2, 2) irises by E_r. Eye corners are dragged along by a gaze, which the
    angle codes allow for: so this stays where it is in the head, wherever the eyes look."""
    seen = np.stack([eye.frame.to_frame(iris) for eye, iris in zip(face.eyes, irises)])
    offsets = seen - angle_codes(coefficients, face, seen) - camera
    return np.stack([eye.frame.to_portrait(offset) for eye, offset in zip(face.eyes, offsets)])
