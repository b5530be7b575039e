import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from gazehub.gaze import face_residual
from train.evaluation import slow_motion
from train.evaluation.measures.film_lids import openness_by_iris_network, turned_with_lids_held
from train.evaluation.reading.iris_reader import IrisReader
from train.evaluation.slow_motion import AROUND, Moment, events
from train.evaluation.video import Frame, main, measure

av = pytest.importorskip("av")


def frames(before, after, openness=0.3, change=0.0):
    """Frames whose face looks aside by (N,) residuals before and after."""
    opened = np.broadcast_to(openness, len(before))
    mirrored = opened + np.arange(len(before)) % 2 / 100
    return [
        Frame(np.array([[one, 0.0], [two, 0.0]]), np.abs([one, two]), np.array([lid, lid]), other, change, 1.0)
        for one, two, lid, other in zip(before, after, opened, mirrored)
    ]


def test_measures_of_a_gaze_that_jumps_and_comes_to_rest():
    jumping = np.tile([0.1, 0.1, -0.1, -0.1], 10)
    found = measure(frames(jumping, 0.1 * jumping))
    assert found["in_band"] == 1 and found["averted_open_frames"] == 40
    assert found["second_difference_ratio"] == pytest.approx(0.1) and found["wander_after"] == pytest.approx(0.01)
    assert measure(frames(jumping, jumping))["in_band"] == 0
    assert measure(frames(0.01 * jumping, jumping))["in_band"] is None


def test_closed_frames_count_apart():
    found = measure(frames([0.1] * 4, [0.0, 0.0, 0.1, 0.1], [0.3, 0.3, 0.0, 0.0], 2.0))
    assert (found["averted_open_frames"], found["in_band"]) == (2, 1)
    assert (found["closed_frames"], found["closed_change"]) == (2, 2)
    assert found["openness_correlation"] == 1 and 0.9 < found["openness_correlation_mirrored"] < 1


def test_held_lids_and_second_readings_count_where_there_are_some():
    lids = 0.3 + 0.01 * np.arange(8)
    read = [
        replace(frame, held=2 * lid, twice=np.array([0.01, 0.0]))
        for frame, lid in zip(frames([0.1] * 8, [0.1] * 8, lids), lids)
    ]
    read[3] = replace(read[3], held=np.nan, twice=np.array([0.1, 0.0]))
    found = measure(read)
    assert found["openness_correlation_held"] == pytest.approx(1) and found["in_band"] == 0
    assert found["in_band_twice"] == pytest.approx(7 / 8)
    assert measure(frames([0.1] * 8, [0.1] * 8, lids))["openness_correlation_held"] is None


def test_a_folder_of_clips_gives_a_report_and_a_filmstrip(tmp_path, looking):
    with av.open(str(tmp_path / "clip.mp4"), "w") as film:
        stream = film.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.bit_rate = 426, 426, 4_000_000
        for yaw in [18] * 6 + [-18] * 6:
            picture = av.VideoFrame.from_ndarray(looking[yaw], format="rgb24")
            film.mux(stream.encode(picture))
        film.mux(stream.encode())
    card = tmp_path / "card.md"
    card.write_text("# Card\n<!-- video -->\nold\n<!-- /video -->\nend\n")
    report = ["-o", str(tmp_path / "report"), "--threads", "1"]
    assert main([str(tmp_path), *report, "--card", str(card)]) == 0
    assert "| frames | 12 |" in card.read_text() and "old" not in card.read_text()
    assert card.read_text().startswith("# Card\n<!-- video -->\n| measure | clip |")
    card.write_text("# Card\n")
    with pytest.raises(SystemExit):
        main([str(tmp_path), *report, "--card", str(card)])
    found = json.loads((tmp_path / "report" / "video.json").read_text())["clip"]
    assert -1 <= found["openness_correlation_iris_network"] <= 1
    assert found["in_band_twice"] >= 0.5
    assert found["frames"] == 12 and found["in_band"] > 0.5 and found["wander_after"] < 0.5 * found["wander_before"]
    assert slow_motion.main([str(tmp_path), "-o", str(tmp_path / "strips"), "--frames", "8", "--threads", "1"]) == 0
    strip = np.asarray(Image.open(tmp_path / "report" / "clip.png"))
    assert strip.shape[0] > 50 and cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY).std() > 10


def test_blinks_and_fades_are_found():
    opened = [0.3] * 20 + [0.2, 0.05, 0.2] + [0.3] * 20
    amounts = [1.0] * 40 + [0.8, 0.5, 0.2]
    moments = [Moment(amount, np.array([lid, lid]), None) for amount, lid in zip(amounts, opened)]
    blink, fade = events(moments)
    assert (blink[0], blink[-1]) == (20 - AROUND, 22 + AROUND) and fade[0] == 39 - AROUND and fade[-1] == 42
    assert events(moments[:20]) == []


def test_a_folder_without_clips_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as refused:
        main([str(tmp_path)])
    assert refused.value.code == 2 and "holds no clip" in capsys.readouterr().err


def test_eyes_turned_by_construction_have_their_lids_held(trained, looking):
    """By the iris network, and they look into the lens."""
    face, reader = trained.landmarker(looking[18])[0], IrisReader()
    held = turned_with_lids_held(trained.camera_coefficients, looking[18], face)
    found = [openness_by_iris_network(reader, picture, face) for picture in (looking[18], held)]
    assert found[1] == pytest.approx(found[0], abs=0.05) and 0.15 < found[0] < 0.5
    residual = [
        face_residual(trained.camera_coefficients, trained.landmarker(each)[0]) for each in (looking[18], held)
    ]
    assert abs(residual[1][0]) < 0.5 * abs(residual[0][0])
