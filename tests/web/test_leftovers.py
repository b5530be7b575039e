"""What is left of visitors' files when their time is over, and when the server stops."""

import json
import os
import signal
import socket
import time

import pytest
from gradio_client import Client, handle_file
from PIL import Image

from gazehub.video.clips import write_clip
from tests.web.served import GOOD, SECRET, file_data, multipart, served


def test_nothing_is_left_when_its_time_is_over(weights, one_face, tmp_path):
    Image.fromarray(one_face).save(tmp_path / f"{SECRET}.png")
    write_clip([Image.fromarray(one_face)] * 5, tmp_path / f"{SECRET}.mp4", 10)
    with served(weights, tmp_path, keep_seconds=5) as server:
        own = server.files()
        client = Client(server.address, verbose=False, download_files=str(tmp_path / "downloads"))
        photo = handle_file(tmp_path / f"{SECRET}.png")
        for endpoint, others in GOOD.items():
            client.predict(photo, *others, api_name=f"/{endpoint}")
        client.predict(handle_file(tmp_path / f"{SECRET}.mp4"), 1, False, api_name="/video")
        with socket.create_connection(("127.0.0.1", server.port)) as connection:  # an upload that breaks off
            body, kind = multipart((SECRET, bytes(10**6)))
            head = (
                f"POST /gradio_api/upload HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
            )
            connection.sendall(head.encode() + b"\r\n\r\n" + body[: len(body) // 2])
            time.sleep(0.5)
        assert len(server.files() - own) > 2  # on a busy machine the first are gone already
        deadline = time.monotonic() + 30
        while server.files() != own and time.monotonic() < deadline:
            time.sleep(0.5)
        assert server.files() == own
        assert client.predict(photo, api_name="/analyze")
        os.killpg(server.process.pid, signal.SIGINT)
        server.process.wait(20)
        assert server.files() == set()


@pytest.mark.parametrize("endpoint", ["animate", "video", None])
def test_ctrl_c_with_work_under_way_ends_cleanly(weights, one_face, tmp_path, endpoint):
    Image.fromarray(one_face).resize((2000, 2000)).save(tmp_path / "photo.png")
    write_clip([Image.fromarray(one_face)] * 200, tmp_path / "film.mp4", 25)
    with served(weights, tmp_path) as server:
        if endpoint:
            name = "film.mp4" if endpoint == "video" else "photo.png"
            path = json.loads(server.upload((name, (tmp_path / name).read_bytes()))[1])[0]
            others = [1, False] if endpoint == "video" else [0, 1, 96, "gif"]
            for _ in range(3):
                event = json.loads(
                    server.post(f"/gradio_api/call/{endpoint}", {"data": [file_data(path), *others]})[1]
                )
                assert event["event_id"]
            time.sleep(2)
        start = time.monotonic()
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.process.wait(20) == 0
        assert time.monotonic() - start < 10
        assert "Traceback" not in server.log and "Stopping." in server.log, server.log
        assert server.files() == set()
