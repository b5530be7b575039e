"""A portrait whose eyes have been read: what can be done with it, and what there is to say about its faces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gazehub.eye_frame import crop
from gazehub.face_report import FaceReport, GazeOutput
from gazehub.faces.face import Face
from gazehub.gaze import (
    CAMERA_BAND,
    angle_code_to_degrees,
    angle_code_to_residual,
    camera_offset,
    degrees_to_angle_code,
    face_residual,
    residual_size,
    residual_to_angle_code,
    to_canonical,
    to_picture,
)
from gazehub.limits import EYES_HIDDEN, NOT_SELECTED, TURNED_AWAY, reach, skip_reason, smoothstep
from gazehub.model.fields import apply_fields, own_colors, paste
from gazehub.model.modeling_gaze import GazeModel, shrink

VERGENCE = 0.04  # eye widths: how far each eye may keep off the common gaze of a face
FADE_DISTANCE = 0.015  # eye widths: a gaze that moves less changes only in part, so nothing jumps at 0
NATURAL_LOW, NATURAL_HIGH = (-0.22, -0.07), (0.22, 0.09)  # angle codes of real eyes, eye widths from the camera
WIDEST = (0.27, 0.17)  # an angle code that is read beyond was misread
SECOND_LOOK = 0.8  # of what a first correction misses, by landmarks, is taken into the second
MAX_YAW, MAX_PITCH = 40.0, 30.0  # degrees of gaze


class Encoding:
    """A portrait whose eyes have been read; made by `GazePipeline.encode`. No method changes it.

    Args:
        landmarker: finds the faces again after a first correction, to refine the reading; None to read once.

    Attributes:
        faces: one `FaceReport` per face, largest first.
    """

    @torch.inference_mode()
    def __init__(
        self,
        model: GazeModel,
        portrait: Image.Image,
        faces: list[Face],
        landmarker: Callable[[np.ndarray], list[Face]] | None = None,
    ) -> None:
        self._model = model
        self._pixels = np.array(portrait)
        self._color_profile = _rgb_profile(portrait)
        reasons = [skip_reason(face) for face in faces]
        self._choose(faces, reasons)
        self._angle, self._reach = torch.zeros(0, 2), torch.zeros(0, 1)
        if self._usable:
            self._patches = self._crop(self._pixels)
            content, self._before, spread = model.encode(self._patches)
            self._content = content.unflatten(0, (-1, 2)).mean(dim=1).repeat_interleave(2, dim=0)
            self._angle = self._read_angle(model.config.camera_coefficients, faces).to(self._before)
            self._reach = self._read_reach(faces)
            hidden = spread.unflatten(0, (-1, 2)).amax(dim=1) >= model.config.hidden_spread
            self._leave_alone(hidden, EYES_HIDDEN, faces, reasons)
        if self._usable:
            if landmarker:
                self._look_again(model.config.camera_coefficients, faces, landmarker)
            self._leave_alone(self._reach[::2, 0] == 0, TURNED_AWAY, faces, reasons)
        self.faces = [_report(face, reason) for face, reason in zip(faces, reasons)]
        for index, offset in zip(self._usable, _picture_offsets(self._angle)):
            degrees = angle_code_to_degrees(offset)
            self.faces[index] = replace(self.faces[index], offset_before=_pair(offset), degrees_before=degrees)

    @property
    def portrait(self) -> Image.Image:
        """The portrait as it came, upright RGB."""
        return self._to_image(self._pixels)

    def _choose(self, faces: list[Face], reasons: list[str | None]) -> None:
        self._usable = [index for index, reason in enumerate(reasons) if reason is None]
        self._eyes = [eye for index in self._usable for eye in faces[index].eyes]

    @property
    def _lens(self) -> Tensor:
        """(eyes, 2) where in its frame each eye looks into the lens."""
        return self._before - self._angle

    def _leave_alone(self, left: Tensor, reason: str, faces: list[Face], reasons: list[str | None]) -> None:
        """Take some of the usable faces out of the batch."""
        for index, leave in zip(self._usable, left.tolist()):
            reasons[index] = reason if leave else None
        rows = ~left.repeat_interleave(2)
        self._patches, self._content, self._before = self._patches[rows], self._content[rows], self._before[rows]
        self._angle, self._reach = self._angle[rows], self._reach[rows]
        self._choose(faces, reasons)

    def _read_angle(self, coefficients: np.ndarray, faces: list[Face]) -> Tensor:
        """r, the angle code each eye came with. Landmarks and E_r err apart, so their mean is taken; and the eyes of a
        face move together, so that they keep their own vergence, as far as it is natural."""
        seen = self._before.double().cpu().numpy().reshape(-1, 2, 2)
        codes = []
        for index, offsets in zip(self._usable, seen):
            face = faces[index]
            measured = [(offset + eye.offset) / 2 for offset, eye in zip(offsets, face.eyes)]
            residuals = [m - camera_offset(coefficients, face, eye) for m, eye in zip(measured, face.eyes)]
            shared = to_picture(residuals)
            for residual, eye in zip(residuals, face.eyes):
                own = residual - to_canonical(shared, eye.mirrored)
                unnatural = own - own.clip(-VERGENCE, VERGENCE)
                code = residual_to_angle_code(to_canonical(shared, eye.mirrored) + unnatural)
                codes.append(np.clip(code, np.negative(WIDEST), WIDEST))
        return torch.from_numpy(np.array(codes))

    def _read_reach(self, faces: list[Face]) -> Tensor:
        """(eyes, 1) share of a motion that each eye makes."""
        degrees = map(angle_code_to_degrees, _picture_offsets(self._angle))
        shares = [reach(faces[index].yaw, turn) for index, turn in zip(self._usable, degrees)]
        return torch.tensor(shares).to(self._angle).repeat_interleave(2)[:, None]

    def _look_again(self, coefficients: np.ndarray, faces: list[Face], landmarker: Callable) -> None:
        """Correct once, see by landmarks how far that is from what was meant, and take most of it into the angle
        codes: some faces are misread by an amount that shows only there. Who looks into the camera by landmarks too is
        left as first read."""
        chosen = []
        for position, code in enumerate(_picture_offsets(self._angle)):
            read = angle_code_to_residual(code)
            measured = face_residual(coefficients, faces[self._usable[position]])
            if max(residual_size(read), residual_size(measured)) > CAMERA_BAND:
                chosen.append(position)
        if not chosen:
            return
        found = landmarker(self._draw(None, [row for position in chosen for row in (2 * position, 2 * position + 1)]))
        for position in chosen:
            again = next((face for face in found if _same_face(face, faces[self._usable[position]])), None)
            if again is None:
                continue
            pair = slice(2 * position, 2 * position + 2)
            left = residual_to_angle_code(face_residual(coefficients, again))
            codes = np.array([to_canonical(left, eye.mirrored) for eye in self._eyes[pair]])
            missed = torch.from_numpy(codes).to(self._angle) - (1 - self._reach[pair]) * self._angle[pair]
            widest = self._angle.new_tensor(WIDEST)
            self._angle[pair] = (self._angle[pair] + SECOND_LOOK * missed).clamp(-widest, widest)
        self._reach = self._read_reach(faces)

    def correct(self, strength: float = 1.0, faces: str | Sequence[int] = "all", eyes: str = "both") -> GazeOutput:
        """Bring the gaze to the camera.

        Args:
            strength: 0 (the portrait bit for bit) to 1 (into the lens).
            faces: "all", "largest", or indexes into `faces`.
            eyes: "both", or "left" or "right" as seen in the picture.

        Raises:
            ValueError: an argument out of range.
        """
        if not 0 <= strength <= 1:
            raise ValueError(f"strength must be between 0 and 1, not {strength}.")
        return self._output(None if strength == 1 else (1 - strength) * self._angle, faces, eyes)

    def redirect(
        self, yaw: float = 0.0, pitch: float = 0.0, faces: str | Sequence[int] = "all", eyes: str = "both"
    ) -> GazeOutput:
        """Turn the gaze to a direction, seen from the lens.

        Args:
            yaw, pitch: degrees, -40..40 and -30..30; (0, 0) is the camera, + is to the picture's right and up.
            faces, eyes: as for `correct`.

        Raises:
            ValueError: an argument out of range.
        """
        if not (abs(yaw) <= MAX_YAW and abs(pitch) <= MAX_PITCH):
            raise ValueError(
                f"yaw must be between -{MAX_YAW:g} and {MAX_YAW:g} degrees, pitch between -{MAX_PITCH:g} and "
                f"{MAX_PITCH:g}; not {yaw} and {pitch}."
            )
        code = degrees_to_angle_code(yaw, pitch)
        angles = np.array([to_canonical(code, eye.mirrored) for eye in self._eyes]).reshape(-1, 2)
        return self._output(torch.from_numpy(angles).to(self._angle), faces, eyes)

    def animate(
        self, alphas: Sequence[float], faces: str | Sequence[int] = "all", eyes: str = "both"
    ) -> list[Image.Image]:
        """Slide along the line between the gaze the portrait came with and its corrected one.

        Args:
            alphas: 0 is the gaze it came with (the portrait bit for bit), 1 the camera; beyond both the line goes on,
                as far as eyes naturally turn.
            faces, eyes: as for `correct`.

        Returns:
            One RGB frame per alpha, the size of the portrait.
        """
        rows = self._rows(faces, eyes)
        if not np.isfinite(alphas).all():
            raise ValueError(f"alphas must be finite numbers, not {list(alphas)}.")
        angles = [self._on_latent_line(alpha) if rows else self._angle for alpha in alphas]
        return [self._to_image(self._draw(angle, rows)) for angle in angles]

    @torch.inference_mode()
    def _on_latent_line(self, alpha: float) -> Tensor:
        angle = (1 - alpha) * self._angle + alpha * self._corrected_angle
        # The gaze it came with is natural by definition, however far it goes: alpha 0 must change nothing.
        low = torch.minimum(self._angle.new_tensor(NATURAL_LOW), self._angle)
        high = torch.maximum(self._angle.new_tensor(NATURAL_HIGH), self._angle)
        return angle.clamp(low, high)

    @cached_property
    def _corrected_angle(self) -> Tensor:
        """The angle codes that the encoder reads from the corrected eyes: Synthesis-As-Training's other end."""
        fields = self._model.correct(self._patches, self._content, self._before, self._lens)
        corrected = apply_fields(self._patches, fields)
        return self._model.gam.angle_encoder(shrink(corrected)) - self._lens

    def _output(self, angle: Tensor | None, faces: str | Sequence[int], eyes: str) -> GazeOutput:
        rows = self._rows(faces, eyes)
        pixels = self._draw(angle, rows)
        reports = list(self.faces)
        if self._usable:
            offsets = self._read_offsets(pixels)
            for position, (index, offset) in enumerate(zip(self._usable, offsets)):
                chosen = 2 * position in rows or 2 * position + 1 in rows
                reports[index] = replace(
                    reports[index],
                    offset_after=_pair(offset),
                    degrees_after=angle_code_to_degrees(offset),
                    skipped=None if chosen else NOT_SELECTED,
                )
        return GazeOutput(self._to_image(pixels), reports)

    @torch.inference_mode()
    def _draw(self, angle: Tensor | None, rows: list[int]) -> np.ndarray:
        """Redraw the eyes of `rows` on a copy of the portrait: at the angle codes `angle`, one row per usable eye, by
        the animation module; if None, into the lens by the correction module. The eyes of a turned head go only a part
        of the way, where the animation module brings them."""
        pixels = self._pixels.copy()
        wanted = torch.zeros_like(self._angle) if angle is None else angle
        reached = self._angle + self._reach * (wanted - self._angle)
        amounts = self._amounts(reached)
        rows = [row for row in rows if amounts[row // 2] > 0]
        if not rows:
            return pixels
        seen = self._patches[rows], self._content[rows], self._before[rows], self._lens[rows]
        into_lens = angle is None and bool((self._reach[rows] == 1).all())
        fields = self._model.correct(*seen) if into_lens else self._model.animate(*seen, reached[rows])
        fields.fill = own_colors(fields.fill, self._patches[rows])
        for position, row in enumerate(rows):
            paste(pixels, self._eyes[row].frame, fields[position : position + 1], amounts[row // 2])
        return pixels

    def _amounts(self, angle: Tensor) -> list[float]:
        """Per usable face, how much of the change to show."""
        distances = [residual_size(moved) for moved in _picture_offsets(angle - self._angle)]
        return [smoothstep(distance / FADE_DISTANCE) for distance in distances]

    def _rows(self, faces: str | Sequence[int], eyes: str) -> list[int]:
        """The rows of the batch, two per usable face, that a caller's choice means."""
        if faces == "all":
            chosen = set(range(len(self.faces)))
        elif faces == "largest":
            chosen = {0}
        else:
            chosen = set() if isinstance(faces, str) else set(faces)
            if isinstance(faces, str) or not chosen <= set(range(len(self.faces))):
                raise ValueError(f'faces must be "all", "largest" or indexes below {len(self.faces)}, not {faces!r}.')
        if eyes not in ("both", "left", "right"):
            raise ValueError(f'eyes must be "both", "left" or "right", not {eyes!r}.')
        rows = []
        for position, index in enumerate(self._usable):
            pair = sorted((2 * position, 2 * position + 1), key=lambda row: self._eyes[row].frame.center[0])
            if index in chosen:
                rows += pair if eyes == "both" else [pair[eyes == "right"]]
        return sorted(rows)

    def _crop(self, pixels: np.ndarray) -> Tensor:
        """(2 x usable faces, 3, 64, 96) patches in 0..1."""
        patches = np.stack([crop(pixels, eye.frame) for eye in self._eyes]) / 255
        return torch.from_numpy(patches).permute(0, 3, 1, 2).to(self._model.device, self._model.dtype)

    @torch.inference_mode()
    def _read_offsets(self, pixels: np.ndarray) -> list[np.ndarray]:
        return _picture_offsets(self._model.gam.angle_encoder(shrink(self._crop(pixels))) - self._lens)

    def _to_image(self, pixels: np.ndarray) -> Image.Image:
        image = Image.fromarray(pixels)
        if self._color_profile:
            image.info["icc_profile"] = self._color_profile
        return image


def _same_face(one: Face, other: Face) -> bool:
    distances = [np.hypot(*(a.frame.center - b.frame.center)) for a, b in zip(one.eyes, other.eyes)]
    return max(distances) < 0.5 * other.eyes[0].frame.width


def _picture_offsets(angle: Tensor) -> list[np.ndarray]:
    """(2 x faces, 2) canonical angle codes to one (2,) picture residual per face."""
    return [to_picture(pair) for pair in angle.double().cpu().numpy().reshape(-1, 2, 2)]


def _pair(offset: np.ndarray) -> tuple[float, float]:
    return float(offset[0]), float(offset[1])


def _report(face: Face, skipped: str | None) -> FaceReport:
    openness = min(eye.openness for eye in face.eyes)
    return FaceReport(face.box, None, None, None, None, openness, face.yaw, face.pitch, face.roll, skipped)


def _rgb_profile(portrait: Image.Image) -> bytes | None:
    """The colour profile of a photo, without which its colours would shift; one of another space no longer fits."""
    profile = portrait.info.get("icc_profile") or b""
    return profile if profile[16:20] == b"RGB " else None
