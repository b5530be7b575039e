"""Films in the browser app beside the library: the same frames through both, and the measures of films of either.

    python -m benchmarks.browser.live_film CLIP...

Frames go through the app's two workers as a camera's do, the next one read while one is drawn, but none is dropped and
none is compressed. Needs Chromium, and Playwright (`pip install -e '.[test]'`). The app is written first, which may
fetch onnxruntime-web.
"""

from __future__ import annotations

import argparse
import base64
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page

from benchmarks.browser.live import opened
from benchmarks.browser.static_host import Isolating, serving
from benchmarks.table import print_table
from gazehub.pipeline_gaze import GazePipeline
from gazehub.pipeline_video import VideoPipeline
from gazehub.web.live.export import write_app
from train.evaluation.video import Draw, decode, library, watch

MEASURES = {
    "inside the X band": "in_band",
    "second difference, after / before": "second_difference_ratio",
    "iris wander after": "wander_after",
    "openness, correlation": "openness_correlation",
    "change of closed eyes": "closed_change",
}
LOAD = """async () => {
  const { EyeContact } = await import("/eye_contact.js");
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext("2d", { alpha: false });
  globalThis.eyes = await EyeContact.load();
  globalThis.drawn = [];
  globalThis.taken = async () => {
    const { bitmap, faces } = await drawn.shift();
    [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
    return [btoa(text), faces.length ? faces[0].amount : 0];
  };
}"""
# Answers with the frame before, as the app never has more than two under way.
NEXT = """async ([path, seconds]) => {
  const bitmap = await createImageBitmap(await (await fetch(path)).blob(), { colorSpaceConversion: "none" });
  const wishes = { strength: 1, lookAway: 0, sideBySide: false };
  await new Promise((isRead) => {
    drawn.push(eyes.ask("frame", { bitmap, seconds, ...wishes }, { transfer: [bitmap], isRead }));
    drawn.at(-1).then(isRead, isRead); // its answer may overtake that
  });
  return drawn.length > 1 ? await taken() : null;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare films of the browser app with the library's.")
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--frames", type=int, help="of each clip at most so many")
    wanted = parser.parse_args()
    pipeline = GazePipeline.from_pretrained(threads=1)
    with tempfile.TemporaryDirectory() as temporary:
        app = Path(temporary)
        write_app(app)
        for clip in wanted.clips:
            with browser(app, clip) as draw:
                ways = {"library": library(VideoPipeline(pipeline)), "browser": draw}
                found = {
                    name: watch(way, pipeline.camera_coefficients, clip, wanted.frames)[0]
                    for name, way in ways.items()
                }
            rows = {
                label: [str(found[name][key]) for name in found] + [ratio(*(found[name][key] for name in found))]
                for label, key in MEASURES.items()
            }
            print_table(clip.stem, [*found, "ratio"], rows)


@contextmanager
def browser(app: Path, clip: Path) -> Iterator[Draw]:
    """Draws the frames of a clip, in their order.

    Args:
        app: the folder that `write_app` wrote.
    """
    with serving(Isolating, app) as host, opened(host.url, clip) as page:
        page.evaluate(LOAD)
        shown = app / "frame.png"
        answers = played(page, shown, clip)
        yield lambda frame, seconds: next(answers)
        shown.unlink()


def played(page: Page, shown: Path, clip: Path) -> Iterator[tuple[np.ndarray, float]]:
    for index, (seconds, frame) in enumerate(decode(clip)):
        cv2.imwrite(str(shown), frame[:, :, ::-1])
        answer = page.evaluate(NEXT, [f"/{shown.name}?{index}", seconds])
        if answer:
            yield unpacked(*answer)
    yield unpacked(*page.evaluate("taken()"))


def unpacked(text: str, amount: float) -> tuple[np.ndarray, float]:
    data = np.frombuffer(base64.b64decode(text), np.uint8)
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1]), amount


def ratio(library: float | None, browser: float | None) -> str:
    return "" if not library or browser is None else f"{browser / library:.2f}"


if __name__ == "__main__":
    main()
