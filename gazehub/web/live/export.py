"""The browser app as static files, which any host can serve as they are."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

from gazehub.faces.landmarker import NETWORKS
from gazehub.model.onnx_networks import STAGES
from gazehub.model.runtime import BUNDLED_WEIGHTS
from gazehub.onnx import open_network
from gazehub.web.live.compact import compact, planes
from gazehub.web.live.constants import constants
from gazehub.web.live.quantize import FILES, FOLDER
from gazehub.web.live.runtime import read_runtime

APP = Path(__file__).parent / "app"
SAMPLE = Path(__file__).parent.parent / "samples" / "looking_away.jpg"
LARGE = (".onnx", ".wasm")
NOT_SHOWN = ("README.md", "LICENSE")  # of no use to the page itself
README = """---
title: Eye contact
emoji: 👁️
sdk: static
app_file: index.html
license: mit
custom_headers:
  cross-origin-embedder-policy: require-corp
  cross-origin-opener-policy: same-origin
  cross-origin-resource-policy: cross-origin
---

Written by `python -m gazehub.web.live`. Any static host serves this folder as it is; with the headers above the
page uses threads at its first visit, without them from the second load on. The weights are for research and other
non-commercial use.
"""


def app_files(runtime: Path | None = None, weights: Path = BUNDLED_WEIGHTS) -> dict[str, bytes]:
    """What every file of the app holds, by its path in the app's folder.

    Args:
        runtime: onnxruntime-web's package as npm gives it; None to use the one fetched before, or fetch it.
        weights: a folder with config.json and onnx/.

    Raises:
        RuntimeMissingError: there is no runtime, and none can be fetched.
    """
    found = {f"runtime/{name}": content for name, content in read_runtime(runtime).items()}
    for stage in STAGES:
        found[f"networks/{stage}.onnx"] = compact((weights / "onnx" / f"{stage}.onnx").read_bytes())
    light = light_networks(weights)
    for name in light.values():
        found[f"networks/{name}"] = compact((FOLDER / name).read_bytes())
    for path in [*sorted(NETWORKS.glob("*.onnx")), NETWORKS / "LICENSE"]:
        found[f"networks/{path.name}"] = path.read_bytes()
    files = dict(_packed(path, content) for path, content in found.items())
    for path in sorted(APP.rglob("*.*")):
        files[path.relative_to(APP).as_posix()] = path.read_bytes()
    files["sample.jpg"], files["README.md"] = SAMPLE.read_bytes(), README.encode()
    size = sum(len(content) for path, content in files.items() if path.endswith(".gz"))
    values = {**constants(weights), "LIGHT": light, "BYTES": size}  # bytes to be loaded before the first picture
    lines = [f"export const {name} = {json.dumps(value)};" for name, value in values.items()]
    files["constants.js"] = ("// Written by `python -m gazehub.web.live`.\n" + "\n".join(lines) + "\n").encode()
    return {**files, "files.js": _list(files)}


def write_app(folder: Path, runtime: Path | None = None, weights: Path = BUNDLED_WEIGHTS) -> None:
    """Write the files of `app_files`; files of these names in the folder, which is made if need be, are replaced.

    Raises:
        RuntimeMissingError: as `app_files`. Nothing is written.
    """
    for path, content in app_files(runtime, weights).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def light_networks(weights: Path) -> dict[str, str]:
    """What draws faster and a little less exactly, as films may be: names of files by those of the networks that they
    stand for. None if the weights are others than those they were made from."""
    return {
        f"{stage}.onnx": name
        for stage, name in FILES.items()
        if _made_from(FOLDER / name) == _made_from(weights / "onnx" / f"{stage}.onnx")
    }


def _made_from(network: Path) -> str:
    return open_network(network).get_modelmeta().custom_metadata_map["weights_sha256"]


def _packed(path: str, content: bytes) -> tuple[str, bytes]:
    """Hosts compress few kinds of files by themselves, so what is large comes compressed; the page unpacks it."""
    if not path.endswith(LARGE):
        return path, content
    return f"{path}.gz", gzip.compress(planes(content) if path.endswith(".onnx") else content, 6, mtime=0)


def _list(files: dict[str, bytes]) -> bytes:
    """For the service worker: what there is, and a version that changes with it."""
    shown = [path for path in files if path.rsplit("/")[-1] not in NOT_SHOWN]
    app = {
        "version": hashlib.sha256(b"".join(path.encode() + files[path] for path in sorted(files))).hexdigest()[:16],
        "first": [path for path in shown if not path.endswith(".gz")],
        "later": [path for path in shown if path.endswith(".gz")],
    }
    return f"globalThis.APP = {json.dumps(app)};\n".encode()
