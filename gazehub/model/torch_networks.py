"""The networks of a GazeModel in torch, on its device and in its precision."""

from __future__ import annotations

import numpy as np
import torch

from gazehub.model.modeling_gaze import GazeModel
from gazehub.model.stages import stages


class TorchNetworks:
    """See `gazehub.model.networks.Networks`.

    Args:
        model: it is put into evaluation mode, and stays where it is.
    """

    def __init__(self, model: GazeModel) -> None:
        self.model = model.eval()
        self.camera_coefficients = np.array(model.config.camera_coefficients)
        self.hidden_spread = float(model.config.hidden_spread)
        self._stages = stages(model)

    def encode(self, patches: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self._run("pam", patches), *self._run("angle", patches)

    def locate(self, patches: np.ndarray) -> np.ndarray:
        return self._run("angle", patches)[0]

    def correct(self, patches: np.ndarray, content: np.ndarray, before: np.ndarray, camera: np.ndarray) -> np.ndarray:
        return self._run("cfm", patches, self._run("gcm", patches, content, camera), before, camera)

    def animate(
        self, patches: np.ndarray, content: np.ndarray, before: np.ndarray, camera: np.ndarray, angle: np.ndarray
    ) -> np.ndarray:
        after = camera + angle
        return self._run("cfm", patches, self._run("gam", patches, content, after), before, after)

    @torch.inference_mode()
    def _run(self, stage: str, *arrays: np.ndarray) -> np.ndarray | tuple[np.ndarray, ...]:
        tensors = (torch.from_numpy(array).to(self.model.device, self.model.dtype) for array in arrays)
        result = self._stages[stage](*tensors)
        return tuple(map(_to_numpy, result)) if isinstance(result, tuple) else _to_numpy(result)


def _to_numpy(tensor: torch.Tensor) -> np.ndarray:
    return tensor.float().cpu().numpy()
