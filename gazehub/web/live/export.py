"""The browser app as one folder of static files, which any host can serve as it is."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

from gazehub.faces.landmarker import NETWORKS
from gazehub.model.onnx_networks import STAGES
from gazehub.model.runtime import BUNDLED_WEIGHTS
from gazehub.web.live.compact import compact
from gazehub.web.live.constants import constants
from gazehub.web.live.runtime import read_runtime

APP = Path(__file__).parent / "app"


def write_app(folder: Path, runtime: Path | None = None, weights: Path = BUNDLED_WEIGHTS) -> None:
    """
    Args:
        folder: is made if need be; files of these names in it are replaced.
        runtime: onnxruntime-web's package as npm gives it; None to use the one fetched before, or fetch it.
        weights: a folder with config.json and onnx/.

    Raises:
        RuntimeMissingError: there is no runtime, and none can be fetched. Nothing is written.
    """
    files = read_runtime(runtime)
    for name, content in files.items():
        _write_packed(folder / "runtime" / name, content)
    shutil.copytree(APP, folder, dirs_exist_ok=True)
    for stage in STAGES:
        _write_packed(
            folder / "networks" / f"{stage}.onnx", compact((weights / "onnx" / f"{stage}.onnx").read_bytes())
        )
    for network in sorted(NETWORKS.glob("*.onnx")):
        _write_packed(folder / "networks" / network.name, network.read_bytes())
    shutil.copy(NETWORKS / "LICENSE", folder / "networks" / "LICENSE")
    lines = [f"export const {name} = {json.dumps(value)};" for name, value in constants(weights).items()]
    (folder / "constants.js").write_text("// Written by `python -m gazehub.web.live`.\n" + "\n".join(lines) + "\n")


def _write_packed(path: Path, content: bytes) -> None:
    """Hosts compress few kinds of files by themselves, so what is large comes compressed; the page unpacks it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in (".onnx", ".wasm"):
        path, content = path.with_name(path.name + ".gz"), gzip.compress(content, 9, mtime=0)
    path.write_bytes(content)
