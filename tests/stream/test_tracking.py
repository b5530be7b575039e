import numpy as np

from gazehub.stream.tracking import FaceTracker
from tests.stream.films import moved


def watched(landmarker, frames, rate=30.0):
    tracker, scene, scenes = FaceTracker(landmarker), None, []
    for index, frame in enumerate(frames):
        scene = tracker(frame, index / rate, scene)
        scenes.append(scene)
    return scenes


def people(scene):
    """Identities from the picture's left to its right."""
    return [track.identity for track in sorted(scene.tracks, key=lambda track: track.place[0])]


def side_by_side(left, right, gap=0):
    canvas = np.full((512, 1100, 3), 128, np.uint8)
    for photo, start in ((left, 0), (right, 600 + gap)):
        if photo is not None:
            canvas[: photo.shape[0], start : start + photo.shape[1]] = photo[:, : 1100 - start]
    return canvas


def test_two_people_keep_their_numbers_and_one_who_leaves_is_forgotten(landmarker, one_face, hopper):
    both, one = side_by_side(one_face, hopper), side_by_side(one_face, None)
    scenes = watched(landmarker, [moved(both, 3 * step) for step in range(6)] + [moved(one, 15)] * 9 + [both] * 16)
    start = people(scenes[0])
    assert len(set(start)) == 2 and all(people(scene) == start for scene in scenes[:6])
    assert all(people(scene) == start[:1] for scene in scenes[6:15])
    assert [track.identity for track in scenes[6].lost] == start[1:] and not scenes[14].lost
    assert people(scenes[-1])[0] == start[0] and people(scenes[-1])[1] > max(start)  # back as somebody new


def test_a_face_that_is_lost_for_a_moment_is_known_again(landmarker, hopper):
    hidden = hopper.copy()
    hidden[40:300, 100:330] = 90
    scenes = watched(landmarker, [hopper] * 3 + [hidden] * 3 + [hopper] * 2)
    assert [len(scene.tracks) for scene in scenes] == [1, 1, 1, 0, 0, 0, 1, 1]
    assert people(scenes[-1]) == people(scenes[0]) and not scenes[-1].fresh


def test_people_who_pass_each_other_keep_their_numbers(landmarker, one_face, hopper):
    def passing(step):
        canvas = np.full((700, 900, 3), 128, np.uint8)
        canvas[0:330, 20 + 18 * step : 350 + 18 * step] = one_face[0:330, 60:390]
        canvas[330:690, 540 - 18 * step : 880 - 18 * step] = hopper[30:390, 40:380]
        return canvas

    scenes = watched(landmarker, [passing(step) for step in range(24)])
    upper = [min(scene.tracks, key=lambda track: track.place[1]).identity for scene in scenes]
    assert all(len(scene.tracks) == 2 for scene in scenes) and len(set(upper)) == 1
    assert people(scenes[0]) == people(scenes[-1])[::-1]


def test_a_cut_a_gap_and_a_step_back_begin_anew(landmarker, one_face, hopper):
    first, second = np.zeros((512, 512, 3), np.uint8), one_face
    first[:426, :426] = hopper
    scenes = watched(landmarker, [first, first, second, second])
    assert [scene.fresh for scene in scenes] == [True, False, True, False]
    assert people(scenes[2]) != people(scenes[1])
    tracker = FaceTracker(landmarker)
    scene = tracker(second, 1.0, tracker(second, 0.5, None))
    assert scene.fresh and tracker(second, 0.9, scene).fresh and not tracker(second, 1.1, scene).fresh


def test_a_picture_is_searched_only_now_and_then(landmarker, hopper):
    class Counting:
        searches = 0

        def __call__(self, image):
            self.searches += 1
            return landmarker(image)

        def follow(self, image, face):
            return landmarker.follow(image, face)

    counting = Counting()
    watched(counting, [hopper] * 31)
    assert counting.searches == 3
    empty = Counting()
    watched(empty, [np.full((200, 300, 3), 128, np.uint8)] * 31)
    assert empty.searches == 3
