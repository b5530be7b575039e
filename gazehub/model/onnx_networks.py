"""The networks of a GazeModel as ONNX files, run by onnxruntime on the CPU."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gazehub.onnx import open_network

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

STAGES = ("pam", "angle", "gcm", "gam", "cfm")  # one file each


class OnnxNetworks:
    """See `gazehub.model.networks.Networks`. Files are opened when they are first needed.

    Args:
        folder: with the files of `STAGES`.
        config: of the model.
        weights_hash: SHA-256 of the weights that the files must be made from; None where there are no others.
        threads: of the processor to use; None for as many as pay.
    """

    def __init__(self, folder: Path, config: dict, weights_hash: str | None, threads: int | None = None) -> None:
        self.camera_coefficients = np.array(config["camera_coefficients"])
        self.hidden_spread = float(config["hidden_spread"])
        self.folder = folder
        self._weights_hash, self._threads = weights_hash, threads
        self._sessions: dict[str, InferenceSession] = {}
        self._lock = threading.Lock()

    def encode(self, patches: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        (content,), (offset, spread) = self._run("pam", patches), self._run("angle", patches)
        return content, offset, spread

    def locate(self, patches: np.ndarray) -> np.ndarray:
        return self._run("angle", patches)[0]

    def correct(self, patches: np.ndarray, content: np.ndarray, before: np.ndarray, camera: np.ndarray) -> np.ndarray:
        (coarse,) = self._run("gcm", patches, content, camera)
        return self._run("cfm", patches, coarse, before, camera)[0]

    def animate(
        self, patches: np.ndarray, content: np.ndarray, before: np.ndarray, camera: np.ndarray, angle: np.ndarray
    ) -> np.ndarray:
        after = camera + angle
        (coarse,) = self._run("gam", patches, content, after)
        return self._run("cfm", patches, coarse, before, after)[0]

    def _run(self, stage: str, *arrays: np.ndarray) -> list[np.ndarray]:
        session = self._open(stage)
        return session.run(None, {node.name: array for node, array in zip(session.get_inputs(), arrays)})

    def _open(self, stage: str) -> InferenceSession:
        with self._lock:
            if stage not in self._sessions:
                self._sessions[stage] = open_stage(self.folder / f"{stage}.onnx", self._weights_hash, self._threads)
            return self._sessions[stage]


def open_stage(path: Path, weights_hash: str | None, threads: int | None) -> InferenceSession:
    """
    Raises:
        WeightsError: the file is missing, damaged, or made from other weights.
    """
    from gazehub.hub.weights import WeightsError

    try:
        session = open_network(path, threads)
    except ValueError as error:
        raise WeightsError(str(error)) from error
    made_from = session.get_modelmeta().custom_metadata_map.get("weights_sha256")
    if weights_hash and made_from != weights_hash:
        raise WeightsError(
            f"{path} was made from other weights than those beside it: run `python -m train.export "
            f"{path.parents[1]}`, or delete the folder onnx."
        )
    return session
