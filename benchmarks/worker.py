"""Times the public calls of whichever gazehub it finds, on command: one half of `benchmarks.compare`.

A script, run with the interpreter of a checkout, so it imports nothing of the rest of this folder and uses only what
every version has. Photos and steps of the slider end as PIL images. Its first line of output, JSON, says what it runs;
then each line of input "MEASURE PICTURE CALLS" gets one line of output, the seconds of each call after one to warm up.
"""

import inspect
import json
import os
import sys
import time
from pathlib import Path

import numpy as np


def main(folder: str, threads: int) -> None:
    """
    Args:
        folder: with the pictures as NAME.npy.
        threads: of the processor to use; 0 for whatever is the default.
    """
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # libraries may print; answers stay by themselves
    import gazehub

    pipe = _pipeline(gazehub.GazePipeline, threads)
    images = {path.stem: np.load(path) for path in Path(folder).glob("*.npy")}
    encodings = {name: pipe.encode(image) for name, image in images.items()}
    looks = {name: encoding.faces[0].domain for name, encoding in encodings.items()}
    print(json.dumps({"package": str(Path(gazehub.__file__).parent), "looks": looks}), file=answers)
    measures = {
        "photo": lambda name: pipe.correct(images[name]).image,
        "encode": lambda name: pipe.encode(images[name]),
        "slider": lambda name: encodings[name].redirect(20, 5).image,
    }
    for line in sys.stdin:
        measure, name, calls = line.split()
        seconds = []
        for _ in range(int(calls) + 1):
            start = time.perf_counter()
            measures[measure](name)
            seconds.append(time.perf_counter() - start)
        print(json.dumps(seconds[1:]), file=answers)


def _pipeline(kind: type, threads: int) -> object:
    if not threads:
        return kind.from_pretrained()
    import cv2

    cv2.setNumThreads(threads)
    if "threads" in inspect.signature(kind.from_pretrained).parameters:
        return kind.from_pretrained(threads=threads)
    import torch  # before it had a runtime of its own, gazehub ran in torch

    torch.set_num_threads(threads)
    return kind.from_pretrained()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
