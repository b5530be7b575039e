"""Read: where the eyes of a portrait are, and where they look.

``pixels + faces -> Reading``. A reading never changes; what is learnt later, or refused, gives a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gazehub.eye_frame import crop
from gazehub.faces.face import Eye, Face
from gazehub.gaze import (
    CAMERA_BAND,
    angle_code_to_degrees,
    angle_code_to_residual,
    camera_offset,
    face_residual,
    head_direction,
    residual_size,
    residual_to_angle_code,
    to_canonical,
    to_picture,
)
from gazehub.limits import EYES_HIDDEN, TURNED_AWAY, reach, skip_reason, smoothstep
from gazehub.model.networks import Networks

ENCODER_SHARE = 0.3  # of E_r in a reading; the rest are landmarks, which it learnt from and with which it errs
# How much of what each eye keeps off the common gaze is the person's own, where they look away and into the lens;
# the rest is misread. And how far at most, eye widths.
OWN_AWAY, OWN_AT_CAMERA, OWN_AT_MOST = 0.4, 0.8, 0.03
# Angle code up or down by which readings of one picture scatter. Of a gaze that far up or down half is believed.
VERTICAL_SCATTER = 0.024
WIDEST = np.array([0.27, 0.17])  # an angle code that is read beyond was misread


@dataclass(frozen=True, eq=False)
class EyeReading:
    """One eye as the networks read it, in its canonical frame.

    Args:
        eye: where it is.
        patch: (3, 96, 144) float32 RGB in 0..1.
        content: (D,) content code, the mean of both eyes of the face.
        seen: (2,) gaze offset by E_r, eye widths.
        angle: (2,) r, the angle code it came with: how far from the lens it looks, eye widths.
    """

    eye: Eye
    patch: np.ndarray
    content: np.ndarray
    seen: np.ndarray
    angle: np.ndarray

    @property
    def lens(self) -> np.ndarray:
        """(2,) where in its frame the eye looks into the lens."""
        return self.seen - self.angle


@dataclass(frozen=True, eq=False)
class FaceReading:
    """One face.

    Args:
        eyes: the image-left and the image-right eye; none if the face is left alone.
        skipped: why it is left alone, or None.
    """

    face: Face
    eyes: tuple[EyeReading, ...]
    skipped: str | None = None

    @property
    def gaze(self) -> np.ndarray:
        """(2,) angle code of the face, + to the picture's right and down."""
        return to_picture([eye.angle for eye in self.eyes])

    @property
    def reach(self) -> float:
        """The share of a motion that its eyes make."""
        return reach(self.face.yaw, angle_code_to_degrees(self.gaze))

    def left_alone(self, reason: str) -> FaceReading:
        return FaceReading(self.face, (), reason)


@dataclass(frozen=True, eq=False)
class Reading:
    """A portrait that has been read: its faces, largest first."""

    faces: tuple[FaceReading, ...]

    @property
    def usable(self) -> tuple[FaceReading, ...]:
        """The faces that are not left alone."""
        return tuple(face for face in self.faces if face.eyes)


def read(networks: Networks, pixels: np.ndarray, faces: Sequence[Face]) -> Reading:
    """Read every face whose eyes are open, large enough and not turned away.

    Args:
        pixels: (H, W, 3) uint8 RGB.
        faces: those found in it.
    """
    reasons = [skip_reason(face) for face in faces]
    open_faces = [face for face, reason in zip(faces, reasons) if reason is None]
    if not open_faces:
        return Reading(tuple(FaceReading(face, (), reason) for face, reason in zip(faces, reasons)))
    patches = crop_eyes(pixels, [eye for face in open_faces for eye in face.eyes])
    content, seen, spread = networks.encode(patches)
    per_face = zip(open_faces, *(each.reshape(-1, 2, *each.shape[1:]) for each in (patches, content, seen, spread)))
    read_faces = (_read_face(networks, *arrays) for arrays in per_face)
    return Reading(
        tuple(FaceReading(face, (), reason) if reason else next(read_faces) for face, reason in zip(faces, reasons))
    )


def crop_eyes(pixels: np.ndarray, eyes: Sequence[Eye]) -> np.ndarray:
    """(eyes, 3, 96, 144) float32 patches in 0..1."""
    patches = np.stack([crop(pixels, eye.frame) for eye in eyes]) / np.float32(255)
    return np.ascontiguousarray(patches.transpose(0, 3, 1, 2))


def looks_away(networks: Networks, face: FaceReading) -> bool:
    """Whether a face that was read looks away from the lens, by the networks or by landmarks."""
    measured = face_residual(networks.camera_coefficients, face.face)
    return max(residual_size(angle_code_to_residual(face.gaze)), residual_size(measured)) > CAMERA_BAND


def read_again(networks: Networks, face: FaceReading, again: Face) -> FaceReading:
    """A face that looks away, with its angle codes from better landmarks of the same picture."""
    seen = np.array([eye.seen for eye in face.eyes])
    angles = likely_codes(angle_codes(networks.camera_coefficients, again, seen))
    return replace(face, eyes=tuple(replace(eye, angle=angle) for eye, angle in zip(face.eyes, angles)))


def within_reach(reading: Reading) -> Reading:
    """The reading, with those left alone whose eyes would not move."""
    return Reading(
        tuple(face.left_alone(TURNED_AWAY) if face.eyes and face.reach == 0 else face for face in reading.faces)
    )


def _read_face(
    networks: Networks, face: Face, patches: np.ndarray, content: np.ndarray, seen: np.ndarray, spread: np.ndarray
) -> FaceReading:
    if spread.max() >= networks.hidden_spread:
        return FaceReading(face, (), EYES_HIDDEN)
    angles = angle_codes(networks.camera_coefficients, face, seen.astype(np.float64))
    eyes = zip(face.eyes, patches, seen.astype(np.float64), angles)
    return FaceReading(
        face, tuple(EyeReading(eye, patch, content.mean(axis=0), offset, angle) for eye, patch, offset, angle in eyes)
    )


def angle_codes(coefficients: np.ndarray, face: Face, seen: np.ndarray) -> list[np.ndarray]:
    """r of both eyes, from landmarks and what E_r has seen. Corrected eyes look at one point, but for the part of
    their vergence that is the person's own."""
    measured = [(1 - ENCODER_SHARE) * eye.offset + ENCODER_SHARE * offset for eye, offset in zip(face.eyes, seen)]
    residuals = [offset - camera_offset(coefficients, face, eye) for offset, eye in zip(measured, face.eyes)]
    shared = to_picture(residuals)
    away = smoothstep(residual_size(shared) / CAMERA_BAND - 1)
    share = OWN_AT_CAMERA + away * (OWN_AWAY - OWN_AT_CAMERA)
    codes = []
    for residual, eye in zip(residuals, face.eyes):
        own = share * (residual - to_canonical(shared, eye.mirrored))
        wanted = residual - own.clip(-OWN_AT_MOST, OWN_AT_MOST)
        code = residual_to_angle_code(wanted, head_direction(face, eye)[0])
        codes.append(code.clip(-WIDEST, WIDEST))
    return codes


def likely_codes(codes: Sequence[np.ndarray]) -> list[np.ndarray]:
    """What to make of the angle codes of one picture in which somebody looks away. Most of them look aside, and up and
    down is read less surely: of that the less there is, the more was misread (Wiener's filter). A film shows the same
    eyes many times.
    """
    vertical = np.mean(codes, axis=0)[1]
    misread = vertical * VERTICAL_SCATTER**2 / (vertical**2 + VERTICAL_SCATTER**2)
    return [code - [0.0, misread] for code in codes]
