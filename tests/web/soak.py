"""Sixteen visitors for a long while: `python -m tests.web.soak [--requests 1000]`.

They send photos and clips, and what is none of them, to a server of its own process. Everyone must get back what is
theirs, every refusal must be a sentence, memory must stay, and files must go. Prints the figures, and exits with 1 if
one of these does not hold.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from PIL import Image
from skimage.data import astronaut

from gazehub.faces.landmarker import FaceLandmarker
from tests.files.fuzz_images import is_sentence
from tests.videos import decoded, make_video
from tests.web.served import Served, file_data, served

VISITORS = 16
MIX = {"correct": 30, "redirect": 20, "analyze": 15, "animate": 8, "video": 5, "bad file": 10, "bad value": 15}
STRIP = 40  # rows at the bottom of a photo that show whose it is
CLIP_SIDE = 256
CLOSE = 40  # of 255: as near as the colours of clips and GIFs come
FOREIGN = ({"path": "/etc/passwd"}, file_data("http://127.0.0.1:9/x.png"), None, "text", 7)


@dataclass(frozen=True, eq=False)
class Visitor:
    """
    Args:
        colour: (3,) uint8 of the strip.
        photo: (512, 512, 3) uint8.
        left: of the face's box.
        clip: an MP4.
    """

    colour: np.ndarray
    photo: np.ndarray
    left: float
    clip: bytes

    @classmethod
    def number(cls, number: int, folder: Path, landmarker: FaceLandmarker) -> Visitor:
        colour = np.array([85 * (number % 4), 85 * (number // 4), 128], np.uint8)
        photo = np.roll(astronaut(), 5 * number, axis=1)
        photo[-STRIP:] = colour
        part = np.concatenate([photo[: CLIP_SIDE - STRIP, 100 : 100 + CLIP_SIDE], photo[-STRIP:, :CLIP_SIDE]])
        path = make_video(folder / f"{number}.mp4", np.array([part] * 3), (0, 40, 80))
        return cls(colour, photo, landmarker(photo)[0].box[0], path.read_bytes())


@dataclass
class Figures:
    """What came of it.

    Args:
        kinds: how many requests of each.
        wrong: what should not have been.
        memory: of the server after each request, bytes.
        seconds: that each request took.
        left: files of visitors after the clean-up.
    """

    kinds: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    left: int = 0

    @property
    def growth(self) -> float:
        """Of memory, from the second fifth of the requests to the last."""
        fifth = max(1, len(self.memory) // 5)
        return float(np.median(self.memory[-fifth:]) / np.median(self.memory[fifth : 2 * fifth]) - 1)

    @property
    def curve(self) -> str:
        """Median memory of each tenth of the requests, MB."""
        return " ".join(f"{np.median(tenth) / 2**20:.0f}" for tenth in np.array_split(self.memory, 10))

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kinds.items()))
        return (
            f"{len(self.seconds)} requests of {VISITORS} visitors ({kinds}): median {np.median(self.seconds):.2f} s, "
            f"longest {max(self.seconds):.1f} s; memory {self.curve} MB by tenths, {self.growth:+.1%}; "
            f"{self.left} files left; {len(self.wrong)} wrong"
        )


def soak(server: Served, requests: int, folder: Path, wait: float) -> Figures:
    """
    Args:
        folder: for files of the visitors.
        wait: seconds after which the server's files should be gone.
    """
    landmarker, figures, dice = FaceLandmarker(threads=1), Figures(), random.Random(0)
    visitors = [Visitor.number(number, folder, landmarker) for number in range(VISITORS)]
    kinds = dice.choices(list(MIX), MIX.values(), k=requests)
    process = psutil.Process(server.process.pid)

    def ask(number: int) -> None:
        kind, visitor, start = kinds[number], visitors[number % VISITORS], time.monotonic()
        try:
            wrong = ASKED[kind](server, visitor, random.Random(number))
        except Exception as error:  # a request that fails must not end the others
            wrong = repr(error)
        figures.seconds.append(time.monotonic() - start)
        figures.memory.append(process.memory_info().rss)
        figures.kinds[kind] += 1
        if wrong:
            figures.wrong.append(f"{number} {kind}: {wrong}")

    with ThreadPoolExecutor(VISITORS) as pool:
        list(pool.map(ask, range(requests)))
    if "Traceback" in server.log:
        figures.wrong.append("a traceback in the log")
    deadline = time.monotonic() + wait
    while (left := files_left(server)) and time.monotonic() < deadline:
        time.sleep(0.5)
    figures.left = left
    return figures


def files_left(server: Served) -> int:
    """While others delete them."""
    return sum(len(names) for _, _, names in os.walk(server.folder / "tmp"))


# What a visitor does; each returns what was wrong, or None


def correct(server: Served, visitor: Visitor, dice: random.Random) -> str | None:
    return picture(server, visitor, "correct", dice.choice([1.0, 0.5]), "both")


def redirect(server: Served, visitor: Visitor, dice: random.Random) -> str | None:
    return picture(server, visitor, "redirect", dice.uniform(-20, 20), 0, "both")


def picture(server: Served, visitor: Visitor, endpoint: str, *values: object) -> str | None:
    found = answer(server, endpoint, upload(server, "photo.png", png(visitor.photo)), *values)
    if isinstance(found, str):
        return found
    pixels = np.asarray(Image.open(io.BytesIO(download(server, found))).convert("RGB"))
    if pixels.shape != visitor.photo.shape or (pixels[-STRIP:] != visitor.colour).any():
        return "somebody else's picture"
    return None


def analyze(server: Served, visitor: Visitor, dice: random.Random) -> str | None:
    found = answer(server, "analyze", upload(server, "photo.png", png(visitor.photo)))
    if isinstance(found, str):
        return found
    return None if abs(found[0]["box"][0] - visitor.left) < 2 else "somebody else's face"


def animate(server: Served, visitor: Visitor, dice: random.Random) -> str | None:
    sent = upload(server, "photo.png", png(visitor.photo))
    return moving(server, visitor, "animate", sent, 0, 1, 4, dice.choice(["gif", "mp4"]))


def video(server: Served, visitor: Visitor, dice: random.Random) -> str | None:
    return moving(server, visitor, "video", upload(server, "clip.mp4", visitor.clip), 1.0, False)


def moving(server: Served, visitor: Visitor, endpoint: str, *values: object) -> str | None:
    found = answer(server, endpoint, *values)
    if isinstance(found, str):
        return found
    with tempfile.NamedTemporaryFile(suffix=Path(found["path"]).suffix) as file:
        file.write(download(server, found))
        file.flush()
        if file.name.endswith(".gif"):
            pixels = np.asarray(Image.open(file.name).convert("RGB"))
        else:
            pixels = decoded(file.name)[0].to_ndarray(format="rgb24")
    strip = pixels[-STRIP // 2 :].astype(int)
    return None if np.abs(strip - visitor.colour).max() < CLOSE else "somebody else's clip"


def bad_file(server: Served, visitor: Visitor, dice: random.Random) -> str | None:
    whole = png(visitor.photo)
    data = dice.choice([b"", b"not a picture", whole[: len(whole) // 3], png(np.zeros((1, 3000, 3), np.uint8))])
    return refused(answer(server, dice.choice(["correct", "analyze"]), upload(server, "bad.png", data)))


def bad_value(server: Served, visitor: Visitor, dice: random.Random) -> str | None:
    if dice.random() < 0.5:
        return refused(answer(server, "correct", dice.choice(FOREIGN)))
    sent = upload(server, "photo.png", png(visitor.photo))
    return refused(answer(server, "correct", sent, *dice.choice([(7, "both"), (None, "both"), (1.0, "middle")])))


ASKED: dict[str, Callable[[Served, Visitor, random.Random], str | None]] = {
    "correct": correct,
    "redirect": redirect,
    "analyze": analyze,
    "animate": animate,
    "video": video,
    "bad file": bad_file,
    "bad value": bad_value,
}


def answer(server: Served, endpoint: str, *values: object) -> object:
    """What an endpoint returns; the sentence, or what stands in its place, where it refuses."""
    events = server.call(endpoint, *values)
    lines = events.splitlines()
    data = json.loads([line[6:] for line in lines if line.startswith("data: ")][-1])
    if [line[7:] for line in lines if line.startswith("event: ")][-1] == "complete":
        return data[0]
    return str(data["error"] if isinstance(data, dict) else data)


def refused(found: object) -> str | None:
    if not isinstance(found, str):
        return "it was taken"
    return None if is_sentence(found) and "passwd" not in found else f"no sentence: {found}"


def upload(server: Served, name: str, data: bytes) -> dict:
    status, text = server.upload((name, data))
    if status != 200:
        raise ValueError(f"upload: {status} {text}")
    return file_data(json.loads(text)[0])


def download(server: Served, file: dict) -> bytes:
    with urllib.request.urlopen(f"{server.address}/gradio_api/file={file['path']}", timeout=60) as response:
        return response.read()


def png(pixels: np.ndarray) -> bytes:
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "PNG", compress_level=1)
    return encoded.getvalue()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.web.soak", description=__doc__.split("\n")[0])
    parser.add_argument("--requests", type=int, default=1000, help="default: 1000")
    parser.add_argument("--keep", type=float, default=120, help="seconds for which the server keeps files")
    parser.add_argument("--weights", default="gazehub/weights", help="default: those of the package")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as place:
        (folder := Path(place, "visitors")).mkdir()
        with served(args.weights, Path(place), args.keep) as server:
            figures = soak(server, args.requests, folder, 2 * args.keep + 30)
    print(figures, *figures.wrong, sep="\n")
    return int(bool(figures.wrong or figures.left or figures.growth >= 0.05))


if __name__ == "__main__":
    sys.exit(main())
