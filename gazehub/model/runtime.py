"""Which runtime the networks of some weights run in: ONNX on the CPU, torch elsewhere."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gazehub.hub.weights import WEIGHTS_FILE, OldWeights, WeightsError, resolve_source, weights_hash
from gazehub.model.networks import Networks
from gazehub.model.onnx_networks import STAGES, OnnxNetworks

if TYPE_CHECKING:
    import torch

    from gazehub.model.modeling_gaze import GazeModel

BUNDLED_WEIGHTS = Path(__file__).parent.parent / "weights"
LIGHT_FILES = ["config.json", *(f"onnx/{stage}.onnx" for stage in STAGES)]


def networks_of(model: GazeModel | Networks) -> Networks:
    """What runs a model: torch for a `GazeModel`; other `Networks` run themselves."""
    torch = sys.modules.get("torch")  # where it was not imported there is no GazeModel
    if torch is None or not isinstance(model, torch.nn.Module):
        return model
    from gazehub.model.torch_networks import TorchNetworks

    return TorchNetworks(model)


def open_networks(
    source: str | os.PathLike | None = None,
    revision: str | None = None,
    device: str | torch.device | None = None,
    threads: int | None = None,
) -> Networks:
    """
    Args:
        source: a folder or hub id[@revision]; None for the weights that come with the package.
        revision: of a hub id.
        device: anything but None and "cpu" runs in torch, and so do weights without `onnx/`.
        threads: of the processor to use; None for as many as pay.

    Raises:
        WeightsError: the weights can't be loaded; the message says what to do.
        ValueError: this machine has no such device.
    """
    if source is None and revision is not None:
        raise WeightsError(
            "The weights that came with gazehub have no revisions: name the hub id of others, or no revision."
        )
    source, revision = resolve_source(BUNDLED_WEIGHTS if source is None else source, revision)
    if str(device or "cpu") == "cpu":
        if isinstance(source, Path):
            folder, made_from = source, weights_hash(source)
        else:
            from gazehub.hub.light import fetch_light

            folder, made_from = fetch_light(source, revision, LIGHT_FILES, WEIGHTS_FILE)
        if folder and (folder / "onnx").is_dir():
            return _onnx_networks(folder, made_from, threads)
    return _torch_networks(source, revision, device)


def _onnx_networks(folder: Path, made_from: str | None, threads: int | None) -> OnnxNetworks:
    missing = [name for name in STAGES if not (folder / "onnx" / f"{name}.onnx").is_file()]
    if missing:
        raise WeightsError(
            f"The weights in {folder} can't be loaded: onnx/{missing[0]}.onnx is missing. Run "
            f"`python -m train.export {folder}`, or delete the folder onnx."
        )
    try:
        config = json.loads((folder / "config.json").read_text())
        return OnnxNetworks(folder / "onnx", config, made_from, threads)
    except OldWeights as error:
        raise WeightsError(f"The weights in {folder} can't be loaded: {error}") from error
    except WeightsError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"The weights in {folder} can't be loaded: config.json of a GazeModel is missing or damaged."
        ) from error


def _torch_networks(source: str | Path, revision: str | None, device: str | torch.device | None) -> Networks:
    try:
        from gazehub.model.modeling_gaze import GazeModel
        from gazehub.model.torch_networks import TorchNetworks
    except ModuleNotFoundError as error:
        why = "A device other than the CPU needs" if device else f"The weights {source} have no onnx/ and need"
        raise WeightsError(f"{why} {error.name}: pip install 'gazehub[torch]'") from error
    if device is not None:
        _check_device(device)
    model = GazeModel.from_pretrained(source, revision=revision)
    return TorchNetworks(model.to(device) if device is not None else model)


def _check_device(device: str | torch.device) -> None:
    """Raises: ValueError: nothing can be worked out there."""
    import torch

    try:
        torch.ones(2, device=device).add(1).cpu()  # some devices take numbers and give none back
    except Exception as error:  # each kind of device has errors of its own
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise ValueError(f"The networks can't run on a device {device} here ({reason[:200]}).") from error
