import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
from benchmarks.browser.operations import count  # noqa: E402


def test_convolutions_and_matrix_products_are_counted(tmp_path):
    """3 x 3 over 4 x 6 pixels from 2 to 5 channels, and what comes of each row times 6 x 7."""
    make, floats = onnx.helper.make_node, onnx.TensorProto.FLOAT
    weights = {"kernel": np.zeros((5, 2, 3, 3), np.float32), "matrix": np.zeros((6, 7), np.float32)}
    nodes = [make("Conv", ["x", "kernel"], ["y"], pads=[1, 1, 1, 1]), make("MatMul", ["y", "matrix"], ["z"])]
    graph = onnx.helper.make_graph(
        nodes,
        "small",
        [onnx.helper.make_tensor_value_info("x", floats, ["eyes", 2, 4, 6])],
        [onnx.helper.make_tensor_value_info("z", floats, None)],
        [onnx.numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    onnx.save(onnx.helper.make_model(graph), tmp_path / "small.onnx")
    assert count(tmp_path / "small.onnx", 3) == (3 * 4 * (6 * 5 * 2 * 9 + 5 * 6 * 7), 2)
