from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from gazehub import GazePipeline
from gazehub.draw import paste
from gazehub.eye_frame import crop
from gazehub.faces.landmarker import FaceLandmarker
from gazehub.gaze import (
    CAMERA_BAND,
    angle_code_to_degrees,
    angle_code_to_residual,
    camera_offset,
    degrees_to_angle_code,
    face_residual,
    head_direction,
    residual_size,
    residual_to_angle_code,
)
from gazehub.model.fields import apply_fields, own_colors
from gazehub.model.patches import shrink
from gazehub.read import ENCODER_SHARE, WIDEST
from tests.encoded import encoded, encoded_twice
from tests.pictures import changed, pixels


def angle_codes(model, face, before):
    """(2, 2) the angle codes of a face by hand: landmarks and a share of E_r; a part of what each eye keeps off their
    common gaze, 0.03 at most, is its own."""
    camera = np.array([camera_offset(model.config.camera_coefficients, face, eye) for eye in face.eyes])
    measured = 0.7 * np.array([eye.offset for eye in face.eyes]) + 0.3 * before.numpy()
    picture = (measured - camera) * [[1, 1], [-1, 1]]
    shared = picture.mean(0)
    away = np.clip(residual_size(shared) / 0.03 - 1, 0, 1)
    own = (0.8 - 0.4 * away**2 * (3 - 2 * away)) * (picture - shared)
    turns = [head_direction(face, eye)[0] for eye in face.eyes]
    codes = np.stack([residual_to_angle_code(*each) for each in zip(picture - own.clip(-0.03, 0.03), turns)])
    return torch.tensor(codes * [[1, 1], [-1, 1]]).float().clamp(-torch.tensor(WIDEST), torch.tensor(WIDEST)).float()


@pytest.fixture(scope="module")
def encoding(pipe, one_face):
    return pipe.encode(one_face)


# What comes out


def test_correct_changes_the_eyes_and_nothing_else(pipe, one_face, face):
    output = pipe.correct(one_face)
    difference = changed(one_face, output)
    assert output.image.mode == "RGB" and output.image.size == (512, 512)
    near = np.zeros((512, 512), bool)
    for eye in face.eyes:
        y, x = np.mgrid[:512, :512]
        points = eye.frame.to_frame(np.stack([x, y], axis=-1))
        inside = ((points[..., 0] / 0.80) ** 4 + ((points[..., 1] + 0.03) / 0.46) ** 4) < 1 + 1e-6
        assert difference[inside].mean() > 0.5
        near |= inside
    assert not difference[~near].any()


@torch.inference_mode()
def test_correct_is_encode_gcm_cfm_paste(pipe, model, one_face, face):
    """The same by hand, from the parts."""
    patches = torch.from_numpy(np.stack([crop(one_face, eye.frame) for eye in face.eyes]) / 255).permute(0, 3, 1, 2)
    content, before, _ = model.encode(patches)
    content = content.mean(0, keepdim=True).expand(2, -1)
    angle = angle_codes(model, face, before)
    lens = before - angle
    fields = model.correct(patches, content, before, lens)
    fill = own_colors(fields.fill, patches)
    lamps = fields.lamps[:, :, None, None].expand_as(fields.ball)
    stacked = torch.cat([fields.ball, fields.skin, lamps, fields.weights, fill], dim=1).numpy()
    expected = one_face.copy()
    for eye, own in zip(face.eyes, stacked):
        paste(expected, eye.frame, own)
    output = encoded(model, one_face, [face]).correct()
    assert np.abs(expected.astype(int) - pixels(output)).max() <= 1

    report = output.faces[0]
    assert report.offset_before == pytest.approx((angle * torch.tensor([[1, 1], [-1, 1]])).mean(0), abs=1e-4)
    assert report.degrees_before == pytest.approx(angle_code_to_degrees(report.offset_before))
    again = np.stack([crop(pixels(output), eye.frame) for eye in face.eyes]) / 255
    measured = model.gam.angle_encoder(shrink(torch.from_numpy(again).permute(0, 3, 1, 2))) - lens
    assert report.offset_after == pytest.approx((measured.numpy() * [[1, 1], [-1, 1]]).mean(0), abs=1e-4)
    assert report.offset_after != report.offset_before
    assert (report.box, report.yaw, report.skipped) == (face.box, face.yaw, None)
    assert report.openness == min(eye.openness for eye in face.eyes)


