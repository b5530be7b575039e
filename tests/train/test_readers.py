import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from gazehub.faces.landmarker import FaceLandmarker
from gazehub.gaze import CAMERA_BAND, lens_features
from train.corpus.rotate_eyeball import EyeballError
from train.evaluation.before_after import main as before_after
from train.evaluation.measures.alive import Life, lives, summarize_lives
from train.evaluation.measures.eyes import EyeMeasure, summarize
from train.evaluation.measures.lids import REAL_SLOPE, summarize_lids
from train.evaluation.readers import Sighting, stays
from train.evaluation.readers import main as readers
from train.evaluation.reading.calibration import (
    Calibration,
    apart,
    directions_of,
    fit_gain,
    fit_zero,
    load_calibrations,
)
from train.evaluation.reading.iris_reader import IrisReader
from train.evaluation.reading.known_motion import TurnablePortrait
from train.evaluation.reading.listing import list_portraits
from train.evaluation.worst import worst

# What LiteRT 2.3.0 makes of iris_landmark.tflite on the pixels astronaut()[70:134, 172:236].
LITERT_IRIS = [[31.898, 31.036], [35.964, 31.179], [31.977, 27.167], [27.658, 30.871], [31.771, 34.889]]
LITERT_CONTOUR = [[23.817, 30.949], [25.964, 29.346], [32.332, 36.756], [39.727, 27.545], [46.16, 35.81]]


@pytest.fixture(scope="module")
def large():
    """A portrait with eyes of about 70 pixels, and its face."""
    portrait = Image.fromarray(astronaut()[:256, 96:352]).resize((960, 960), Image.Resampling.BICUBIC)
    pixels = np.asarray(portrait)
    return pixels, FaceLandmarker(1)(pixels)[0]


def test_the_iris_network_computes_what_the_original_does():
    session = IrisReader()._session
    image = astronaut()[70:134, 172:236].astype(np.float32)[None] / 255
    iris, contour = session.run(["iris", "contour"], {"image": image})
    assert np.abs(iris[:, :2] - LITERT_IRIS).max() < 0.002
    assert np.abs(contour[:41:10, :2] - LITERT_CONTOUR[:5]).max() < 0.002


def test_the_reader_sees_known_motions_in_their_direction(large):
    pixels, face = large
    reader, portrait = IrisReader(), TurnablePortrait(pixels, face)
    before = reader(pixels, face)
    for motion in ([0.1, 0.0], [-0.1, 0.0], [0.0, 0.06]):
        seen = reader(portrait.turned(np.array(motion)), face) - before
        seen[1, 0] *= -1  # to the picture's frame
        share = seen @ motion / np.dot(motion, motion)
        assert ((share > 0.2) & (share < 1)).all()


def test_the_reader_does_not_mind_where_the_mesh_puts_the_corners(large):
    pixels, face = large
    shift = np.array([0.03, 0.01]) * face.eyes[0].frame.width
    moved = replace(face, eyes=tuple(replace(eye, opening=eye.opening + shift) for eye in face.eyes))
    reader = IrisReader()
    assert np.abs(reader(pixels, moved) - reader(pixels, face)).max() < 0.012  # by the mesh's corners it would be 0.03


def test_only_eyes_change_when_they_are_turned_and_no_motion_changes_little(large):
    pixels, face = large
    portrait = TurnablePortrait(pixels, face)
    turned = portrait.turned(np.array([0.1, 0.0]))
    changed = np.abs(turned.astype(int) - pixels).max(axis=2) > 0
    rows, columns = np.nonzero(changed)
    points = np.stack([columns, rows], axis=1)
    reach = np.min([np.linalg.norm(points - eye.frame.center, axis=1) / eye.frame.width for eye in face.eyes], axis=0)
    assert changed.any() and reach.max() < 1.0
    still = portrait.turned(np.zeros(2)).astype(int)
    assert np.abs(still - pixels).mean() < np.abs(turned.astype(int) - pixels).mean() / 2
    with pytest.raises(EyeballError):
        portrait.turned(np.array([2.0, 0.0]))


