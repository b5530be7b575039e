import threading
import time
from contextlib import closing

import numpy as np
import pytest

from gazehub.camera.file_source import FileSource
from gazehub.camera.keys import Controls
from gazehub.camera.loop import Numbers, newest, run
from gazehub.camera.sources import CameraError, Shot, Webcam
from gazehub.pipeline_video import VideoPipeline
from gazehub.video.reader import VideoError


class Frames:
    """A sink that takes its time."""

    def __init__(self, seconds=0.0):
        self.seconds, self.shown, self.times = seconds, [], []

    def show(self, frame):
        self.shown.append(frame.copy())
        self.times.append(time.monotonic())
        time.sleep(self.seconds)


class Presses:
    """Keys by the number of the frame before which they are pressed."""

    def __init__(self, **keys):
        self.keys, self.calls = keys, 0

    def __call__(self):
        self.calls += 1
        return self.keys.get(f"at{self.calls - 1}", "")


def play(clip, pipe, sink, controls=None, keys=str):
    """Run the clip through the loop. Returns the lines that were told."""
    lines = []
    with closing(FileSource(clip)) as source:
        controls = controls or Controls()
        run(source, [sink], VideoPipeline(pipe).stream(controls.strength), controls, keys, lines.append)
    assert not any(thread.name == "newest" for thread in threading.enumerate())
    return lines


def unused(frame, seconds):
    pytest.fail("the stream was used")


def test_eyes_change_and_nothing_else(clip, decoded, pipe, number_of):
    sink = Frames()
    play(clip, pipe, sink)
    numbers = [number_of(frame) for frame in sink.shown]
    assert len(numbers) > 1 and numbers == sorted(set(numbers)) and numbers[-1] == len(decoded) - 1
    for number, frame in zip(numbers, sink.shown):
        changed = (frame != decoded[number]).any(axis=-1)
        assert 50 < changed.sum() < 0.05 * changed.size


def test_off_is_bit_for_bit(clip, decoded, number_of):
    sink = Frames()
    with closing(FileSource(clip)) as source:
        run(source, [sink], unused, Controls(on=False), Presses(), print)
    numbers = [number_of(frame) for frame in sink.shown]
    assert len(numbers) > len(decoded) / 2 and numbers == sorted(set(numbers))
    assert all((frame == decoded[number]).all() for number, frame in zip(numbers, sink.shown))


def test_strength_0_is_bit_for_bit(clip, decoded, pipe, number_of):
    sink = Frames()
    play(clip, pipe, sink, Controls(strength=0.0))
    assert sink.shown and all((frame == decoded[number_of(frame)]).all() for frame in sink.shown)


def test_keys_work_while_it_runs(clip, decoded, pipe, number_of):
    sink = Frames()
    play(clip, pipe, sink, Controls(on=False), Presses(at1=" ", at2=" ", at3=" ", at4=" ", at5="q"))
    changed = [(frame != decoded[number_of(frame)]).any() for frame in sink.shown]
    assert changed == [False, True, False, True, False]


def test_strength_keys_change_the_strength_of_one_stream(clip, pipe):
    stream = VideoPipeline(pipe).stream()
    with closing(FileSource(clip)) as source:
        run(source, [Frames()], stream, Controls(), Presses(at1="-", at2="--"), print)
    assert stream.strength == 0.7


def test_a_slow_sink_gets_the_newest_and_no_queue(clip, decoded, number_of):
    sink = Frames(seconds=0.12)
    start = time.monotonic()
    with closing(FileSource(clip)) as source:
        run(source, [sink], unused, Controls(on=False), Presses(), print)
    numbers = [number_of(frame) for frame in sink.shown]
    assert 3 <= len(numbers) <= 10 and numbers[-1] == len(decoded) - 1
    assert np.diff(numbers).min() >= 1 and np.median(np.diff(numbers)) >= 3
    late = [at - start - 0.04 * number for number, at in zip(numbers, sink.times)]
    assert late[-1] - late[0] < 0.25  # a queue would have added 1.6 s


def test_the_last_shot_is_not_lost():
    shots = [Shot(np.zeros((2, 2, 3), np.uint8), number, 0.0) for number in range(5)]
    for _ in range(50):
        assert list(newest(iter(shots)))[-1] is shots[-1]


def test_errors_come_out_and_the_thread_ends(clip, pipe):
    def broken():
        yield Shot(np.zeros((2, 2, 3), np.uint8), 0, 0.0)
        raise VideoError("it breaks off")

    taken = []
    with pytest.raises(VideoError, match="breaks off"):
        taken.extend(shot.number for shot in newest(broken()))

    class Full:
        def show(self, frame):
            raise OSError("no more")

    with pytest.raises(OSError, match="no more"), closing(FileSource(clip)) as source:
        run(source, [Full()], unused, Controls(on=False), Presses(), print)
    assert not any(thread.name == "newest" for thread in threading.enumerate())


def test_a_webcam_that_is_unplugged(clip, decoded):
    with closing(Webcam(str(clip), (640, 480), 30)) as source:  # OpenCV reads files as it reads cameras
        assert source.size == (340, 400) and source.rate == pytest.approx(25, abs=1)
        shots = source.shots()
        for number, picture in enumerate(decoded[1:]):  # the first told the size
            shot = next(shots)
            assert shot.number == number and np.abs(shot.frame.astype(int) - picture).mean() < 4
        with pytest.raises(CameraError, match="unplugged"):
            next(shots)


def test_numbers():
    numbers, frame = Numbers(10.0), np.zeros((2, 2, 3), np.uint8)
    lines = [numbers.count(Shot(frame, number, 10 + number / 10), 10.03 + number / 10) for number in (0, 1, 2, 5, 9)]
    assert lines == [None] * 5
    assert numbers.count(Shot(frame, 10, 11.0), 11.2) == "5.0 frames a second, 30 ms late, 5 dropped"
    assert numbers.count(Shot(frame, 11, 11.1), 11.3) is None
    assert numbers.count(Shot(frame, 12, 12.1), 12.2) == "2.0 frames a second, 150 ms late"


def test_a_line_of_numbers_each_second(one_face, pipe):
    class Still:
        def shots(self):
            for number in range(30):
                time.sleep(0.04)
                yield Shot(one_face, number, time.monotonic())

    lines = []
    run(Still(), [Frames()], unused, Controls(on=False, strength=0.5), Presses(), lines.append)
    assert len(lines) == 1 and lines[0].startswith("off, strength 0.5 | ") and " frames a second, " in lines[0]
