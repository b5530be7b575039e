"""Folders of photos by one process and by several, stopped and gone on with: real processes, really killed."""

import os
import signal
import subprocess
import threading
import time

import psutil
import pytest
from PIL import Image

from gazehub.batch.processes import correct_in_processes
from gazehub.batch.worker import FAILED, WRITTEN, Order
from tests.batch.conftest import lines, pictures, stamps, start, wait_for_lines


def workers_of(process):
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def assert_whole(out, plain):
    assert pictures(out) == pictures(plain) and lines(out) == lines(plain)
    assert not (out / ".gazehub-parts").exists()


def test_two_workers_do_what_one_process_does(photos, plain, tmp_path):
    process = start(photos, tmp_path, "--workers", "2")
    errors = process.communicate()[1]
    assert process.returncode == 2
    assert_whole(tmp_path, plain)
    told = [line for line in errors.replace("\r", "\n").split("\n") if "gazehub:" in line]
    assert len(told) == 2 and any("broken.jpg" in line for line in told) and any("wall.png" in line for line in told)


def test_a_killed_command_goes_on_where_it_was(photos, plain, tmp_path):
    process = start(photos, tmp_path, "--workers", "2")
    wait_for_lines(tmp_path, 5, process)
    orphans = workers_of(process)
    process.kill()
    process.wait()
    psutil.wait_procs(orphans, timeout=20)
    assert not any(orphan.is_running() for orphan in orphans)  # workers end with who started them
    before = stamps(tmp_path)
    assert 3 <= len(before) < len(pictures(plain))
    assert set(before) <= {row["picture"] for row in lines(tmp_path).values()}  # no picture without a line
    assert start(photos, tmp_path, "--workers", "2").wait() == 2
    assert before.items() <= stamps(tmp_path).items()
    assert_whole(tmp_path, plain)


def test_a_killed_worker_is_replaced(photos, plain, tmp_path):
    process = start(photos, tmp_path, "--workers", "2")
    wait_for_lines(tmp_path, 4, process)
    before = stamps(tmp_path)
    victim = workers_of(process)[0]
    victim.kill()
    assert process.wait() == 2
    assert before.items() <= stamps(tmp_path).items()
    assert_whole(tmp_path, plain)


@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
def test_ctrl_c_is_a_sentence(photos, plain, tmp_path, workers):
    process = start(photos, tmp_path, *workers, start_new_session=True)
    wait_for_lines(tmp_path, 3, process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    errors = process.communicate()[1]
    assert process.returncode == 130
    assert errors.rstrip().endswith("stopped; the same command goes on from here.") and "Traceback" not in errors
    assert not (tmp_path / ".gazehub-parts").exists()
    before = stamps(tmp_path)
    assert set(before) <= {row["picture"] for row in lines(tmp_path).values()}
    assert start(photos, tmp_path, *workers).wait() == 2
    assert before.items() <= stamps(tmp_path).items()
    assert_whole(tmp_path, plain)


def test_a_photo_that_kills_its_workers_is_given_up(photos, tmp_path):
    """A picture of 90 megapixels, on a machine that kills what takes more memory than a photo of 512 pixels needs."""
    Image.new("RGB", (9500, 9500), "gray").save(tmp_path / "huge.png", compress_level=1)
    limit, killed, over = 700 * 2**20, [], threading.Event()

    def kill_the_large():
        while not over.wait(0.01):
            for child in psutil.Process().children(recursive=True):
                try:
                    if child.memory_info().rss > limit:
                        child.kill()
                        killed.append(child.pid)
                        child.wait(5)
                except psutil.NoSuchProcess:
                    pass  # it ended since the list was made

    killer = threading.Thread(target=kill_the_large)
    killer.start()
    jobs = [(str(tmp_path / "huge.png"), "huge.png"), (str(photos / "photo_01.jpg"), "photo_01.jpg")]
    try:
        records = list(correct_in_processes(Order(str(tmp_path / "out")), jobs, 1))
    finally:
        over.set()
        killer.join()
    outcomes = {record.file.rsplit("/", 1)[-1]: (record.outcome, record.error) for record in records}
    assert len(set(killed)) == 3
    assert outcomes["photo_01.jpg"] == (WRITTEN, "")
    assert outcomes["huge.png"][0] == FAILED and "died 3 times" in outcomes["huge.png"][1]


def test_weights_that_are_not_there_are_one_line_and_nothing_is_written(photos, tmp_path):
    process = start(photos, tmp_path / "out", "--workers", "2", "--weights", tmp_path / "none")
    errors = process.communicate()[1].replace("\r", "\n")
    assert process.returncode == 2 and errors.count("gazehub:") == 1 and "There is no folder" in errors
    assert not (tmp_path / "out").exists()


def test_the_command_holds_no_pictures(photos, tmp_path):
    """Eight thousand links to a file that is no picture: what they take beside the listing is nothing."""
    many = tmp_path / "many"
    many.mkdir()
    for number in range(8000):
        os.link(photos / "broken.jpg", many / f"broken_{number:05d}.jpg")
    process = start(many, tmp_path / "out", "--workers", "1", stderr=subprocess.DEVNULL)
    sizes = []
    while process.poll() is None:
        if (tmp_path / "out" / "gazehub.csv").is_file():
            sizes.append(psutil.Process(process.pid).memory_info().rss)
        time.sleep(0.05)
    assert len(lines(tmp_path / "out")) == 8000
    assert max(sizes) - sizes[0] < 4 * 2**20