def test_who_looks_away_is_read_by_the_mirror_too(model, one_face, face):
    seen, moved = [], replace(face, eyes=tuple(replace(eye, iris=eye.iris + [3, 0]) for eye in face.eyes))

    def look(pixels, found):
        seen.append((pixels, found))
        return moved

    once, twice = encoded(model, one_face, [face]), encoded_twice(model, one_face, [face], look)
    assert once.faces[0].domain != "X"
    assert len(seen) == 1 and np.array_equal(seen[0][0], one_face) and seen[0][1] is face
    assert twice.faces[0].offset_before[0] > once.faces[0].offset_before[0] + 0.02  # irises further to the right
    assert changed(pixels(once.correct()), twice.correct()).any()


@pytest.mark.parametrize("cancels", [True, False])
def test_who_looks_into_the_camera_by_landmarks_too_is_read_once(model, one_face, face, cancels):
    """E_r reads some gaze from the pixels; landmarks that say the opposite cancel it, but look away themselves."""
    coefficients = model.config.camera_coefficients
    measured = face_residual(coefficients, face)
    both = angle_code_to_residual(encoded(model, one_face, [face]).faces[0].offset_before)
    by_encoder = (both - (1 - ENCODER_SHARE) * measured) / ENCODER_SHARE
    wanted = -by_encoder * ENCODER_SHARE / (1 - ENCODER_SHARE) if cancels else np.zeros(2)
    shift = wanted - measured
    moved = replace(face, eyes=tuple(replace(eye, iris=eye.iris + shift * eye.frame.width) for eye in face.eyes))
    seen = []
    encoded_twice(model, one_face, [moved], lambda pixels, found: seen.append(found))
    alone = encoded(model, one_face, [moved]).faces[0]
    doubted = residual_size(face_residual(coefficients, moved)) > CAMERA_BAND or alone.domain != "X"
    assert len(seen) == doubted
    assert not cancels or alone.domain == "X"


def test_a_face_that_the_mirror_does_not_show_is_left_as_it_was_read(model, one_face, face):
    once, twice = encoded(model, one_face, [face]), encoded_twice(model, one_face, [face], lambda pixels, found: None)
    assert np.array_equal(pixels(once.correct()), pixels(twice.correct()))


def test_the_mirror_says_the_same_of_a_real_face(one_face):
    landmarker = FaceLandmarker(threads=1)
    found = landmarker(one_face)[0]
    again = landmarker.look_again(one_face, found)
    for eye, other in zip(found.eyes, again.eyes):
        apart = np.abs(eye.frame.to_frame(other.opening) - eye.frame.to_frame(eye.opening))
        assert 0 < apart.max() < 0.05 and other.mirrored == eye.mirrored
        assert np.abs(eye.frame.to_frame(other.iris) - eye.offset).max() < 0.03
    np.testing.assert_allclose([again.yaw, again.pitch, again.roll], [found.yaw, found.pitch, found.roll], atol=2)


def test_nothing_asked_for_changes_nothing(encoding, one_face):
    assert np.array_equal(pixels(encoding.correct(0)), one_face)
    assert np.array_equal(pixels(encoding.animate([0.0])[0]), one_face)
    assert encoding.correct(0).faces[0].offset_after == pytest.approx(encoding.faces[0].offset_before, abs=1e-6)


