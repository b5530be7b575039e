"""The whole-face baseline behind the part of `GazePipeline` that the evaluation uses."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch

from gazehub.face_report import FaceReport, GazeOutput
from gazehub.faces.landmarker import FaceLandmarker
from gazehub.pipeline_gaze import NoFaceError
from gazehub.portrait import Portrait
from train.baselines.whole_face import WholeFaceCorrection, align, alignment, erased


class WholeFacePipeline:
    """Aligns the largest face, corrects it, and puts the two boxes back."""

    def __init__(self, model: WholeFaceCorrection) -> None:
        self.model, self.landmarker = model.eval(), FaceLandmarker()
        self.camera_coefficients = np.array(model.config.camera_coefficients)

    @classmethod
    def from_pretrained(cls, folder: Path) -> WholeFacePipeline:
        return cls(WholeFaceCorrection.from_pretrained(folder, low_cpu_mem_usage=False, use_safetensors=True))

    @torch.inference_mode()
    def correct(self, image: np.ndarray, faces: str = "largest") -> GazeOutput:
        """(H, W, 3) uint8 portrait; only the largest face is corrected.

        Raises:
            NoFaceError: there is none.
        """
        found = self.landmarker(image)
        if not found:
            raise NoFaceError("No face was found.")
        face = found[0]
        matrix, (height, width) = alignment(face), image.shape[:2]
        picture = torch.from_numpy(align(image, matrix)).permute(2, 0, 1)[None].float() / 127.5 - 1
        drawn = (self.model.correct(picture)[0].permute(1, 2, 0).numpy() + 1) * 127.5
        back = cv2.invertAffineTransform(matrix)
        drawn = cv2.warpAffine(drawn, back, (width, height), flags=cv2.INTER_CUBIC)
        mask = cv2.warpAffine(erased()[0, 0].numpy(), back, (width, height))[..., None]
        result = np.clip(np.rint(image + mask * (drawn - image)), 0, 255).astype(np.uint8)
        openness = min(eye.openness for eye in face.eyes)
        report = FaceReport(face.box, None, None, None, None, openness, face.yaw, face.pitch, face.roll, None)
        return GazeOutput(Portrait(result), [report])
