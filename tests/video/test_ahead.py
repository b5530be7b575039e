"""A thread that works ahead of whoever asks."""

import threading

from gazehub.video.overlap import ahead


def test_ahead_is_no_further_ahead_than_asked():
    made = []

    def numbers():
        for number in range(100):
            made.append(number)
            yield number

    seen = []
    for number in ahead(numbers(), 3):
        assert len(made) <= number + 6
        seen.append(number)
    assert seen == list(range(100))


def test_ahead_ends_its_thread_and_its_source():
    ended = []

    def numbers():
        try:
            while True:
                yield 1
        finally:
            ended.append(threading.current_thread().name)

    before = threading.active_count()
    items = ahead(numbers(), 2)
    next(items)
    items.close()
    assert ended == ["ahead"] and threading.active_count() == before
