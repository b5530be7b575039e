"""Write the ONNX files of weights, which run on the CPU without torch, beside them.

    python -m train.export [FOLDER]

FOLDER holds config.json and diffusion_pytorch_model.safetensors; it gets `onnx/`. Default: the bundled weights.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gazehub.model.export import export
from gazehub.model.modeling_gaze import GazeModel
from gazehub.model.runtime import BUNDLED_WEIGHTS


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.export", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=BUNDLED_WEIGHTS, help="default: the bundled weights")
    folder = parser.parse_args(argv).folder
    try:
        paths = export(GazeModel.from_pretrained(folder), folder)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for path in paths:
        print(f"{path.stat().st_size:>12,}  {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
