"""The networks of a GazeModel as ONNX files, run by onnxruntime on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gazehub.hub.weights import WeightsError, check_generation
from gazehub.onnx import open_network, usable_cores

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

STAGES = ("pam", "angle", "gcm", "gam", "cfm")  # one file each


class OnnxNetworks:
    """See `gazehub.model.networks.Networks`.

    The networks are too small for several threads to share one of them well, but eyes are independent: each thread
    takes its share of a batch through all stages.

    Args:
        folder: with the files of `STAGES`.
        config: of the model.
        weights_hash: SHA-256 of the weights that the files must be made from; None where there are no others.
        threads: of the processor to use; None for one to each eye of a face, where there are as many cores.

    Raises:
        OldWeights: the config is of gazehub 0.1.
        WeightsError: a file is missing, damaged, or made from other weights.
    """

    def __init__(self, folder: Path, config: dict, weights_hash: str | None, threads: int | None = None) -> None:
        check_generation(config["camera_coefficients"])
        self.camera_coefficients = np.array(config["camera_coefficients"])
        self.hidden_spread = float(config["hidden_spread"])
        self._threads = threads or min(2, usable_cores())
        self._sessions = {stage: open_stage(folder / f"{stage}.onnx", weights_hash) for stage in STAGES}
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="eyes")  # its threads start when needed

    def encode(self, patches: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self._in_parts(lambda patch: (*self._run("pam", patch), *self._run("angle", patch)), patches)

    def locate(self, patches: np.ndarray) -> np.ndarray:
        return self._in_parts(lambda patch: self._run("angle", patch), patches)[0]

    def correct(self, patches: np.ndarray, content: np.ndarray, before: np.ndarray, camera: np.ndarray) -> np.ndarray:
        return self._draw("gcm", patches, content, before, camera)

    def animate(
        self, patches: np.ndarray, content: np.ndarray, before: np.ndarray, camera: np.ndarray, angle: np.ndarray
    ) -> np.ndarray:
        return self._draw("gam", patches, content, before, camera + angle)

    def _draw(
        self, stage: str, patches: np.ndarray, content: np.ndarray, before: np.ndarray, after: np.ndarray
    ) -> np.ndarray:
        def draw(patch: np.ndarray, code: np.ndarray, start: np.ndarray, stop: np.ndarray) -> list[np.ndarray]:
            (coarse,) = self._run(stage, patch, code, stop)
            return self._run("cfm", patch, coarse, start, stop)

        return self._in_parts(draw, patches, content, before, after)[0]

    def _in_parts(self, function: Callable, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        """What `function` makes of arrays that share their first axis, the parts of it side by side."""
        parts = min(self._threads, len(arrays[0]))
        if parts == 1:
            return tuple(function(*arrays))
        shares = zip(*(np.array_split(array, parts) for array in arrays))
        results = self._pool.map(lambda share: function(*share), shares)
        return tuple(np.concatenate(result) for result in zip(*results))

    def _run(self, stage: str, *arrays: np.ndarray) -> list[np.ndarray]:
        session = self._sessions[stage]
        return session.run(None, {node.name: array for node, array in zip(session.get_inputs(), arrays)})


def open_stage(path: Path, weights_hash: str | None) -> InferenceSession:
    """
    Raises:
        WeightsError: the file is missing, damaged, or made from other weights.
    """
    try:
        session = open_network(path)
    except ValueError as error:
        raise WeightsError(str(error)) from error
    made_from = session.get_modelmeta().custom_metadata_map.get("weights_sha256")
    if weights_hash and made_from != weights_hash:
        raise WeightsError(
            f"{path} was made from other weights than those beside it: run `python -m train.export "
            f"{path.parents[1]}`, or delete the folder onnx."
        )
    return session
