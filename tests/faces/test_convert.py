import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "gazehub" / "faces" / "networks"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What the command writes in an environment of its own."""
    environment, folder = tmp_path_factory.mktemp("environment"), tmp_path_factory.mktemp("networks")
    venv.create(environment, with_pip=True)
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    requirements = [python, "-m", "pip", "install", "--quiet", "-r", ROOT / "convert" / "requirements.txt"]
    subprocess.run(requirements, check=True)
    subprocess.run([python, "-m", "convert.landmarks", "-o", folder], cwd=ROOT, check=True)
    return folder


def test_every_file_comes_out_byte_for_byte(made):
    committed = {path.name: path.read_bytes() for path in COMMITTED.iterdir()}
    assert len([name for name in committed if name.endswith(".onnx")]) == 3
    assert {path.name for path in made.iterdir()} == set(committed)
    for path in made.iterdir():
        assert path.read_bytes() == committed[path.name], path.name
