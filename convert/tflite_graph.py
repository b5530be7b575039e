"""Reads a TensorFlow Lite file: its operators in order, and its tensors with every constant dense and in float32."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import tflite
from flatbuffers import flexbuffers

OPERATOR_NAMES = {code: name for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)}
OPTION_NAMES = {code: name for name, code in vars(tflite.BuiltinOptions).items() if isinstance(code, int)}
TYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
}
UNPACKING = ("DENSIFY", "DEQUANTIZE")  # operators that only unpack a constant


@dataclass(frozen=True)
class Operator:
    """
    Args:
        kind: TensorFlow Lite's name, like CONV_2D, or a custom operator's own.
        inputs, outputs: indices of tensors.
        options: the table of this kind's options, None where it has none.
        custom: a custom operator's options by name.
    """

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: object | None
    custom: Mapping[str, object]


@dataclass(frozen=True)
class Graph:
    """
    Args:
        operators: in the order in which they run, without those that unpack constants.
        names, shapes: of every tensor, by its index.
        constants: the value of every constant tensor, by its index.
        inputs, outputs: indices of tensors.
    """

    operators: tuple[Operator, ...]
    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    constants: Mapping[int, np.ndarray]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read_graph(content: bytes) -> Graph:
    """
    Args:
        content: of a .tflite file with one subgraph.
    """
    model = tflite.Model.GetRootAs(content, 0)
    subgraph = model.Subgraphs(0)
    tensors = [subgraph.Tensors(i) for i in range(subgraph.TensorsLength())]
    constants = {i: value for i, tensor in enumerate(tensors) if (value := _constant(model, tensor)) is not None}
    operators = []
    for operator in (_operator(model, subgraph.Operators(i)) for i in range(subgraph.OperatorsLength())):
        if operator.kind in UNPACKING:
            constants[operator.outputs[0]] = constants[operator.inputs[0]]
        else:
            operators.append(operator)
    return Graph(
        tuple(operators),
        tuple(tensor.Name().decode() for tensor in tensors),
        tuple(_numbers(tensor.ShapeAsNumpy()) for tensor in tensors),
        constants,
        _numbers(subgraph.InputsAsNumpy()),
        _numbers(subgraph.OutputsAsNumpy()),
    )


def _numbers(vector: np.ndarray | int) -> tuple[int, ...]:
    """The integers of a vector; flatbuffers gives 0 for one that isn't there."""
    return () if isinstance(vector, int) else tuple(int(number) for number in vector)


def _operator(model: tflite.Model, operator: tflite.Operator) -> Operator:
    code = model.OperatorCodes(operator.OpcodeIndex())
    kind = OPERATOR_NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
    options, custom = None, {}
    if operator.BuiltinOptions() is not None:
        options = getattr(tflite, OPTION_NAMES[operator.BuiltinOptionsType()])()
        options.Init(operator.BuiltinOptions().Bytes, operator.BuiltinOptions().Pos)
    if kind == "CUSTOM":
        kind = code.CustomCode().decode()
        if operator.CustomOptionsLength():
            custom = flexbuffers.Loads(operator.CustomOptionsAsNumpy().tobytes())
    return Operator(kind, _numbers(operator.InputsAsNumpy()), _numbers(operator.OutputsAsNumpy()), options, custom)


def _constant(model: tflite.Model, tensor: tflite.Tensor) -> np.ndarray | None:
    """A tensor's value, dense, float16 widened to float32; None where it is computed."""
    stored = model.Buffers(tensor.Buffer())
    if not stored.DataLength():
        return None
    values = np.frombuffer(stored.DataAsNumpy().tobytes(), TYPES[tensor.Type()])
    shape = _numbers(tensor.ShapeAsNumpy())
    values = values.reshape(shape) if tensor.Sparsity() is None else dense(values, shape, tensor.Sparsity())
    return values.astype(np.float32) if values.dtype == np.float16 else values


def dense(values: np.ndarray, shape: tuple[int, ...], sparsity: tflite.SparsityParameters) -> np.ndarray:
    """
    Args:
        values: the stored values, one after the other.
        shape: of the dense tensor.
        sparsity: a tree of levels, one per dimension of the tensor and then one per dimension of its blocks. A level
            is dense (every index is there) or sparse (a list of indices per node of the level above).

    Returns:
        The tensor with zeros where nothing is stored.
    """
    order, blocked = _numbers(sparsity.TraversalOrderAsNumpy()), _numbers(sparsity.BlockMapAsNumpy())
    nodes = np.zeros(1, np.int64)  # the stored position of every node of the level
    indices = np.zeros((1, 0), np.int64)  # its index in each level so far
    for level in range(sparsity.DimMetadataLength()):
        metadata = sparsity.DimMetadata(level)
        if metadata.Format() == tflite.DimensionType.DENSE:
            size = metadata.DenseSize()
            below = np.tile(np.arange(size), len(nodes))
            indices = np.column_stack([np.repeat(indices, size, axis=0), below])
            nodes = np.repeat(nodes, size) * size + below
        else:
            segments = _vector(metadata.ArraySegmentsType(), metadata.ArraySegments())
            stored = _vector(metadata.ArrayIndicesType(), metadata.ArrayIndices())
            counts = np.diff(segments)[nodes]
            children = [np.arange(segments[node], segments[node + 1]) for node in nodes]
            nodes = np.concatenate(children)
            indices = np.column_stack([np.repeat(indices, counts, axis=0), stored[nodes]])
    place = np.zeros((len(nodes), len(shape)), np.int64)
    sizes = {dimension: sparsity.DimMetadata(len(shape) + i).DenseSize() for i, dimension in enumerate(blocked)}
    for level, dimension in enumerate(order):
        if dimension < len(shape):
            place[:, dimension] += indices[:, level] * sizes.get(dimension, 1)
        else:
            place[:, blocked[dimension - len(shape)]] += indices[:, level]
    tensor = np.zeros(shape, values.dtype)
    tensor[tuple(place.T)] = values[nodes]
    return tensor


def _vector(kind: int, table) -> np.ndarray:
    """The indices of a sparse level, whichever integers they are stored in."""
    names = {code: name for name, code in vars(tflite.SparseIndexVector).items() if isinstance(code, int)}
    vector = getattr(tflite, names[kind])()
    vector.Init(table.Bytes, table.Pos)
    return vector.ValuesAsNumpy().astype(np.int64)
