"""An ONNX graph that grows node by node; names count up, so the same steps give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper

OPSET = 17  # GridSample needs 16; onnxruntime and onnxruntime-web know it since 1.13
IR_VERSION = 8


class OnnxGraph:
    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def constant(self, value: np.ndarray | Sequence | float, dtype: type | None = None) -> str:
        """The name of a constant."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.array(value, dtype, order="C"), name))
        return name

    def integers(self, *values: int) -> str:
        """The name of a one-dimensional int64 constant."""
        return self.constant(values, np.int64)

    def add(self, kind: str, *inputs: str, output: str | None = None, **attributes: object) -> str:
        """
        Returns:
            The name of the new node's output.
        """
        name = output or f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], name=f"node_{len(self._nodes)}", **attributes))
        return name

    def slice(self, value: str, axis: int, start: int, stop: int) -> str:
        return self.add("Slice", value, self.integers(start), self.integers(stop), self.integers(axis))

    def serialize(self, name: str, inputs: dict[str, Sequence[int]], outputs: dict[str, Sequence[int]]) -> bytes:
        """The checked ONNX file.

        Args:
            inputs, outputs: shapes by name; all are float32.
        """
        described = [
            [helper.make_tensor_value_info(key, onnx.TensorProto.FLOAT, shape) for key, shape in values.items()]
            for values in (inputs, outputs)
        ]
        graph = helper.make_graph(self._nodes, name, *described, self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        return model.SerializeToString(deterministic=True)
