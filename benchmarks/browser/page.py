"""``python -m benchmarks.browser.page``: how long a visitor of the web page waits, in a headless Chromium, and how
much memory the server takes while twenty visitors hold photos of 24 megapixels.
It needs the extra `test` and Chromium.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from gazehub.web.samples import SAMPLES

VISITORS, AT_A_TIME, LARGE = 20, 4, (6000, 4000)
# Called with a selector, it tells when the picture there is decoded after another one than before.
NEXT_PICTURE = """(selector) => new Promise((resolve) => {
  const image = document.querySelector(selector);
  const seen = new MutationObserver(async () => {
    seen.disconnect();
    await image.decode();
    resolve(performance.now());
  });
  seen.observe(image, { attributes: true, attributeFilter: ["src"] });
  window.started = performance.now();
  %s
})"""
PULL = "document.querySelector('#pad .plane').dispatchEvent(new KeyboardEvent('keydown', { key: '%s' }));"


@contextmanager
def served() -> Iterator[tuple[str, psutil.Process]]:
    """The address of a server in a process of its own, and the process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = "import sys; from gazehub import GazePipeline; from gazehub.web.server import serve; "
    code += "serve(GazePipeline.from_pretrained(), server_port=int(sys.argv[1]))"
    process = subprocess.Popen([sys.executable, "-u", "-c", code, str(port)], stdout=subprocess.PIPE, text=True)
    next(line for line in process.stdout if "Running on" in line)
    try:
        yield f"http://127.0.0.1:{port}", psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def waits(address: str, folder: Path, times: int) -> dict[str, float]:
    """Median seconds from a choice or a move to the picture on the screen."""
    head = Image.open(SAMPLES[0].path)
    found: dict[str, list[float]] = {"upload, 512 px": [], "upload, 4,000 px": [], "pad, 512 px": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector("#stage .after[src]")
        page.wait_for_timeout(3000)
        for number in range(times):
            for side in (4000, 512):
                path = folder / f"{side}-{number}.jpg"
                head.resize((side, side)).rotate(number / 10).save(path, quality=95)
                found[f"upload, {side:,} px"].append(_upload(page, path))
                page.wait_for_timeout(500)
            for key in ("ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"):
                done = page.evaluate(NEXT_PICTURE % (PULL % key), "#stage .after")
                found["pad, 512 px"].append((done - page.evaluate("started")) / 1000)
        browser.close()
    return {name: median(seconds) for name, seconds in found.items()}


def _upload(page: Page, path: Path) -> float:
    page.evaluate(f"selector => {{ window.next = ({NEXT_PICTURE % ''})(selector); }}", "#stage .after")
    page.set_input_files("#photo input[type=file]", str(path))
    return (page.evaluate("next") - page.evaluate("started")) / 1000


def memory(address: str, process: psutil.Process, folder: Path) -> dict[str, float]:
    """MB of the server: before any visitor, the most while they come, and when all are there."""
    taken, over = {"memory, no visitor": process.memory_info().rss / 1e6}, threading.Event()
    most = [0.0]

    def watch() -> None:
        while not over.wait(0.02):
            most[0] = max(most[0], process.memory_info().rss / 1e6)

    threading.Thread(target=watch, daemon=True).start()
    with urllib.request.urlopen(f"{address}/config") as answer:
        calls = json.load(answer)["dependencies"]
    opening = next(call["id"] for call in calls if call["api_name"] == "open")
    photos = [folder / f"visitor-{number}.jpg" for number in range(VISITORS)]
    for number, photo in enumerate(photos):
        Image.open(SAMPLES[0].path).resize((LARGE[1], LARGE[1])).rotate(number / 10).crop((-1000, 0, 5000, 4000)).save(
            photo, quality=92
        )
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(lambda photo: _visit(address, opening, photo), photos))
    over.set()
    return taken | {
        f"memory, {VISITORS} visitors, at most": most[0],
        f"memory, {VISITORS} visitors": process.memory_info().rss / 1e6,
    }


def _visit(address: str, opening: int, photo: Path) -> None:
    """Upload and open a photo as the page does."""
    body = b'--bound\r\nContent-Disposition: form-data; name="files"; filename="photo.jpg"\r\n\r\n'
    body += photo.read_bytes() + b"\r\n--bound--\r\n"
    path = _post(f"{address}/gradio_api/upload", body, "multipart/form-data; boundary=bound")[0]
    session = uuid.uuid4().hex
    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}]
    call = {"data": data, "fn_index": opening, "session_hash": session}
    _post(f"{address}/gradio_api/queue/join", json.dumps(call).encode(), "application/json")
    with urllib.request.urlopen(f"{address}/gradio_api/queue/data?session_hash={session}") as answer:
        for line in answer:
            if b"process_completed" in line:
                assert json.loads(line[5:])["success"], line[:300]
                return


def _post(address: str, body: bytes, kind: str):
    with urllib.request.urlopen(urllib.request.Request(address, body, {"Content-Type": kind})) as answer:
        return json.load(answer)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7, help="uploads of each size (default: %(default)s)")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder, served() as (address, process):
        for name, seconds in waits(address, Path(folder), times).items():
            print(f"{name}: {seconds * 1000:.0f} ms", flush=True)
        for name, size in memory(address, process, Path(folder)).items():
            print(f"{name}: {size:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
