"""A server in a process of its own, whose memory, log and temporary files can be looked at; and raw requests to it."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from contextlib import contextmanager
from pathlib import Path

from tests.web.browser import free_port

ROOT = Path(__file__).parents[2]
SERVE = """
import sys
from gazehub import GazePipeline
from gazehub.web.server import serve
serve(GazePipeline.from_pretrained(sys.argv[1]), server_port=int(sys.argv[2]), keep_seconds=float(sys.argv[3]))
"""
SECRET = "very-private-name"  # of every file that is sent
# What every endpoint takes after the photo.
GOOD = {"correct": [1.0, "both"], "redirect": [5.0, 5.0, "both"], "animate": [0, 1, 2, "gif"], "analyze": []}


class Served:
    """
    Args:
        folder: the server's temporary files are below it, and its log.
    """

    def __init__(self, process: subprocess.Popen, port: int, folder: Path) -> None:
        self.process, self.folder = process, folder
        self.address, self.port = f"http://127.0.0.1:{port}", port

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def files(self) -> set[Path]:
        """Of visitors, wherever they are."""
        return {path for path in (self.folder / "tmp").rglob("*") if path.is_file()}

    def post(self, path: str, data: object, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and text of what is said to JSON, or to bytes as they are."""
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self.address + path, body, headers), timeout=60
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def upload(self, *files: tuple[str, bytes], headers: dict[str, str] | None = None) -> tuple[int, str]:
        body, kind = multipart(*files)
        return self.post("/gradio_api/upload", body, {"Content-Type": kind, **(headers or {})})

    def call(self, endpoint: str, *data: object) -> str:
        """What a named endpoint says, as server-sent events."""
        status, text = self.post(f"/gradio_api/call/{endpoint}", {"data": list(data)})
        if status != 200:
            return text
        event = json.loads(text)["event_id"]
        with urllib.request.urlopen(f"{self.address}/gradio_api/call/{endpoint}/{event}", timeout=60) as answer:
            return answer.read().decode()

    def queue(self, index: int, *data: object, event_data: object = None) -> dict:
        """What a handler of the page says: the last message about it."""
        session = uuid.uuid4().hex
        body = {"data": list(data), "fn_index": index, "session_hash": session, "event_data": event_data}
        status, text = self.post("/gradio_api/queue/join", body)
        if status != 200:
            return {"refused": text}
        with urllib.request.urlopen(f"{self.address}/gradio_api/queue/data?session_hash={session}") as answer:
            for line in answer:
                if line.startswith(b"data:"):
                    message = json.loads(line[5:])
                    if message["msg"] == "process_completed":
                        return message
        return {"ended": True}


def multipart(*files: tuple[str, bytes]) -> tuple[bytes, str]:
    """A body with files, and its content type."""
    parts = []
    for name, data in files:
        head = f'--bound\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        parts.append(head.encode() + data + b"\r\n")
    return b"".join(parts) + b"--bound--\r\n", "multipart/form-data; boundary=bound"


def file_data(path: str) -> dict:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


@contextmanager
def served(weights, folder: Path, keep_seconds: float = 1000):
    port = free_port()
    (folder / "tmp").mkdir()
    env = {**os.environ, "TMPDIR": str(folder / "tmp"), "PYTHONUNBUFFERED": "1"}
    env.pop("GRADIO_TEMP_DIR", None)  # of this process's own page
    with open(folder / "log", "w") as log:
        command = [sys.executable, "-c", SERVE, str(weights), str(port), str(keep_seconds)]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True)
    server = Served(process, port, folder)
    try:
        while "Running on" not in server.log:
            assert process.poll() is None, server.log
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                pass
        yield server
    finally:
        process.kill()
        process.wait()
