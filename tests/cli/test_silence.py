"""Nobody calls home: a correction makes no connection, asks no name server, and writes nothing but its output."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from gazehub.files.images import sample_photo

SECONDS = 60  # a library that phones home may wait a while before it does
STAY = f"""
import os, sys, time
from gazehub.cli import main
start = time.monotonic()
code = main(sys.argv[1:])
print(os.environ["ORT_DISABLE_TELEMETRY"])
time.sleep(max(0, {SECONDS} - (time.monotonic() - start)))
sys.exit(code)
"""
CALLS = "connect,sendto,sendmsg,sendmmsg,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,symlink"
ELSEWHERE = re.compile(r"sa_family=AF_INET6?, (?!.*(127\.0\.0\.1|::1))")
WRITES = re.compile(
    r'(?:openat|open)\(.*"(?P<opened>[^"]*)", [^)]*O_(?:WRONLY|RDWR|CREAT)|'
    r'(?:creat|mkdir|mkdirat|rename|renameat|renameat2|link|symlink)\(.*"(?P<made>[^"]*)"'
)


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """The folder of an output, the home of its user, and the system calls of the command that wrote it."""
    if not shutil.which("strace"):
        assert not os.environ.get("GAZEHUB_REQUIRE_STRACE"), "install strace"
        pytest.skip("needs strace")
    folder, home = tmp_path_factory.mktemp("output"), tmp_path_factory.mktemp("home")
    log = tmp_path_factory.mktemp("log") / "calls"
    command = ["strace", "-f", "-qq", "-e", f"trace={CALLS}", "-o", log, sys.executable, "-c", STAY]
    env = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    env |= {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, "correct", sample_photo(), "-o", folder / "out.png"], env=env, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
    return folder, home, log.read_text().splitlines()


def test_the_trace_sees_what_it_looks_for(traced):
    folder, _, calls = traced
    assert any(str(folder) in line and WRITES.search(line) for line in calls)
    assert ELSEWHERE.search(
        '7 connect(9, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("8.8.8.8")}, 16) = 0'
    )
    assert not ELSEWHERE.search(
        '7 connect(9, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}'
    )


def test_no_connection_and_no_look_up(traced):
    assert [line for line in traced[2] if ELSEWHERE.search(line)] == []


def test_nothing_is_written_but_the_output(traced):
    folder, home, calls = traced
    found = [
        match["opened"] or match["made"] for line in calls if (match := WRITES.search(line)) and "= -1" not in line
    ]
    assert [path for path in found if not path.startswith((str(folder), "/dev/", "/proc/self/"))] == []
    assert list(home.iterdir()) == [] and [path.name for path in folder.iterdir()] == ["out.png"]
