"""TensorFlow Lite's operators as ONNX nodes. Four-dimensional tensors are (N, C, H, W) here, (N, H, W, C) there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tflite

from convert.onnx_graph import OnnxGraph
from convert.tflite_graph import Graph, Operator

TO_NCHW, TO_NHWC = (0, 3, 1, 2), (0, 2, 3, 1)


class Conversion:
    """A TensorFlow Lite graph on its way to ONNX: which ONNX value holds which of its tensors.

    Args:
        image: the name of the network's input, (1, H, W, 3).
    """

    def __init__(self, graph: Graph, image: str) -> None:
        self.graph = graph
        self.onnx = OnnxGraph()
        self._names = {graph.inputs[0]: self.onnx.add("Transpose", image, perm=TO_NCHW)}

    def run(self, converters: dict[str, Callable[[Conversion, Operator], str]]) -> None:
        """Convert every operator; a converter returns the name of the ONNX value of the operator's output."""
        for operator in self.graph.operators:
            self._names[operator.outputs[0]] = converters[operator.kind](self, operator)

    def name(self, tensor: int) -> str:
        """The ONNX value of a tensor: (N, C, H, W) where it has four dimensions."""
        if tensor not in self._names:
            value = self.graph.constants[tensor]
            self._names[tensor] = self.onnx.constant(value.transpose(TO_NCHW) if value.ndim == 4 else value)
        return self._names[tensor]

    def output(self, name: str) -> str:
        """The ONNX value of an output by TensorFlow Lite's name."""
        return self.name(next(i for i in self.graph.outputs if self.graph.names[i] == name))

    def reshape(self, operator: Operator) -> str:
        """A reshape counts through (N, H, W, C)."""
        value, before = self.name(operator.inputs[0]), self.graph.shapes[operator.inputs[0]]
        after = self.graph.shapes[operator.outputs[0]]
        if len(before) == 4:
            value = self.onnx.add("Transpose", value, perm=TO_NHWC)
        value = self.onnx.add("Reshape", value, self.onnx.integers(*after))
        return self.onnx.add("Transpose", value, perm=TO_NCHW) if len(after) == 4 else value


def _activated(conversion: Conversion, value: str, activation: int) -> str:
    if activation == tflite.ActivationFunctionType.RELU:
        return conversion.onnx.add("Relu", value)
    assert activation == tflite.ActivationFunctionType.NONE, f"activation {activation}"
    return value


