import csv
import subprocess
import sys
import time

import pytest
from PIL import Image

from gazehub.web.samples import FOLDER

GOOD = 16


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """Sixteen photos of one face and one of two, looking away, a picture of nobody, and a file that is no picture."""
    folder = tmp_path_factory.mktemp("photos")
    person = Image.open(FOLDER / "looking_away.jpg").convert("RGB")
    for number in range(GOOD):
        person.rotate(number - GOOD / 2).save(folder / f"photo_{number:02d}.jpg", quality=95)
    Image.open(FOLDER / "two.jpg").save(folder / "two.png")
    Image.new("RGB", (300, 300), "gray").save(folder / "wall.png")
    (folder / "broken.jpg").write_bytes(b"not a picture")
    return folder


@pytest.fixture(scope="session")
def plain(photos, tmp_path_factory):
    """The output folder of one process."""
    out = tmp_path_factory.mktemp("plain") / "out"
    assert start(photos, out).wait() == 2
    return out


def start(*arguments, **options):
    """The command as a process: folder of photos, output folder, options."""
    source, out, *others = map(str, arguments)
    command = [sys.executable, "-m", "gazehub", "correct", "-o", out, *others, "--", source]
    return subprocess.Popen(
        command, **{"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, **options}
    )


def lines(out):
    """The report, by name of the photo; every photo is in it once."""
    with open(out / "gazehub.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {row["file"].rsplit("/", 1)[-1]: row for row in rows}
    assert len(found) == len(rows)
    return found


def wait_for_lines(out, count, process=None):
    """Until the report holds so many lines, and no longer than the run."""
    while process is None or process.poll() is None:
        if (out / "gazehub.csv").is_file() and len((out / "gazehub.csv").read_bytes().splitlines()) > count:
            return
        time.sleep(0.005)
    raise AssertionError(f"the command ended before there were {count} lines: {process.communicate()[1]}")


def pictures(out):
    """Bytes of every picture."""
    return {path.name: path.read_bytes() for path in out.iterdir() if path.suffix in (".jpg", ".png")}


def stamps(out):
    """What changes when a picture is written again."""
    there = [path for path in out.iterdir() if path.suffix in (".jpg", ".png")]
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in there}
