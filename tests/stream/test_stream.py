import numpy as np
import pytest

from gazehub.eye_frame import soft_mask
from gazehub.gaze import CAMERA_BAND, face_residual, residual_size, to_picture
from gazehub.pipeline_video import VideoPipeline
from gazehub.video.overlap import ahead
from tests.pictures import changed
from tests.stream.films import amounts, identities, moved, play, swaying
from train.evaluation.measures.eyes import INDEPENDENT, EyeMeasure
from train.evaluation.reading.calibration import directions_of


@pytest.fixture
def video(trained):
    return VideoPipeline(trained)


def residuals(pipe, frames):
    """(frames, 2) by landmarks."""
    return np.stack([face_residual(pipe.camera_coefficients, pipe.landmarker(frame)[0]) for frame in frames])


def eye_regions(face, shape):
    """(H, W) where the eyes of a face may change, and a little more, for a mask that keeps to the head."""
    rows, columns = np.indices(shape[:2])
    points = np.stack([columns, rows], axis=-1)
    inside = np.zeros(shape[:2], bool)
    for eye in face.eyes:
        x, y = np.moveaxis(eye.frame.to_frame(points), -1, 0)
        inside |= soft_mask(x / 1.1, y / 1.1) > 0
    return inside


def test_strength_zero_changes_nothing(video, looking):
    frames = swaying(looking[18], 4)
    for (drawn, _), frame in zip(play(video.stream(strength=0.0), frames), frames):
        assert (drawn == frame).all() and drawn is not frame


def test_a_gaze_that_moves_rests_in_the_lens(trained, video, looking):
    frames = [looking[18]] * 8 + [looking[-18]] * 8 + [looking[18]] * 8
    frames = [moved(frame, 6 * np.sin(index / 5), 2 * np.cos(index / 4)) for index, frame in enumerate(frames)]
    drawn = [frame for frame, _ in play(video.stream(), frames)]
    before, after = residuals(trained, frames[4:]), residuals(trained, drawn[4:])
    assert before[:, 0].std() > 0.06 and after[:, 0].std() < 0.02
    assert (residual_size(after) < CAMERA_BAND).mean() > 0.85
    regions = [eye_regions(trained.landmarker(frame)[0], frame.shape) for frame in frames]
    regions[16] |= regions[15]  # as the gaze jumps, the landmarks read eyes an eighth narrower, and a stream eases
    for frame, picture, region in zip(frames, drawn, regions):
        touched = changed(frame, picture)
        assert touched.any() and not touched[~region].any()


def test_half_the_strength_goes_half_the_way(trained, video, looking):
    """By the reader that does not steer: landmarks, which do, see most of this motion in its second half."""
    drawn = [frame for frame, _ in play(video.stream(strength=0.5), [looking[18]] * 8)]
    measure, face = EyeMeasure.usual(), trained.landmarker(looking[18])[0]
    before, after = (
        to_picture(measure.residuals(picture, face, directions_of(face))[INDEPENDENT])
        for picture in (looking[18], drawn[-1])
    )
    assert 0.35 < after[0] / before[0] < 0.65


def test_another_strength_is_taken_on_smoothly(video, looking):
    stream, frame = video.stream(), looking[18]
    whole = np.abs(play(stream, [frame] * 4)[-1][0].astype(int) - frame).sum()
    stream.strength = 0.0
    released = play(stream, [frame] * 20, start=4 / 30)
    changes = np.array([np.abs(drawn.astype(int) - frame).sum() for drawn, _ in released]) / whole
    assert 0.6 < changes[0] < 1 and np.diff([1.0, *changes]).min() > -0.4 and changes[-1] == 0
    with pytest.raises(ValueError, match="strength must be between 0 and 1, not 2"):
        stream.strength = 2
    assert stream.strength == 0


def test_who_looks_into_the_lens_is_not_touched(video, looking):
    played = play(video.stream(), [looking[0]] * 3)
    assert max(amounts(played)) < 0.3


def test_closed_eyes_keep_their_pixels(video, looking, asleep):
    lids = [0.3, 0.7, 1.0, 1.0, 0.7, 0.3]
    blink = [np.rint(looking[18] + share * (asleep - looking[18].astype(float))).astype(np.uint8) for share in lids]
    frames = [looking[18]] * 4 + blink + [looking[18]] * 6
    played = play(video.stream(), frames)
    for index in (6, 7):
        assert (played[index][0] == frames[index]).all()
        assert played[index][1].faces[0].report.skipped == "eyes closed"
    assert amounts(played)[:4] == [1] * 4 and amounts(played)[-4:] == [1] * 4
    assert len(set.union(*identities(played))) == 1


