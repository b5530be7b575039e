"""Sixteen people at once: everyone gets their own picture, bad uploads hurt nobody, and memory stays."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from tests.web.browser import free_port

ROOT = Path(__file__).parents[2]
USERS, REQUESTS, WARM = 16, 200, 50
PORT = free_port()


@pytest.fixture(scope="module")
def server(weights):
    """A server of its own process, so that its memory is its own. Yields its id."""
    env = {**os.environ, "GAZEHUB_WEIGHTS": str(weights), "GRADIO_SERVER_PORT": str(PORT)}
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert any(f"http://127.0.0.1:{PORT}" in line for line in process.stdout)
    yield process.pid
    process.terminate()
    process.wait()


def test_sixteen_people_at_once(server, pipe, one_face, two_faces, tmp_path, capsys):
    pictures = [np.roll(one_face, 3 * user, axis=(0, 1)) for user in range(USERS - 1)] + [two_faces]
    expected = [np.asarray(pipe.correct(picture).image) for picture in pictures]
    for user, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"{user}.png")
    (tmp_path / "bad.png").write_bytes(b"not a picture")
    local, memory, seconds, done = threading.local(), [], [], threading.Lock()

    def ask(number):
        if not hasattr(local, "client"):
            folder = str(tmp_path / f"downloads{threading.get_ident()}")
            local.client = Client(f"http://127.0.0.1:{PORT}", verbose=False, download_files=folder)
        bad, user = number % 7 == 3, number % USERS
        start = time.monotonic()
        try:
            path = local.client.predict(
                handle_file(tmp_path / ("bad.png" if bad else f"{user}.png")), api_name="/correct"
            )
            difference = np.asarray(Image.open(path)).astype(int) - expected[user]
            right = not bad and np.abs(difference).max() <= 1  # two threads round otherwise than one
        except AppError as error:
            right = bad and "not a picture" in str(error)
        with done:
            seconds.append(time.monotonic() - start)
            memory.append(psutil.Process(server).memory_info().rss)
        return right

    with ThreadPoolExecutor(USERS) as pool:
        assert all(pool.map(ask, range(REQUESTS)))
    growth = np.median(memory[-20:]) / np.median(memory[WARM - 10 : WARM + 10]) - 1
    with capsys.disabled():
        print(f"\n{REQUESTS} requests, {USERS} at a time: median {np.median(seconds):.2f} s, memory {growth:+.1%}")
    assert growth < 0.05
