"""What the attention mesh has of its own: looking closer at lips and eyes, and joining what was seen to one mesh.

From its first mesh it computes where lips and eyes lie, reads features there upright (16 x 16), finds finer points
in them, and carries these back. MediaPipe has an operator for each of the three steps.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convert.operators import Conversion, Operator

MESH_POINTS = 468  # without the irises
IRIS_POINTS = 5
EYE_OPENING_POINTS = 16  # the first of an eye's points: their mean depth is the iris's


def region_transform(conversion: Conversion, operator: Operator) -> str:
    """Landmarks2TransformMatrix: (1, 468, 3) points to (1, 4, 4), from the region's pixels to the feature map's.

    The region is the box of some points, turned until the line between two of them lies level, and scaled up.
    """
    onnx, options = conversion.onnx, operator.custom
    assert options["target_rotation_radians"] == 0
    size = np.array([options["output_width"], options["output_height"]], np.float32)
    points = onnx.slice(conversion.name(operator.inputs[0]), 2, 0, 2)
    left, right = options["left_rotation_idx"], options["right_rotation_idx"]
    across = onnx.add("Sub", onnx.slice(points, 1, right, right + 1), onnx.slice(points, 1, left, left + 1))
    along = onnx.add("Div", across, onnx.add("ReduceL2", across, axes=[2], keepdims=1))  # (1, 1, 2): cosine, sine
    cosine, sine = onnx.slice(along, 2, 0, 1), onnx.slice(along, 2, 1, 2)
    turn = onnx.add(  # (1, 2, 2): rows (cosine, -sine), (sine, cosine)
        "Concat",
        onnx.add("Concat", cosine, onnx.add("Neg", sine), axis=2),
        onnx.add("Concat", sine, cosine, axis=2),
        axis=1,
    )
    region = onnx.add("Gather", points, onnx.constant(list(options["subset_idxs"]), np.int64), axis=1)
    level = onnx.add("MatMul", region, turn)  # as rows, points are turned the other way: upright
    low = onnx.add("ReduceMin", level, axes=[1], keepdims=1)
    high = onnx.add("ReduceMax", level, axes=[1], keepdims=1)
    enlarged = np.array([options["scale_x"], options["scale_y"]], np.float32) / size
    scale = onnx.add("Mul", onnx.add("Sub", high, low), onnx.constant(enlarged))
    middle = onnx.add("Mul", onnx.add("Add", low, high), onnx.constant(0.5, np.float32))
    axes = onnx.add("Mul", turn, scale)  # (1, 2, 2)
    center = onnx.add("MatMul", turn, onnx.add("Transpose", middle, perm=(0, 2, 1)))  # (1, 2, 1)
    origin = onnx.add("Sub", center, onnx.add("MatMul", axes, onnx.constant(size.reshape(1, 2, 1) / 2)))
    depth = onnx.constant(np.zeros((1, 2, 1), np.float32))
    below = onnx.constant([[[0, 0, 1, 0], [0, 0, 0, 1]]], np.float32)
    return onnx.add("Concat", onnx.add("Concat", axes, depth, origin, axis=2), below, axis=1)


def _plane(conversion: Conversion, transform: int) -> tuple[str, str]:
    """The axes (1, 2, 2) and the origin (1, 2, 1) of a (1, 4, 4) transform."""
    rows = conversion.onnx.slice(conversion.name(transform), 1, 0, 2)
    return conversion.onnx.slice(rows, 2, 0, 2), conversion.onnx.slice(rows, 2, 3, 4)


def region_features(conversion: Conversion, operator: Operator) -> str:
    """TransformTensorBilinear: the features inside a region, read bilinearly; zero beyond the outermost centres."""
    onnx = conversion.onnx
    features, transform = operator.inputs
    height, width = operator.custom["output_height"], operator.custom["output_width"]
    _, rows, columns, _ = conversion.graph.shapes[features]
    axes, origin = _plane(conversion, transform)
    y, x = np.mgrid[:height, :width] + 0.5
    pixels = onnx.constant(np.stack([x.ravel(), y.ravel()])[None], np.float32)  # (1, 2, height * width)
    places = onnx.add("Add", onnx.add("MatMul", axes, pixels), origin)  # counted from the map's corner
    to_grid = np.array([2 / columns, 2 / rows]).reshape(1, 2, 1)
    grid = onnx.add("Sub", onnx.add("Mul", places, onnx.constant(to_grid, np.float32)), onnx.constant(1, np.float32))
    grid = onnx.add("Transpose", grid, perm=(0, 2, 1))
    grid = onnx.add("Reshape", grid, onnx.integers(1, height, width, 2))
    sampled = onnx.add("GridSample", conversion.name(features), grid, mode="bilinear", padding_mode="zeros")
    last = onnx.constant(np.array([columns - 0.5, rows - 0.5]).reshape(1, 2, 1), np.float32)
    first = onnx.constant(0.5, np.float32)
    inside = onnx.add("And", onnx.add("GreaterOrEqual", places, first), onnx.add("LessOrEqual", places, last))
    inside = onnx.add("ReduceMin", onnx.add("Cast", inside, to=1), axes=[1], keepdims=1)  # 1 is float32
    return onnx.add("Mul", sampled, onnx.add("Reshape", inside, onnx.integers(1, 1, height, width)))


def points_from_region(conversion: Conversion, operator: Operator) -> str:
    """TransformLandmarks: (1, n, 2) points in a region's pixels, carried to the feature map's."""
    onnx = conversion.onnx
    points, transform = operator.inputs
    assert conversion.graph.shapes[points][2] == 2
    axes, origin = _plane(conversion, transform)
    turned = onnx.add("MatMul", conversion.name(points), onnx.add("Transpose", axes, perm=(0, 2, 1)))
    return onnx.add("Add", turned, onnx.add("Transpose", origin, perm=(0, 2, 1)))


ATTENTION_OPERATORS: dict[str, Callable[[Conversion, Operator], str]] = {
    "Landmarks2TransformMatrix": region_transform,
    "TransformTensorBilinear": region_features,
    "TransformLandmarks": points_from_region,
}


def joined_mesh(conversion: Conversion) -> str:
    """(478, 3) points: the first mesh, with x and y of lips, eyes and irises from the closer look.

    An iris lies as deep as the mean of the opening around it.
    """
    onnx = conversion.onnx
    lips, left, right = (
        np.array(list(operator.custom["subset_idxs"]))
        for operator in conversion.graph.operators
        if operator.kind == "Landmarks2TransformMatrix"
    )
    irises = MESH_POINTS + np.arange(2 * IRIS_POINTS).reshape(2, IRIS_POINTS)
    closer = {
        "output_lips": lips,
        "output_left_eye": left,
        "output_right_eye": right,
        "output_left_iris": irises[0],
        "output_right_iris": irises[1],
    }
    names = ("output_mesh_identity", *closer)
    flat = [onnx.add("Reshape", conversion.output(name), onnx.integers(-1)) for name in names]
    for eye in (left, right):
        depths = onnx.add("Gather", flat[0], onnx.constant(eye[:EYE_OPENING_POINTS] * 3 + 2, np.int64), axis=0)
        flat.append(onnx.add("ReduceMean", depths, axes=[0], keepdims=1))
    source = np.zeros((MESH_POINTS + 2 * IRIS_POINTS, 3), np.int64)  # where in `flat` a coordinate stands
    source[:MESH_POINTS] = np.arange(3 * MESH_POINTS).reshape(-1, 3)
    position = 3 * MESH_POINTS
    for points in closer.values():
        source[points, :2] = position + np.arange(2 * len(points)).reshape(-1, 2)
        position += 2 * len(points)
    source[irises[0], 2], source[irises[1], 2] = position, position + 1
    return onnx.add("Gather", onnx.add("Concat", *flat, axis=0), onnx.constant(source), output="mesh", axis=0)
