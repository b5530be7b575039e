"""Throw changed files at `load_image`: `python -m tests.files.fuzz_images --mutations 100000`.

Whatever is not a picture or an `ImageError` of one sentence is kept in a folder, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import random
import signal
import sys
import tempfile
import time
import traceback
import zlib
from collections import Counter
from pathlib import Path

from PIL import Image

from gazehub.files.images import ImageError, load_image
from tests.files.good_files import PNG, good_files

TOO_SLOW = 20  # seconds
EXTREMES = [
    b"\0",
    b"\xff",
    b"\x7f\xff",
    b"\xff\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\0\0\0\1",
]


class Hangs(BaseException):
    """Not an `Exception`, so that nobody catches it."""


def is_sentence(text: str) -> bool:
    """Whether this can be shown to a person as it is."""
    return text.isprintable() and text.endswith(".") and not text.endswith("..") and 10 < len(text) < 500


def mutated(files: list[bytes], chance: random.Random) -> bytes:
    """One of the files, changed in one to eight places, most of them near its start."""
    data = bytearray(chance.choice(files))
    for _ in range(1 + int(chance.expovariate(0.7)) % 8):
        start = int(len(data) * chance.random() ** chance.choice((1, 3, 6)))
        length = 1 + int(chance.expovariate(0.1))
        kind = chance.randrange(8)
        if kind == 0 and start < len(data):
            data[start] ^= 1 << chance.randrange(8)
        elif kind == 1:
            data[start : start + length] = chance.randbytes(length)
        elif kind == 2:
            extreme = chance.choice(EXTREMES)
            extreme = extreme[::-1] if chance.random() < 0.5 else extreme
            data[start : start + len(extreme)] = extreme
        elif kind == 3:
            del data[start : start + length]
        elif kind == 4:
            data[start:start] = chance.randbytes(length)
        elif kind == 5:
            data[start:start] = data[start : start + length]
        elif kind == 6:
            other = chance.choice(files)
            where = chance.randrange(len(other))
            data[start : start + length] = other[where : where + length]
        elif chance.random() < 0.3:
            del data[start:]
    return with_right_check_sums(bytes(data)) if chance.random() < 0.7 else bytes(data)


def with_right_check_sums(data: bytes) -> bytes:
    """PNG chunks as a careful forger would leave them; other files as they are."""
    if not data.startswith(PNG):
        return data
    changed, start = bytearray(data), len(PNG)
    while start + 12 <= len(data):
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        if end > len(data):
            break
        changed[end - 4 : end] = zlib.crc32(data[start + 4 : end - 4]).to_bytes(4, "big")
        start = end
    return bytes(changed)


def outcome(path: Path) -> tuple[str, bool]:
    """What became of a file, in a word or two, and whether that is as it should be."""
    try:
        image = load_image(path)
        return "opened", image.mode == "RGB" and len(image.tobytes()) == 3 * image.width * image.height
    except ImageError as error:
        cause = type(error.__cause__).__name__ if error.__cause__ else "own check"
        return f"refused: {cause}", is_sentence(str(error))
    except Hangs:
        return "hangs", False
    except BaseException as error:
        traceback.print_exc()
        return f"escaped: {type(error).__name__}", False


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"), help="folder for the files that fail")
    args = parser.parse_args(arguments)
    faulthandler.enable()
    signal.signal(signal.SIGALRM, _hang)
    Image.init()
    chance, files = random.Random(args.seed), list(good_files().values())
    counts, slowest, failed = Counter(), 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.jpg"
        for number in range(args.mutations):
            data = mutated(files, chance)
            path.write_bytes(data)
            start = time.perf_counter()
            signal.alarm(TOO_SLOW)
            word, right = outcome(path)
            signal.alarm(0)
            slowest = max(slowest, time.perf_counter() - start)
            counts[word] += 1
            if not right:
                failed += 1
                args.keep.mkdir(exist_ok=True)
                (args.keep / f"{args.seed}-{number}-{word.replace(': ', '-')}").write_bytes(data)
            if (number + 1) % 5000 == 0:
                print(f"{number + 1} done, {failed} failed", file=sys.stderr, flush=True)
    print(json.dumps({"failed": failed, "slowest, s": round(slowest, 2), **dict(counts.most_common())}, indent=2))
    return 1 if failed else 0


def _hang(*_) -> None:
    raise Hangs


if __name__ == "__main__":
    sys.exit(main())
