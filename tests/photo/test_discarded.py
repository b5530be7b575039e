"""What nobody holds any more is given back: threads and memory of pipelines, and the frames of a long path."""

import subprocess
import sys

import pytest

COUNT = """
import os
import time
import psutil
from gazehub import GazePipeline
from gazehub.files.images import sample_photo

def drop_one():
    GazePipeline.from_pretrained(threads=4).correct(sample_photo())

def threads_after(seconds, at_most=0):  # a dropped pool tells its threads to end, and doesn't wait for them
    patience = time.monotonic() + seconds
    while (count := len(os.listdir("/proc/self/task"))) > at_most and time.monotonic() < patience:
        time.sleep(0.05)
    return count, psutil.Process().memory_info().rss // 2**20

[drop_one() for _ in range(3)]
threads, memory = threads_after(3)
[drop_one() for _ in range(3)]
print(threads, memory, *threads_after(20, at_most=threads))
"""
SLIDE = """
import psutil
from gazehub import GazePipeline
from gazehub.files.images import sample_photo
own = psutil.Process()
frames = GazePipeline.from_pretrained(threads=1).encode(sample_photo()).animate([0.3] * 10_000)
memory = []
for number, frame in enumerate(frames):
    memory.append(own.memory_info().rss / 2**20)
    if number == 40:
        break
print(len(frames), f"{memory[10]:.0f} {max(memory):.0f}")
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")


def _numbers(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def test_pipelines_that_are_dropped_leave_no_threads_and_little_memory():
    threads, memory, threads_at_last, memory_at_last = _numbers(COUNT)
    assert threads_at_last <= threads and memory_at_last < memory + 30


def test_ten_thousand_alphas_take_the_memory_of_one():
    count, memory, most = _numbers(SLIDE)
    assert count == 10_000 and most < memory + 20  # a frame is 1 MB