def test_nothing_jumps_near_nothing(encoding, one_face):
    for output in (encoding.correct(0.005), *encoding.animate([-0.005, 0.005])):
        assert np.abs(pixels(output).astype(int) - one_face).max() <= 1
    yaw, pitch = encoding.faces[0].degrees_before
    assert np.abs(pixels(encoding.redirect(yaw, pitch)).astype(int) - one_face).max() <= 1
    assert changed(one_face, encoding.redirect(yaw + 10, pitch)).any()


def test_strengths_alphas_and_directions_differ(encoding):
    outputs = [encoding.correct(0.4), encoding.correct(0.8), encoding.correct(), encoding.redirect(15, 0)]
    outputs += [encoding.redirect(-15, 0), encoding.redirect(0, 10), *encoding.animate([-0.5, 0.5, 1.5])]
    assert len({pixels(output).tobytes() for output in outputs}) == len(outputs)


@torch.inference_mode()
def test_redirect_turns_both_eyes_to_the_same_side(model, one_face, face):
    """+ yaw is to the picture's right: towards the inner corner of the left eye, the outer one of the right eye."""
    asked = []
    hook = model.gam.register_forward_pre_hook(lambda module, arguments: asked.append(arguments[3].numpy()))
    try:
        encoded(model, one_face, [face]).redirect(30, 10)
    finally:
        hook.remove()
    patches = np.stack([crop(one_face, eye.frame) for eye in face.eyes]) / 255
    before = model.encode(torch.from_numpy(patches).permute(0, 3, 1, 2))[1]
    angle = asked[0] - (before - angle_codes(model, face, before)).numpy()
    right, down = degrees_to_angle_code(30, 10)
    assert right > 0.1 and down < -0.03
    assert np.allclose(angle, [[right, down], [-right, down]], atol=1e-6)


@torch.inference_mode()
def test_animate_slides_on_the_line_from_its_own_code_to_the_corrected_one(model, one_face, face):
    patches = torch.from_numpy(np.stack([crop(one_face, eye.frame) for eye in face.eyes]) / 255).permute(0, 3, 1, 2)
    content, before, _ = model.encode(patches)
    content = content.mean(0, keepdim=True).expand(2, -1)
    angle = angle_codes(model, face, before)
    lens = before - angle
    fields = model.correct(patches, content, before, lens)
    fields.fill = own_colors(fields.fill, patches)
    corrected = apply_fields(patches, fields)
    start, stop = angle, model.gam.angle_encoder(shrink(corrected)) - lens
    assert (stop - start).abs().max() > 1e-4

    alphas, asked = [-0.5, 0.3, 1.0, 1.5, 5e4], []
    hook = model.gam.register_forward_pre_hook(lambda module, arguments: asked.append(arguments[3] - lens))
    try:
        list(encoded(model, one_face, [face]).animate(alphas))
    finally:
        hook.remove()
    low = torch.minimum(torch.tensor([-0.22, -0.07]), start)
    high = torch.maximum(torch.tensor([0.22, 0.09]), start)
    assert len(asked) == len(alphas)
    for alpha, angle in zip(alphas, asked):
        assert torch.allclose(angle, (start + alpha * (stop - start)).clamp(low, high), atol=alpha * 1e-6 + 1e-5)
    assert any(torch.isclose(asked[-1], limit, atol=1e-6).any() for limit in (low, high))


def test_encode_once_equals_direct_calls(pipe, encoding, one_face):
    assert np.array_equal(pixels(encoding.correct(0.7)), pixels(pipe.correct(one_face, 0.7)))
    assert np.array_equal(pixels(encoding.redirect(12, -5)), pixels(pipe.redirect(one_face, 12, -5)))
    alphas = [1.2, 0.5]
    for kept, direct in zip(encoding.animate(alphas), pipe.animate(one_face, alphas)):
        assert np.array_equal(pixels(kept), pixels(direct))


def test_an_encoding_does_not_follow_its_source(pipe, one_face):
    source = one_face.copy()
    encoding = pipe.encode(source)
    expected = pixels(encoding.correct())
    source[:] = 0
    assert np.array_equal(pixels(encoding.correct()), expected)