def test_frame_rate_makes_no_difference(video, looking):
    def scene(seconds):
        return moved(looking[18] if seconds < 0.34 else looking[-18], 30 * seconds, 10 * seconds)

    slow = play(video.stream(), [scene(index / 15) for index in range(13)], rate=15)
    fast = play(video.stream(), [scene(index / 60) for index in range(49)], rate=60)
    for index in (3, 6, 9, 12):
        one, other = slow[index][0], fast[4 * index][0]
        touched = changed(scene(index / 15), one)
        apart, change = (np.abs(one.astype(int) - each)[touched].mean() for each in (other, scene(index / 15)))
        assert apart < 0.5 * change


def test_two_people_one_leaves(video, two_faces):
    alone = two_faces.copy()
    alone[:, :540] = 128
    played = play(video.stream(), [two_faces] * 3 + [alone] * 3)
    numbers = identities(played)
    assert len(numbers[0]) == 2 and numbers[0] == numbers[2]
    assert all(len(each) == 1 and each < numbers[0] for each in numbers[3:])


def test_only_the_chosen_are_changed(video, two_faces):
    largest = play(video.stream(faces="largest"), [two_faces] * 2)
    skipped = [face.report.skipped for face in largest[1][1].faces]
    assert skipped.count("not selected") == 1 and skipped[1] == "not selected"
    assert not changed(two_faces, largest[1][0])[:, :540].any()
    none = play(video.stream(faces={99}), [two_faces] * 2)
    assert (none[1][0] == two_faces).all()


def test_a_cut_is_not_faded(video, looking, one_face):
    other = np.full_like(one_face, 20)
    other[:426, :426] = looking[-18]
    played = play(video.stream(), [one_face] * 2 + [other] * 2)
    assert amounts(played)[2] == 1
    assert not identities(played)[1] & identities(played)[2]


def test_who_comes_in_is_faded_in(video, looking):
    wide = np.full((426, 1500, 3), 128, np.uint8)
    wide[:, :426] = looking[0]
    entered = wide.copy()
    entered[:, 1000:1426] = looking[18]
    played = play(video.stream(), [wide] * 2 + [entered] * 22)
    shares = [face.amount for _, report in played for face in report.faces if face.report.box[0] > 1000]
    assert len(shares) > 5 and shares[0] < 0.05 and max(np.diff(shares)) < 0.4 and shares[-1] > 0.9


def test_a_share_of_glances_is_let_through(trained, video, looking):
    aside = np.asarray(trained.redirect(looking[0], yaw=25).image)
    frames = [looking[0]] * 6 + [aside] * 8
    without, having = (
        residuals(trained, [play(video.stream(look_away=share), frames)[-1][0]])[0, 0] for share in (0.0, 1.0)
    )
    assert having > without + 0.008


def test_nothing_to_be_found(video):
    frame = np.full((1, 1, 3), 9, np.uint8)
    drawn, report = video.stream()(frame, 0.0)
    assert (drawn == frame).all() and report.faces == () and report.seconds == 0.0


def test_arguments_out_of_range_are_refused(video):
    with pytest.raises(ValueError, match="strength must be between 0 and 1, not 1.5"):
        video.stream(strength=1.5)
    with pytest.raises(ValueError, match="look_away must be"):
        video.stream(look_away=-1)
    with pytest.raises(ValueError, match='faces must be "all", "largest" or identities'):
        video.stream(faces="first")


def test_a_frame_may_be_read_while_the_one_before_is_drawn(video, looking, asleep):
    """The result is the same to the last bit."""
    frames = [looking[18]] * 3 + [asleep] * 2 + swaying(looking[-18], 4)
    one_by_one = play(video.stream(), frames)
    stream = video.stream()
    seen = ahead((stream.read(frame, index / 30) for index, frame in enumerate(frames)), 2)
    for (expected, report), each in zip(one_by_one, seen):
        drawn, other = stream.draw(each)
        assert (drawn == expected).all() and amounts([(drawn, other)]) == amounts([(expected, report)])
