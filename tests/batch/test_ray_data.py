"""The same folders through Ray Data, on this machine."""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil
from PIL import Image

from tests.batch.conftest import lines, pictures, stamps, start, wait_for_lines

CLUSTER = """
import ray, sys
ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False)
print(ray.get_runtime_context().gcs_address, flush=True)
sys.stdin.read()
"""
LIMIT = 800 * 2**20  # bytes: more than a photo of 512 pixels takes, less than one of 90 megapixels


def test_ray_does_what_one_process_does_and_goes_on(photos, plain, tmp_path):
    """Though an earlier run left some of it, and one photo kills its workers, on a machine with little memory."""
    folder, out = tmp_path / "photos", tmp_path / "out"
    shutil.copytree(photos, folder)
    Image.new("RGB", (9500, 9500), "gray").save(folder / "huge.png", compress_level=1)
    out.mkdir()
    for name in ("photo_00.jpg", "photo_01.jpg", "two.png"):
        shutil.copy(plain / name, out)
    before = stamps(out)
    report = (plain / "gazehub.csv").read_text().replace(str(photos), str(folder)).splitlines(keepends=True)
    kept = [line for line in report if line.startswith("file,") or any(f"/{name}," in line for name in before)]
    (out / "gazehub.csv").write_text("".join(kept))
    process, killed = start(folder, out, "--ray", "--workers", "1"), 0
    with ThreadPoolExecutor(1) as reader:
        errors = reader.submit(process.communicate)
        while not errors.done():
            killed += kill_the_large(process)
            time.sleep(0.02)
        errors = errors.result()[1]
    assert process.returncode == 2 and killed == 3, errors
    assert "Warning" not in errors and "Traceback" not in errors and errors.count("gazehub:") == 3
    assert "died 3 times" in lines(out).pop("huge.png")["error"]
    expected = {name: {**row, "file": str(folder / name)} for name, row in lines(plain).items()}
    assert {name: {**row, "error": ""} for name, row in lines(out).items() if name != "huge.png"} == {
        name: {**row, "error": ""} for name, row in expected.items()
    }
    assert pictures(out) == pictures(plain) and before.items() <= stamps(out).items()


def kill_the_large(process):
    with suppress(psutil.NoSuchProcess):  # one that ended since the list was made
        for child in psutil.Process(process.pid).children(recursive=True):
            if "MapWorker" in " ".join(child.cmdline()) and child.memory_info().rss > LIMIT:
                child.kill()
                psutil.wait_procs([child], timeout=5)
                return 1
    return 0


def test_weights_that_are_not_there_are_one_line(photos, tmp_path):
    process = start(photos, tmp_path / "out", "--ray", "--workers", "1", "--weights", tmp_path / "none")
    errors = process.communicate()[1].replace("\r", "\n")
    assert process.returncode == 2 and errors.count("gazehub:") == 1 and "There is no folder" in errors
    assert "Traceback" not in errors and not (tmp_path / "out").exists()


def test_urls_through_ray(photos, plain, tmp_path):
    out = tmp_path / "out"
    process = start(f"file://{photos}", f"file://{out}", "--ray", "--workers", "2")
    errors = process.communicate()[1]
    assert process.returncode == 2, errors
    assert pictures(out) == pictures(plain)
    (report,) = out.glob("gazehub-*.csv")
    with open(report, newline="") as file:
        rows = {row["file"].rsplit("/", 1)[-1]: row for row in csv.DictReader(file)}
    for name, row in lines(plain).items():
        assert rows[name]["file"] == f"file://{photos}/{name}"
        same = [column for column in row if column not in ("file", "error")]  # errors name the file
        assert {column: rows[name][column] for column in same} == {column: row[column] for column in same}
    before = stamps(out)
    process = start(f"file://{photos}", f"file://{out}", "--workers", "1")
    errors = process.communicate()[1]
    assert stamps(out) == before and errors.count("broken.jpg is not") == 1 and "1 of the photos" in errors


def test_without_the_extra_it_says_what_to_install(photos, tmp_path):
    (tmp_path / "ray.py").write_text("raise ImportError('No module named ray')\n")
    process = start(photos, tmp_path / "out", "--ray", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    errors = process.communicate()[1]
    assert process.returncode == 2 and "pip install 'gazehub[scale]'" in errors and "Traceback" not in errors
    assert not (tmp_path / "out").exists()


def test_a_cluster_that_is_not_there_is_one_sentence(photos, tmp_path):
    there = [each for each in psutil.process_iter(["name"]) if each.info["name"] == "gcs_server"]
    assert not psutil.wait_procs(there, timeout=60)[1]  # of the tests before
    process = start(photos, tmp_path / "out", "--ray", "auto")
    errors = process.communicate()[1]
    assert process.returncode == 2 and "There is no Ray at auto" in errors and "Traceback" not in errors


def test_a_cluster_that_goes_away_is_one_sentence(photos, plain, tmp_path):
    """And what it had done isn't done again."""
    out = tmp_path / "out"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    # A local cluster lets in who looks for one and not who has its address; a lost one is waited for, for a minute.
    env = {**os.environ, "RAY_AUTH_MODE": "disabled", "RAY_gcs_rpc_server_reconnect_timeout_s": "2"}
    cluster = subprocess.Popen([sys.executable, "-c", CLUSTER], env=env, **pipes)
    try:
        process = start(photos, out, "--ray", cluster.stdout.readline().strip(), "--workers", "1", env=env)
        wait_for_lines(out, 2, process)
    finally:
        for each in psutil.Process(cluster.pid).children(recursive=True):
            each.kill()
        cluster.communicate()  # it reads no more, so it ends
    errors = process.communicate()[1]
    said = re.findall("went away|gave up", errors)  # by what dies first
    assert process.returncode == 2 and len(said) == 1 and "Traceback" not in errors, errors
    before = stamps(out)
    assert 0 < len(before) < len(pictures(plain))
    assert start(photos, out).wait() == 2
    assert before.items() <= stamps(out).items() and pictures(out) == pictures(plain)


def test_ctrl_c_takes_ray_down(photos, tmp_path):
    out = tmp_path / "out"
    process = start(photos, out, "--ray", "--workers", "1", start_new_session=True)
    wait_for_lines(out, 2, process)
    started = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    errors = process.communicate(timeout=60)[1]
    assert process.returncode in (130, -signal.SIGINT) and "Traceback" not in errors, errors
    assert not psutil.wait_procs(started, timeout=10)[1]
