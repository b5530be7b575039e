"""The rules of the stream, on the figures that Python's come to."""

import cv2
import numpy as np
import pytest
from PIL import Image

from gazehub import GazePipeline
from gazehub.eye_frame import eye_box
from gazehub.stream.easing import ease_target
from gazehub.stream.glances import Glances
from gazehub.stream.head import Head
from gazehub.stream.lids import keep_lids
from gazehub.stream.wish import Wish, eased_presence
from tests.web.live.arrays import evaluate
from tests.web.live.samples import LOOKING_AWAY

ASIDE, STRAIGHT = [0.15, 0.02], [0.0, 0.0]


def gazes():
    """Angle codes that tremble, jump aside and come back, drift and wander far."""
    generator = np.random.default_rng(3)
    still = np.array([STRAIGHT] * 20 + [ASIDE] * 12 + [STRAIGHT] * 20 + [ASIDE] * 60 + [[-0.1, 0.05]] * 30)
    return still + generator.normal(0, 0.004, still.shape) + np.linspace(0, 0.02, len(still))[:, None]


def test_targets_ease_alike(page):
    expected, value, age = [], np.zeros(2), 0.0
    for gaze in gazes():
        value, age = ease_target(value, gaze, 1 / 30, age), age + 1 / 30
        expected.append(value)
    found = evaluate(
        page,
        """const {easeTarget} = await load('stream/easing.js'); let [value, age] = [[0, 0], 0];
        return gazes.map((gaze) => { value = easeTarget(value, gaze, 1 / 30, age); age += 1 / 30; return value; });""",
        gazes=gazes().tolist(),
    )
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_glances_are_let_through_alike(page, share):
    glances, expected = Glances(np.zeros(2)), []
    for gaze in gazes():
        glances = glances.follow(gaze, 1 / 30, share)
        expected.append(glances.shown)
    found = evaluate(
        page,
        """const {firstGlances, followGlances} = await load('stream/glances.js'); let glances = firstGlances([0, 0]);
        return gazes.map((gaze) => (glances = followGlances(glances, gaze, 1 / 30, share)).shown);""",
        gazes=gazes().tolist(),
        share=share,
    )
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert np.any(expected) == (share > 0)


def test_wishes_come_and_go_alike(page):
    """The head turns away after a while, and the eyes are hidden for some frames."""
    cases = [(gaze, 1.0 if i < 90 else 0.3, not 60 <= i < 70) for i, gaze in enumerate(gazes())]
    wish, presence, expected = Wish.first(cases[0][0], 1.0), 1.0, []
    for gaze, reach, usable in cases:
        presence = eased_presence(presence, usable, 1 / 25, at_once=False)
        wish = wish.follow(gaze, reach, 1 / 25, 0.5).asked(wish.reach * gaze, 1 / 25)
        expected.append([presence, wish.reach, wish.need])
    found = evaluate(
        page,
        """const {firstWish, followWish, askedWish} = await load('stream/wish.js');
        let wish = firstWish(cases[0].gaze, 1, true, true);
        return cases.map(({gaze, reach, usable}) => {
          const motion = gaze.map((value) => wish.reach * value);
          wish = askedWish(followWish(wish, gaze, reach, usable, 1 / 25, 0.5), motion, 1 / 25);
          return [wish.presence, wish.reach, wish.need];
        });""",
        cases=[{"gaze": gaze.tolist(), "reach": reach, "usable": usable} for gaze, reach, usable in cases],
    )
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert {0.0, 1.0} <= {presence for presence, _, _ in expected}


def moved(photo, degrees, shift):
    height, width = photo.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += shift
    return cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_LINEAR)


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_heads_are_followed_alike(page, landmarker, one_face, scale):
    photo = cv2.resize(one_face, None, fx=scale, fy=scale)
    face, after = landmarker(photo)[0], moved(photo, 0.5, (1.3, -0.7))
    expected = Head.first(photo, face).follow(after, face).frame
    found = evaluate(
        page,
        """const {firstHead, followHead} = await load('stream/head.js');
        const {faceFromMesh} = await load('faces/face.js'); const face = faceFromMesh(mesh);
        return followHead(firstHead(photo, face), after, face).frame;""",
        photo=photo,
        after=after,
        mesh=face.mesh.ravel(),
    )
    assert np.abs(np.array(found["center"]) - expected.center).max() < 0.002 * expected.width
    assert np.abs(np.array(found["matrix"]).reshape(2, 2) - expected.matrix).max() < 0.002 * expected.width


def test_a_film_is_redrawn_nearly_as_in_python(page):
    """The same eyes at the same places; where landmarks tremble otherwise, a little elsewhere."""
    photo = np.asarray(Image.open(LOOKING_AWAY).convert("RGB"))
    frames = [moved(photo, np.sin(i / 3), (i / 4, 0)) for i in range(8)]
    stream = GazePipeline.from_pretrained().stream()
    expected = [stream(frame, index / 15) for index, frame in enumerate(frames)]
    found = evaluate(
        page,
        """globalThis.networks ??= await (await load('workers/loading.js')).networkOpener();
        const {GazeStream} = await load('stream/stream.js'); const stream = new GazeStream(networks); const all = [];
        for (const [index, frame] of frames.entries()) all.push(await stream.next(frame, index / 15));
        return all.map(({picture, faces}) => ({drawn: picture, faces}));""",
        frames=frames,
    )
    off = change = 0.0
    for frame, (drawn, report), other in zip(frames, expected, found):
        assert [face.identity for face in report.faces] == [face["identity"] for face in other["faces"]] == [0]
        assert other["faces"][0]["amount"] == pytest.approx(report.faces[0].amount, abs=0.05)
        off += np.abs(drawn.astype(float) - other["drawn"]).sum()
        change += np.abs(drawn.astype(float) - frame).sum()
    assert 0 < off < 0.1 * change


def test_closing_lids_keep_their_pixels_alike(page, one_face, face):
    generator = np.random.default_rng(0)
    drawn = generator.integers(0, 256, one_face.shape, dtype=np.uint8)
    expected = drawn.copy()
    keep_lids(one_face, expected, face.eyes[0], 0.8)
    found = evaluate(
        page,
        """const {keepLids} = await load('stream/lids.js'); const {faceFromMesh} = await load('faces/face.js');
        keepLids(before, drawn, {...faceFromMesh(mesh).eyes[0], share: 0.8}); return drawn;""",
        before=one_face,
        drawn=drawn,
        mesh=face.mesh.ravel(),
    )
    left, top, right, bottom = eye_box(face.eyes[0].frame)
    off, back = np.abs(found.astype(int) - expected), np.abs(expected.astype(int) - drawn)
    assert off[top:bottom, left:right].mean() < 2 < 20 < back[top:bottom, left:right].mean()
    off[top:bottom, left:right] = 0
    assert not off.any()
