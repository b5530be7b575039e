import os
import subprocess
import sys

import numpy as np
import pytest

from gazehub.faces.detector import merge_boxes
from gazehub.faces.landmarker import NETWORKS
from gazehub.faces.mesh import NETWORK
from gazehub.onnx import NetworkFileError, open_network


def box(left, top, right, bottom):
    return np.array([[left, top], [right, bottom]], np.float32)


def test_boxes_of_one_face_are_averaged_by_their_scores():
    boxes = np.stack([box(0, 0, 10, 10), box(50, 0, 60, 10), box(4, 0, 14, 10)])
    merged = merge_boxes(boxes, np.array([0.9, 0.8, 0.6], np.float32))
    assert [score for _, score in merged] == pytest.approx([0.9, 0.8])
    assert merged[0][0] == pytest.approx(box(1.6, 0, 11.6, 10)) and merged[1][0] == pytest.approx(box(50, 0, 60, 10))


def test_a_network_opens_from_a_file_and_from_bytes():
    image = np.zeros((1, 192, 192, 3), np.float32)
    file = NETWORKS / NETWORK
    results = [open_network(source, 1).run(None, {"image": image}) for source in (file, file.read_bytes())]
    assert all(np.array_equal(a, b) for a, b in zip(*results))
    assert [output.shape for output in results[0]] == [(478, 3), (1,)]


def test_a_missing_or_damaged_network_is_one_sentence(tmp_path):
    half = tmp_path / "half.onnx"
    half.write_bytes((NETWORKS / NETWORK).read_bytes()[:100_000])
    for source, message in ((tmp_path / "no.onnx", "no.onnx is missing: reinstall"), (half, "half.onnx is damaged:")):
        with pytest.raises(NetworkFileError, match=message):
            open_network(source)
    with pytest.raises(NetworkFileError, match="is damaged"):
        open_network(b"not a network")


def test_telemetry_is_off_before_onnxruntime_is_there_and_in_subprocesses():
    program = "import sys, gazehub.faces.landmarker as l; assert 'onnxruntime' not in sys.modules; "
    program += "l.FaceLandmarker()._attention_mesh; import os; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    run = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["1"]
