"""What is bounded although it waits in no queue."""

import asyncio
import threading
import time

import gradio as gr
import pytest

from gazehub.web.guards.few import few_at_a_time


def test_few_run_some_wait_and_the_rest_is_told():
    running, most, lock = 0, 0, threading.Lock()

    def work(number):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        with lock:
            running -= 1
        return number

    async def ask():
        limited = few_at_a_time(work, 2, 5)
        first = await asyncio.gather(*(limited(number) for number in range(10)), return_exceptions=True)
        return first, await limited(10)

    answers, later = asyncio.run(ask())
    assert answers[:7] == [0, 1, 2, 3, 4, 5, 6] and later == 10 and most == 2
    assert len(answers[7:]) == 3 and all(isinstance(answer, gr.Error) for answer in answers[7:])


def test_an_error_gives_its_place_back():
    def fail():
        raise gr.Error("No.")

    async def ask():
        limited = few_at_a_time(fail, 1, 1)
        for _ in range(3):
            with pytest.raises(gr.Error, match="No."):
                await limited()

    asyncio.run(ask())
