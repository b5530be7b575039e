"""Eye contact in a browser: frames a second, delay and memory, with a file as the camera; and what each stage takes.

    python -m benchmarks.browser.live
    python -m benchmarks.browser.live --minutes 3

Needs Chromium, and Playwright (`pip install -e '.[test]'`). The app is written first, which may fetch onnxruntime-web.
"""

from __future__ import annotations

import argparse
import math
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import psutil
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.browser.static_host import Isolating, Plain, serving
from benchmarks.table import print_machine, print_table
from gazehub.web.live.export import SAMPLE, write_app

WARM_UP = 5  # seconds
FRAMES = 60  # of the clip, which starts again when it ends
SAMPLES = 9  # of memory
LIVE = """async (wishes) => {
  const { EyeContact } = await import("/eye_contact.js");
  globalThis.eyes = await EyeContact.load();
  const camera = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480, frameRate: 30 } });
  globalThis.corrected = eyes.correct(camera, wishes);
  const video = document.createElement("video");
  [video.muted, video.srcObject] = [true, corrected.stream];
  document.documentElement.append(video);
  await video.play();
}"""
MEASURE = """(seconds) => new Promise((resolve) => {
  let frames = 0;
  const [delays, work] = [[], []];
  const [taken, ask] = [eyes.ask.bind(eyes), eyes.ask];
  eyes.ask = async (kind, ...rest) => {
    const result = await taken(kind, ...rest);
    if (kind === "frame") { frames += 1; work.push(result.reading + result.drawing); delays.push(corrected.delay); }
    return result;
  };
  const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  setTimeout(() => { eyes.ask = ask; resolve([frames / seconds, middle(work), middle(delays)]); }, 1000 * seconds);
})"""
STAGES = """async (rounds) => {
  const { networkOpener } = await import("/workers/loading.js");
  const { GazeStream } = await import("/stream/stream.js");
  const spent = {};
  const open = await networkOpener();
  const timed = async (name) => {
    const network = await open(name);
    return { run: async (inputs) => {
      const began = performance.now();
      const found = await network.run(inputs);
      (spent[name] ??= []).push(performance.now() - began);
      return found;
    } };
  };
  const bitmap = await createImageBitmap(await (await fetch("/sample.jpg")).blob(), 0, 100, 512, 384);
  const canvas = new OffscreenCanvas(640, 480);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const stream = new GazeStream(timed);
  const frames = [];
  for (let i = 0; i < rounds; i++) {
    context.drawImage(bitmap, 3 * Math.sin(i / 5), 2 * Math.cos(i / 5), 640, 480);
    const frame = context.getImageData(0, 0, 640, 480);
    const began = performance.now();
    await stream.next(frame, i / 25);
    frames.push(performance.now() - began);
  }
  const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  const half = (values) => values.slice(values.length >> 1);
  const rows = Object.entries(spent).map(([name, all]) => [name, middle(half(all)), all.length / rounds]);
  return [["a frame", middle(half(frames)), 1], ...rows];
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the browser app.")
    parser.add_argument("--seconds", type=int, default=20, help="that each way is watched")
    parser.add_argument("--minutes", type=float, default=0, help="that memory is watched")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder, clip = Path(temporary) / "app", Path(temporary) / "camera.y4m"
        write_app(folder)
        write_clip(clip)
        print_machine()
        live, stages = {}, {}
        for name, handler in (("threads", Isolating), ("one thread", Plain)):
            with serving(handler, folder) as host, opened(host.url, clip) as page:
                found = page.evaluate(STAGES, 60)
                stages |= {f"{name}: {stage}": (f"{each:.1f}", f"{times:.2f}") for stage, each, times in found}
            with serving(handler, folder) as host, opened(host.url, clip) as page:
                page.evaluate(LIVE, {})
                page.wait_for_timeout(1000 * WARM_UP)
                rate, work, delay = page.evaluate(MEASURE, wanted.seconds)
                live[name] = (f"{rate:.1f}", f"{work:.0f}", f"{delay:.0f}")
                if wanted.minutes and name == "threads":
                    memory = [used()]
                    for _ in range(SAMPLES):
                        page.wait_for_timeout(wanted.minutes * 60_000 / SAMPLES)
                        memory.append(used())
        print_table("Live, 640 x 480", ["frames a second", "ms of work", "ms delay"], live)
        print_table("Stages, outside the worker", ["ms", "times a frame"], stages)
        if wanted.minutes:
            print(f"\nMB of all of Chromium over {wanted.minutes:g} minutes: {', '.join(map(str, memory))}")


def write_clip(path: Path) -> None:
    """Somebody who looks away and sways; as y4m, for to decode anything else takes time that a camera does not."""
    portrait = Image.open(SAMPLE).convert("RGB")
    with path.open("wb") as clip:
        clip.write(b"YUV4MPEG2 W640 H480 F30:1 Ip A1:1 C420jpeg\n")
        for index in range(FRAMES):
            turn = 2 * math.pi * index / FRAMES
            left, top = 12 + 6 * math.sin(turn), 100 + 4 * math.cos(turn)
            frame = portrait.resize((640, 480), Image.Resampling.BICUBIC, (left, top, left + 480, top + 360))
            clip.write(b"FRAME\n" + cv2.cvtColor(np.asarray(frame), cv2.COLOR_RGB2YUV_I420).tobytes())


@contextmanager
def opened(url: str, clip: Path) -> Iterator[Page]:
    """An empty page of the app's origin in a fresh Chromium whose camera shows a clip."""
    flags = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[*flags, f"--use-file-for-fake-video-capture={clip}"]
        )
        page = chromium.new_context(permissions=["camera"], service_workers="block").new_page()
        page.goto(url + "constants.js")
        yield page
        chromium.close()


def used() -> int:
    """Megabytes of the processes that this one started, what they share counted once."""
    processes = psutil.Process().children(recursive=True)
    return round(sum(process.memory_full_info().uss for process in processes) / 1e6)


if __name__ == "__main__":
    main()
