"""Benchmarks run, and their tables hold what they say. What they measure is no test's business."""

import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from benchmarks import command, compare, photo, size
from benchmarks.checkout import Checkout
from benchmarks.pictures import AVERTED, CAMERA, LARGE, LARGE_AVERTED, LARGER_EYES
from benchmarks.table import print_table
from benchmarks.timing import Times, Timing, busy_cores
from benchmarks.whole_face import export, network_of
from gazehub import GazePipeline
from train.baselines.whole_face import WholeFaceCorrection, erased

ROOT = Path(__file__).parents[2]


def rows(text: str) -> dict[str, list[str]]:
    """The cells of all tables in a text, by the names of their rows."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return {name: cells for name, *cells in lines}


def test_a_table_is_aligned(capsys):
    print_table("Title", ["one", "two"], {"a": [1, "long cell"], "longer": [2.5, 3]})
    title, _, *lines = capsys.readouterr().out.strip().splitlines()
    assert title == "Title" and {len(line) for line in lines} == {len(lines[0])}
    assert rows("\n".join(lines)) == {
        "": ["one", "two"],
        "------": ["--:", "--------:"],
        "a": ["1", "long cell"],
        "longer": ["2.5", "3"],
    }


def test_times_are_those_of_the_function():
    times = Times()
    times.time("long", lambda: time.sleep(0.03))
    times.time("short", lambda: None)
    assert times["long"].median >= 30 and times["short"].low <= times["short"].median <= times["short"].high
    assert times.ratio("long", "short") > 1
    assert str(Timing(12.345, 9.87, 20)) == "12.3 (9.9-20.0)"


def test_a_busy_core_is_free_again_afterwards():
    before = psutil.Process().children()
    with busy_cores(1):
        (busy,) = set(psutil.Process().children()) - set(before)
        assert sum(busy.cpu_times()[:2]) > 0
    assert not busy.is_running()


@pytest.fixture(scope="module")
def pipes():
    return {threads: GazePipeline.from_pretrained(threads=threads) for threads in photo.THREADS}


def test_the_stages_of_a_photo(pipes, one_face, capsys):
    averted = np.array(pipes[1].redirect(one_face, 20, 0).image)
    photo.print_stages(pipes[1], {CAMERA: one_face, AVERTED: averted}, rounds=1)
    table = rows(capsys.readouterr().out)
    assert table["looks"] == ["X", "Y"] and table["eye width, pixels"] == ["18", "18"]
    whole, landmarks = (
        [float(cell.split()[0]) for cell in table[name]] for name in ("photo, end to end", "landmarks")
    )
    assert all(0 < part < entire for part, entire in zip(landmarks, whole))


def test_threads_and_busy_cores(pipes, one_face, capsys):
    names = (CAMERA, AVERTED, LARGER_EYES, LARGE, LARGE_AVERTED)
    photo.print_threads(pipes, dict.fromkeys(names, one_face), rounds=1)
    table = rows(capsys.readouterr().out)
    assert len(table["slider step"]) == 4 and len(table["slow-down by a busy core, 2 threads"]) == 6
    assert len(table[f"{LARGE} / {LARGER_EYES}"]) == 2


def test_two_checkouts_get_the_same_pixels(one_face, tmp_path, capsys):
    np.save(tmp_path / "camera", one_face)
    sides = {"other": Checkout.this(), "this": Checkout.this()}
    compare.compare(sides, tmp_path, [("photo", "camera"), ("slider", "camera")], threads=1, busy=[0], rounds=1)
    table = rows(capsys.readouterr().out)
    for name in ("photo, at camera", "slider, at camera"):
        looks, other, this, ratio = table[name]
        assert looks == "X, X" and re.fullmatch(r"\d+\.\d\d", ratio)
        assert float(ratio) == pytest.approx(float(this.split()[0]) / float(other.split()[0]), abs=0.05)


def test_what_is_no_checkout_is_refused(tmp_path, capsys):
    assert compare.main([str(tmp_path)]) == 2
    assert "is no checkout of gazehub" in capsys.readouterr().err


def test_another_checkout_that_fails_says_why(tmp_path, capsys):
    (tmp_path / "gazehub").mkdir()
    (tmp_path / "gazehub" / "__init__.py").write_text("import a_missing_library")
    assert compare.main([str(tmp_path)]) == 2
    assert "No module named 'a_missing_library'" in capsys.readouterr().err
    assert command.main([str(tmp_path), "--runs", "1"]) == 2
    assert "No module named 'a_missing_library'" in capsys.readouterr().err


MEASURE = """
from benchmarks.checkout import Checkout
from benchmarks.command import run
usage = run(Checkout.this(), ["-c", "held = bytearray(60_000_000)\\nfor i in range(10**6): pass\\nprint(7)"])
print(usage.output.strip(), usage.cpu, usage.wall, usage.peak)
"""


def test_what_a_process_takes():
    """Measured from a small process, as the command does: the peak of a child begins with its parent's memory."""
    done = subprocess.run([sys.executable, "-c", MEASURE], cwd=ROOT, capture_output=True, text=True, check=True)
    output, cpu, wall, peak = done.stdout.split()
    assert output == "7" and float(cpu) > 0.01 and float(wall) > 0
    assert 60 < float(peak) < 300


def test_sizes_add_up(capsys):
    size.print_sizes({f"package-{number}": float(number) for number in range(12)})
    table = rows(capsys.readouterr().out)
    assert table["all"] == ["66"] and table["package-11"] == ["11.0"] and table["4 others"] == ["6.0"]


@pytest.mark.parametrize("pixels", [256, 512])
def test_the_whole_face_network_runs_at_both_sizes(pixels, tmp_path):
    export(WholeFaceCorrection(width=2, size=pixels), tmp_path / "network.onnx")
    drawn = network_of(tmp_path / "network.onnx", pixels, threads=1)()
    assert drawn.shape == (1, 3, pixels, pixels)
    context = np.random.default_rng(0).uniform(-1, 1, drawn.shape).astype(np.float32)
    kept = erased(pixels).numpy()[0, 0] == 0
    assert np.array_equal(drawn[..., kept], context[..., kept]) and not np.allclose(drawn, context)
    assert (~kept).sum() == 2 * 50 * 30 * (pixels // 256) ** 2


def test_a_larger_face_keeps_the_names_of_the_network():
    small, large = WholeFaceCorrection(width=8).state_dict(), WholeFaceCorrection(width=8, size=512).state_dict()
    differ = [name for name in small if small[name].shape != large[name].shape]
    assert list(small) == list(large) and differ == ["narrow.weight", "widen.weight", "widen.bias"]
    assert torch.Size([256, 8 * 32 * 64]) == small["narrow.weight"].shape
