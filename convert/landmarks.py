"""Write MediaPipe's face networks as ONNX: `python -m convert.landmarks -o gazehub/faces/networks`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

from convert.attention_mesh import ATTENTION_OPERATORS, joined_mesh
from convert.operators import OPERATORS, Conversion
from convert.origin import origin
from convert.tflite_graph import Graph, read_graph

MEDIAPIPE = "mediapipe==0.10.21"  # the last release with networks in its wheel
PLATFORM = ["--platform", "manylinux_2_28_x86_64", "--python-version", "3.11"]
LICENSE = "mediapipe-0.10.21.dist-info/LICENSE"


def download_wheel(folder: Path) -> Path:
    """MediaPipe's wheel for Linux, whatever this interpreter is: only files are read from it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", *PLATFORM]
    subprocess.run([*command, "--dest", str(folder), MEDIAPIPE], check=True)
    return next(folder.glob("mediapipe-*.whl"))


def detector(graph: Graph, name: str) -> bytes:
    """A face detector: `image` (1, side, side, 3) in -1..1; `boxes` (anchors, 16) and `scores` (anchors,) in 0..1."""
    conversion = Conversion(graph, "image")
    conversion.run(OPERATORS)
    onnx = conversion.onnx
    boxes, scores = (conversion.name(tensor) for tensor in graph.outputs)
    anchors = graph.shapes[graph.outputs[0]][1]
    onnx.add("Reshape", boxes, onnx.integers(anchors, 16), output="boxes")
    onnx.add("Sigmoid", onnx.add("Reshape", scores, onnx.integers(anchors)), output="scores")
    return onnx.serialize(
        name, {"image": graph.shapes[graph.inputs[0]]}, {"boxes": (anchors, 16), "scores": (anchors,)}
    )


def attention_mesh(graph: Graph, name: str) -> bytes:
    """The mesh: `image` (1, 192, 192, 3) in 0..1; `mesh` (478, 3) in its pixels and `presence` (1,) in 0..1."""
    conversion = Conversion(graph, "image")
    conversion.run(OPERATORS | ATTENTION_OPERATORS)
    onnx = conversion.onnx
    joined_mesh(conversion)
    presence = onnx.add("Reshape", conversion.output("conv_faceflag"), onnx.integers(1))
    onnx.add("Sigmoid", presence, output="presence")
    return onnx.serialize(name, {"image": graph.shapes[graph.inputs[0]]}, {"mesh": (478, 3), "presence": (1,)})


NETWORKS: dict[str, Callable[[Graph, str], bytes]] = {
    "face_detection/face_detection_short_range": detector,
    "face_detection/face_detection_full_range_sparse": detector,
    "face_landmark/face_landmark_with_attention": attention_mesh,
}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m convert.landmarks", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where the files go")
    folder = parser.parse_args(arguments).output
    with tempfile.TemporaryDirectory() as downloads:
        files = convert(download_wheel(Path(downloads)))
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
        print(folder / name)


def convert(wheel: Path) -> dict[str, bytes]:
    """The files of the folder by name: the networks, their licence and their origin."""
    files, sources = {}, {wheel.name: wheel.read_bytes()}
    with ZipFile(wheel) as archive:
        for path, network in NETWORKS.items():
            name = path.rpartition("/")[2]
            sources[f"{name}.tflite"] = archive.read(f"mediapipe/modules/{path}.tflite")
            files[f"{name}.onnx"] = network(read_graph(sources[f"{name}.tflite"]), name)
        files["LICENSE"] = archive.read(LICENSE)
    files["README.md"] = origin(sources).encode()
    return files


if __name__ == "__main__":
    main()