def _padding(padding: int, size: tuple[int, ...], kernel: tuple[int, ...], strides: tuple[int, ...]) -> list[int]:
    """ONNX's pads (top, left, bottom, right); SAME puts the odd one of an uneven number at the end."""
    if padding == tflite.Padding.VALID:
        return [0, 0, 0, 0]
    total = [max((-(-n // step) - 1) * step + k - n, 0) for n, k, step in zip(size, kernel, strides)]
    return [n // 2 for n in total] + [n - n // 2 for n in total]


def _convolution(conversion: Conversion, operator: Operator, weights: np.ndarray, groups: int) -> str:
    image, _, bias = operator.inputs
    options = operator.options
    assert (options.DilationHFactor(), options.DilationWFactor()) == (1, 1)
    strides, kernel = (options.StrideH(), options.StrideW()), weights.shape[2:]
    value = conversion.onnx.add(
        "Conv",
        conversion.name(image),
        conversion.onnx.constant(weights),
        conversion.name(bias),
        group=groups,
        kernel_shape=kernel,
        strides=strides,
        pads=_padding(options.Padding(), conversion.graph.shapes[image][1:3], kernel, strides),
    )
    return _activated(conversion, value, options.FusedActivationFunction())


def convolution(conversion: Conversion, operator: Operator) -> str:
    return _convolution(conversion, operator, conversion.graph.constants[operator.inputs[1]].transpose(TO_NCHW), 1)


def depthwise_convolution(conversion: Conversion, operator: Operator) -> str:
    weights = conversion.graph.constants[operator.inputs[1]].transpose(3, 0, 1, 2)
    return _convolution(conversion, operator, weights, len(weights))


def prelu(conversion: Conversion, operator: Operator) -> str:
    """Slope times x, plus (1 - slope) times relu(x). As PRelu, onnxruntime would leave its blocked layout before every
    one of them, and the mesh took 2.5 times as long."""
    onnx, value = conversion.onnx, conversion.name(operator.inputs[0])
    slopes = conversion.graph.constants[operator.inputs[1]].transpose(2, 0, 1)
    everywhere = onnx.add("Mul", value, onnx.constant(slopes))
    above_zero = onnx.add("Mul", onnx.add("Relu", value), onnx.constant(1 - slopes))
    return onnx.add("Add", everywhere, above_zero)


def relu(conversion: Conversion, operator: Operator) -> str:
    return conversion.onnx.add("Relu", conversion.name(operator.inputs[0]))


def addition(conversion: Conversion, operator: Operator) -> str:
    value = conversion.onnx.add("Add", *map(conversion.name, operator.inputs))
    return _activated(conversion, value, operator.options.FusedActivationFunction())


def multiplication(conversion: Conversion, operator: Operator) -> str:
    value = conversion.onnx.add("Mul", *map(conversion.name, operator.inputs))
    return _activated(conversion, value, operator.options.FusedActivationFunction())


def max_pool(conversion: Conversion, operator: Operator) -> str:
    options = operator.options
    kernel = (options.FilterHeight(), options.FilterWidth())
    strides = (options.StrideH(), options.StrideW())
    pads = _padding(options.Padding(), conversion.graph.shapes[operator.inputs[0]][1:3], kernel, strides)
    image = conversion.name(operator.inputs[0])
    return conversion.onnx.add("MaxPool", image, kernel_shape=kernel, strides=strides, pads=pads)


def pad(conversion: Conversion, operator: Operator) -> str:
    before, after = conversion.graph.constants[operator.inputs[1]][list(TO_NCHW)].T
    return conversion.onnx.add("Pad", conversion.name(operator.inputs[0]), conversion.onnx.integers(*before, *after))


def concatenation(conversion: Conversion, operator: Operator) -> str:
    assert len(conversion.graph.shapes[operator.outputs[0]]) == 3
    return conversion.onnx.add("Concat", *map(conversion.name, operator.inputs), axis=operator.options.Axis())


def resize_bilinear(conversion: Conversion, operator: Operator) -> str:
    batch, height, width, channels = conversion.graph.shapes[operator.outputs[0]]
    assert operator.options.HalfPixelCenters() and not operator.options.AlignCorners()
    sizes = conversion.onnx.integers(batch, channels, height, width)
    return conversion.onnx.add("Resize", conversion.name(operator.inputs[0]), "", "", sizes, mode="linear")


def depth_to_space(conversion: Conversion, operator: Operator) -> str:
    image = conversion.name(operator.inputs[0])
    return conversion.onnx.add("DepthToSpace", image, blocksize=operator.options.BlockSize(), mode="DCR")


def whole_slice(conversion: Conversion, operator: Operator) -> str:
    """A slice that leaves nothing out."""
    assert conversion.graph.shapes[operator.inputs[0]] == conversion.graph.shapes[operator.outputs[0]]
    return conversion.name(operator.inputs[0])


OPERATORS: dict[str, Callable[[Conversion, Operator], str]] = {
    "ADD": addition,
    "CONCATENATION": concatenation,
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": depthwise_convolution,
    "DEPTH_TO_SPACE": depth_to_space,
    "MAX_POOL_2D": max_pool,
    "MUL": multiplication,
    "PAD": pad,
    "PRELU": prelu,
    "RELU": relu,
    "RESHAPE": Conversion.reshape,
    "RESIZE_BILINEAR": resize_bilinear,
    "STRIDED_SLICE": whole_slice,
}
