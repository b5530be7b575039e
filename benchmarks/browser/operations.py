"""What the networks of the live view compute: multiply-adds and operators of each, counted in the ONNX files.

python -m benchmarks.browser.operations
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx

from benchmarks.table import print_table
from gazehub.faces.landmarker import NETWORKS
from gazehub.model.runtime import BUNDLED_WEIGHTS

EYES = 2  # go through the project's own networks at once
OWN = ("angle", "gcm", "cfm", "pam")


def main(argv: list[str] | None = None) -> None:
    argparse.ArgumentParser(
        prog="python -m benchmarks.browser.operations", description=__doc__.split("\n")[0]
    ).parse_args(argv)
    rows = {path.stem: count(path, 1) for path in sorted(NETWORKS.glob("*.onnx"))}
    rows |= {f"{name}, both eyes": count(BUNDLED_WEIGHTS / "onnx" / f"{name}.onnx", EYES) for name in OWN}
    cells = {name: (f"{products / 1e6:.0f}", operators) for name, (products, operators) in rows.items()}
    print_table("Networks of the live view", ["million multiply-adds", "operators"], cells)


def count(path: Path, batch: int) -> tuple[int, int]:
    """Multiply-adds of all convolutions and matrix products, and how many operators there are."""
    network = onnx.load(path)
    for value in network.graph.input:
        for size in value.type.tensor_type.shape.dim:
            if size.dim_param:
                size.dim_value = batch
    graph = onnx.shape_inference.infer_shapes(network, data_prop=True).graph
    shapes = {weights.name: list(weights.dims) for weights in graph.initializer}
    for value in (*graph.value_info, *graph.input, *graph.output):
        shapes[value.name] = [size.dim_value for size in value.type.tensor_type.shape.dim]
    products = 0
    for node in graph.node:
        if node.op_type == "Conv":
            products += int(np.prod(shapes[node.input[1]][1:]) * np.prod(shapes[node.output[0]]))
        elif node.op_type in ("Gemm", "MatMul"):
            products += int(shapes[node.input[0]][-1] * np.prod(shapes[node.output[0]]))
    return products, len(graph.node)


if __name__ == "__main__":
    main()
