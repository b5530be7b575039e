"""Write the reader of `train.evaluation` as ONNX: `python -m convert.iris -o train/evaluation/reading/networks`.

MediaPipe's iris network has no part in what gazehub draws. So it can judge it.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from zipfile import ZipFile

from convert.landmarks import LICENSE, download_wheel
from convert.operators import OPERATORS, Conversion
from convert.origin import checksums
from convert.tflite_graph import Graph, read_graph

SOURCE = "mediapipe/modules/iris_landmark/iris_landmark.tflite"
CONTOUR_POINTS, IRIS_POINTS = 71, 5
TEXT = """# MediaPipe's iris network as ONNX

From the wheel of MediaPipe 0.10.21 (Apache License 2.0, in LICENSE), converted by

    pip install -r convert/requirements.txt
    python -m convert.iris -o train/evaluation/reading/networks

which writes every file of this folder, the same byte for byte each time. The weights are MediaPipe's. float32
everywhere, opset 17.

`image` (1, 64, 64, 3), RGB, 0..1: the image-left eye upright, or the image-right one mirrored, corners level, 2.3 eye
widths wide, the midpoint of the corners in its middle. `contour` (71, 3): lids, brow and what is around them; `iris`
(5, 3): its centre and four points of its edge. Both are x, y, z in pixels of the image.

SHA-256 of what it was made of:

"""


def iris_landmark(graph: Graph) -> bytes:
    conversion = Conversion(graph, "image")
    conversion.run(OPERATORS)
    onnx, shapes = conversion.onnx, {"contour": (CONTOUR_POINTS, 3), "iris": (IRIS_POINTS, 3)}
    for name, source in (("contour", "output_eyes_contours_and_brows"), ("iris", "output_iris")):
        onnx.add("Reshape", conversion.output(source), onnx.integers(*shapes[name]), output=name)
    return onnx.serialize("iris_landmark", {"image": graph.shapes[graph.inputs[0]]}, shapes)


def convert(wheel: Path) -> dict[str, bytes]:
    """The files of the folder by name: the network, its licence and its origin."""
    with ZipFile(wheel) as archive:
        source, licence = archive.read(SOURCE), archive.read(LICENSE)
    origin = TEXT + checksums({wheel.name: wheel.read_bytes(), "iris_landmark.tflite": source})
    return {
        "iris_landmark.onnx": iris_landmark(read_graph(source)),
        "LICENSE": licence,
        "README.md": origin.encode(),
    }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m convert.iris", description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where the files go")
    folder = parser.parse_args(arguments).output
    with tempfile.TemporaryDirectory() as downloads:
        files = convert(download_wheel(Path(downloads)))
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
        print(folder / name)


if __name__ == "__main__":
    main()