def test_threads_share_one_pipeline(weights, one_face, two_faces):
    pipe = GazePipeline.from_pretrained(weights)
    with ThreadPoolExecutor(4) as pool:
        outputs = list(pool.map(pipe.correct, [one_face, two_faces] * 3))
    for image, output in zip([one_face, two_faces] * 3, outputs):
        assert np.array_equal(pixels(output), pixels(pipe.correct(image)))


@pytest.mark.parametrize("kind", ["path", "string", "pil", "array"])
def test_every_kind_of_source(pipe, encoding, one_face, tmp_path, kind):
    path = tmp_path / "a.png"
    Image.fromarray(one_face).save(path)
    source = {"path": path, "string": str(path), "pil": Image.open(path), "array": one_face}[kind]
    assert np.array_equal(pixels(pipe.correct(source)), pixels(encoding.correct()))


def test_a_black_and_white_photo_stays_so(pipe, one_face):
    grey = np.repeat(one_face.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    result = pixels(pipe.redirect(grey, 20, 0))
    assert (result != grey).any() and np.array_equal(result[..., 0], result[..., 1])
    assert np.array_equal(result[..., 0], result[..., 2])
    assert np.ptp(pixels(pipe.redirect(one_face, 20, 0)).astype(int), axis=2).any()


# Which faces, which eyes


def test_faces_are_chosen_by_size_or_index(pipe, two_faces):
    encoding = pipe.encode(two_faces)
    assert len(encoding.faces) == 2 and encoding.faces[0].box[0] > 560
    left, right = (
        lambda picture: changed(two_faces, picture)[:, :540].any(),
        lambda picture: changed(two_faces, picture)[:, 540:].any(),
    )
    for faces, sides, reasons in (
        ("all", (True, True), [None, None]),
        ("largest", (False, True), [None, "not selected"]),
        ([1], (True, False), ["not selected", None]),
        ([], (False, False), ["not selected"] * 2),
    ):
        output = encoding.correct(faces=faces)
        assert (left(output), right(output)) == sides
        assert [report.skipped for report in output.faces] == reasons
    frame = encoding.animate([1.0], faces=[1])[0]
    assert left(frame) and not right(frame)


def test_two_faces_do_not_mix(model, landmarker, two_faces, one_face):
    encoding = encoded(model, two_faces, landmarker(two_faces))
    both, single = pixels(encoding.correct()), encoded(model, one_face, landmarker(one_face))
    assert np.abs(both[:512, :512].astype(int) - pixels(single.correct())).max() <= 12
    alone = pixels(encoding.correct(faces=[1]))
    assert np.abs(both[:512, :512].astype(int) - alone[:512, :512]).max() <= 1


@pytest.mark.parametrize("eyes, left, right", [("both", 1, 1), ("left", 1, 0), ("right", 0, 1)])
def test_eyes_are_chosen_as_seen_in_the_picture(encoding, one_face, eyes, left, right):
    for output in (
        encoding.correct(eyes=eyes),
        encoding.redirect(20, 0, eyes=eyes),
        encoding.animate([1], eyes=eyes)[0],
    ):
        difference = changed(one_face, output)
        assert (difference[:, :227].any(), difference[:, 227:].any()) == (left, right)


@pytest.mark.parametrize(
    "call",
    [
        lambda e: e.correct(-0.1),
        lambda e: e.correct(1.01),
        lambda e: e.correct(float("nan")),
        lambda e: e.redirect(41, 0),
        lambda e: e.redirect(0, -31),
        lambda e: e.redirect(float("nan"), 0),
        lambda e: e.animate([0, float("inf")]),
        lambda e: e.correct(faces="first"),
        lambda e: e.correct(faces=[1]),
        lambda e: e.correct(faces=[-1]),
        lambda e: e.animate([1], faces=[3]),
        lambda e: e.correct(eyes="none"),
    ],
)
def test_arguments_out_of_range_are_refused(encoding, call):
    with pytest.raises(ValueError, match="must be"):
        call(encoding)
