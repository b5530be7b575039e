"""A bound for what doesn't wait in gradio's queue."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import gradio as gr
from anyio import CapacityLimiter, to_thread

BUSY = "Very many people are here at the moment: please move it once more."


def few_at_a_time(function: Callable, at_a_time: int, waiting: int) -> Callable:
    """The function as a coroutine that runs in a thread, at most so many times at once.

    Those that wait take no thread, so everybody else is served meanwhile.

    Args:
        waiting: calls that wait, at most; one more is a `gr.Error`.
    """
    limiter, here = CapacityLimiter(at_a_time), 0

    @wraps(function)
    async def limited(*values):
        nonlocal here
        if here == at_a_time + waiting:
            raise gr.Error(BUSY, print_exception=False)
        here += 1
        try:
            return await to_thread.run_sync(function, *values, limiter=limiter)
        finally:
            here -= 1

    return limited