def test_a_calibration_is_found_again_among_people_who_look_elsewhere():
    rng = np.random.default_rng(0)
    directions = rng.uniform(-0.5, 0.5, (600, 2))
    zero = np.array([[-0.04, -0.22, 0.07, 0.03], [-0.06, 0.02, -0.02, 0.02]])
    gain = np.array([[0.6, 0.2], [0.3, 0.0]])
    offsets = lens_features(directions) @ zero.T + rng.normal(0, 0.01, (600, 2))
    offsets[:90, 0] += 0.15
    assert np.abs(fit_zero(directions, offsets, gain[:, 0]) - zero).max() < 0.02
    moved = np.where(rng.random((600, 1)) < 0.5, [[0.1, 0.0]], [[0.0, 0.05]])
    seen = moved * (gain[:, 0] + gain[:, 1] * directions[:, :1]) + rng.normal(0, 0.005, (600, 2))
    assert np.abs(fit_gain(directions, seen, moved) - gain).max() < 0.03
    calibration = Calibration(zero.tolist(), gain.tolist(), (0.05, 0.05))
    exact = lens_features(directions) @ zero.T + [0.05, 0.02] * calibration.gains(directions)
    assert np.allclose(calibration.residuals(exact, directions), [0.05 * 0.66, 0.02 * 0.30])


def test_the_nearer_eye_of_a_turned_head_has_a_positive_direction(large):
    _, face = large
    to_the_right = directions_of(replace(face, yaw=25.0, pitch=0.0))[:, 0]
    assert to_the_right[0] > 0.3 and to_the_right[1] < -0.3  # the image-left eye is nearer
    assert np.allclose(directions_of(replace(face, yaw=0.0, pitch=10.0))[:, 1], np.sin(np.radians(10)), atol=0.02)


def test_eyes_are_apart_where_they_look_to_opposite_sides():
    together, crossed = np.array([[0.05, 0], [-0.05, 0]]), np.array([[0.05, 0], [0.05, 0]])
    assert apart(together) == 0 and apart(crossed) == pytest.approx(0.1)


def test_the_stored_calibrations_are_those_of_the_readers_in_use(large):
    pixels, face = large
    residuals = EyeMeasure.usual().residuals(pixels, face, directions_of(face))
    assert set(residuals) == {"mesh", "iris"} <= set(load_calibrations())
    # She looks into the lens; the readers were calibrated on others.
    assert all(np.abs(each).max() < 2 * CAMERA_BAND for each in residuals.values())


def test_the_worse_eye_counts(large):
    pixels, face = large
    measure = EyeMeasure.usual()
    turned = TurnablePortrait(pixels, face).turned(np.array([0.14, 0.0]))
    away = measure.compare("away", turned, face, turned, face, None)
    back = measure.compare("back", turned, face, pixels, face, None)
    assert away.worse("iris") > 2 * CAMERA_BAND > back.worse("iris")
    report = summarize([away, back], measure.calibrations)
    assert report["all"]["faces"] == 2 and report["all"]["iris"]["worse eye in 1.5 bands"] == 0.5


def test_eyes_that_err_to_opposite_sides_are_inside_by_their_mean():
    seen = Sighting(0.0, 0, np.zeros((2, 2)), {})
    apart_by_half, both_aside = np.array([[0.04, 0], [0.04, 0]]), np.array([[0.04, 0], [-0.04, 0]])
    shares = stays([(seen, apart_by_half), (seen, both_aside)])["frontal"]
    assert shares == {"faces": 2, "worse eye in band": 0, "in 1.5 bands": 1, "mean of eyes in band": 0.5}


def test_lids_that_follow_as_on_real_people():
    rng = np.random.default_rng(0)
    before = rng.normal(0, 0.03, 60)
    vertical, noise = np.stack([before, np.zeros(60)]), rng.normal(0, 0.002, 60)
    openness = np.stack([0.3 + REAL_SLOPE * before, np.full(60, 0.3) + noise])
    assert summarize_lids(vertical, openness)["follows"] == pytest.approx(1, abs=0.05)
    assert summarize_lids(vertical, np.full((2, 60), 0.3))["follows"] == 0
    assert "not measured" in summarize_lids(vertical[:, :4], openness[:, :4])


