"""What an installation of gazehub without extras takes on the disk: in a new virtual environment, from a wheel.

python -m benchmarks.size

Megabytes of the files of every installed distribution, compiled modules included; pip is apart.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from benchmarks.checkout import Checkout
from benchmarks.table import print_table

LARGEST = 8  # are named
SIZES = """
import json
from importlib.metadata import distributions
sizes = {}
for each in distributions():
    paths = [file.locate() for file in each.files or []]
    sizes[each.metadata["Name"]] = sum(path.stat().st_size for path in paths if path.is_file())
print(json.dumps(sizes))
"""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.size", description=__doc__.split("\n")[0])
    parser.parse_args(argv)
    try:
        sizes = installed_sizes(Checkout.this().folder)
    except subprocess.CalledProcessError as error:
        print(f"error: {' '.join(error.cmd[:5])} failed:\n{error.stderr}", file=sys.stderr)
        return 2
    print_sizes(sizes)
    return 0


def print_sizes(sizes: dict[str, float]) -> None:
    largest = sorted(sizes, key=sizes.get, reverse=True)
    rows = {"all": [f"{sum(sizes.values()):.0f}"]}
    rows |= {f"  {name}": [f"{sizes[name]:.1f}"] for name in largest[:LARGEST]}
    rows |= {f"  {len(largest) - LARGEST} others": [f"{sum(sizes[name] for name in largest[LARGEST:]):.1f}"]}
    print_table("gazehub without extras on the disk", ["MB"], rows)


def installed_sizes(checkout: Path) -> dict[str, float]:
    """Megabytes of every distribution that `pip install` of the checkout's wheel brings, by name."""
    with tempfile.TemporaryDirectory() as folder:
        source, environment, wheels = Path(folder, "source"), Path(folder, "venv"), Path(folder, "wheels")
        source.mkdir()  # a wheel is built from a copy: building leaves files behind
        shutil.copytree(checkout / "gazehub", source / "gazehub", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(checkout / name, source)
        venv.create(environment, with_pip=True)
        python = str(environment / ("Scripts" if sys.platform == "win32" else "bin") / "python")
        _run(python, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(wheels), str(source))
        _run(python, "-m", "pip", "install", "-q", *map(str, wheels.glob("*.whl")))
        sizes = json.loads(_run(python, "-P", "-c", SIZES))
    return {name: size / 1e6 for name, size in sizes.items() if name not in ("pip", "setuptools")}


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
