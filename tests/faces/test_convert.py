import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMITTED = {
    "convert.landmarks": (ROOT / "gazehub" / "faces" / "networks", 3),
    "convert.iris": (ROOT / "train" / "evaluation" / "reading" / "networks", 1),
}


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An environment of the converter's own."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=True)
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    requirements = [python, "-m", "pip", "install", "--quiet", "-r", ROOT / "convert" / "requirements.txt"]
    subprocess.run(requirements, check=True)
    return python


@pytest.mark.parametrize("command", COMMITTED)
def test_every_file_comes_out_byte_for_byte(python, command, tmp_path):
    folder, networks = COMMITTED[command]
    subprocess.run([python, "-m", command, "-o", tmp_path], cwd=ROOT, check=True)
    committed = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len([name for name in committed if name.endswith(".onnx")]) == networks
    assert {path.name for path in tmp_path.iterdir()} == set(committed)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == committed[path.name], path.name