def test_catchlights_that_stay_go_and_slide(large):
    pixels, face = large
    frame = face.eyes[0].frame
    light = pixels.copy()
    column, row = np.rint(frame.to_portrait(face.eyes[0].offset + [-0.05, 0.05])).astype(int)
    light[row - 3 : row + 4, column - 3 : column + 4] = 255
    slid = pixels.copy()
    slid[row - 3 : row + 4, column + 5 : column + 12] = 255
    assert lives(light, face, light, face)[0] == Life(True, 0.0, 1.0)
    assert lives(light, face, pixels, face)[0].catchlight is False
    assert lives(light, face, slid, face)[0].catchlight is False
    grainy = np.random.default_rng(0).normal(pixels, 12).clip(0, 255).astype(np.uint8)
    blurred = cv2.GaussianBlur(grainy, (0, 0), 2.5)
    assert summarize_lives(lives(grainy, face, blurred, face))["sharpness"] < 0.7


def test_the_sheet_shows_turned_faces_and_leaves_out_who_was_left_alone(large):
    pixels, face = large
    measure = EyeMeasure.usual()
    record = measure.compare("someone", pixels, face, pixels, face, None)
    turned, alone = replace(record, name="turned", yaw=25.0), replace(record, name="alone", skipped="eyes hidden")
    assert [each.name for each in worst([record, turned, alone], "iris", 2)] == ["turned", "someone"]


def test_commands_from_a_folder_to_tables_and_sheets(tmp_path, large, capsys):
    pixels, face = large
    folder = tmp_path / "portraits"
    folder.mkdir()
    portrait = TurnablePortrait(pixels, face)
    for index, shift in enumerate((0.0, 0.004, -0.004, 0.008, -0.008, 0.0)):
        picture = portrait.turned(np.array([shift, 0.0]))
        Image.fromarray(picture).resize((480 + 8 * index,) * 2).save(folder / f"studio{'abcdef'[index]}_{index}.png")
    Image.fromarray(portrait.turned(np.array([0.15, 0.0]))).resize((480, 480)).save(folder / "aside.png")
    (tmp_path / "people.csv").write_text(
        "file,person,camera\n" + "".join(f"studio{'abcdef'[i]}_{i}.png,{'abcdef'[i]},yes\n" for i in range(6))
    )
    people = ["--people", str(tmp_path / "people.csv")]
    assert [each.camera for each in list_portraits(folder, tmp_path / "people.csv")].count(True) == 6
    stored = tmp_path / "readers.json"
    assert readers([str(folder), *people, "-o", str(stored)]) == 0
    written = json.loads(stored.read_text())
    assert set(written["readers"]) == {"mesh", "E_r", "iris"}
    assert {row["reader"] for row in written["errors"]} == {"mesh", "E_r", "iris"}
    assert "iris" in capsys.readouterr().out
    (tmp_path / "list.txt").write_text("aside.png\n")
    output = tmp_path / "report"
    assert before_after([str(folder), *people, "--files", str(tmp_path / "list.txt"), "-o", str(output)]) == 0
    faces = json.loads((output / "faces.json").read_text())
    assert [face["name"] for face in faces["faces"]] == ["aside.png"] and (output / "worst_0.png").is_file()
    row = faces["faces"][0]
    assert np.abs(row["iris after"]).max() < np.abs(row["iris before"]).max()


def test_bad_input_is_one_sentence_and_writes_nothing(tmp_path, capsys):
    assert readers([str(tmp_path), "-o", str(tmp_path / "r.json")]) == 2
    assert before_after([str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    Image.fromarray(astronaut()).save(tmp_path / "photo.png")
    assert readers([str(tmp_path), "-o", str(tmp_path / "r.json")]) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 3 and "holds no picture" in errors[0] and "name their sources" in errors[2]
    assert not (tmp_path / "r.json").exists() and not (tmp_path / "out").exists()
