"""``python -m gazehub.web.live -o FOLDER``: writes the browser app."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gazehub.web.live.export import write_app
from gazehub.web.live.runtime import RuntimeMissingError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gazehub.web.live", description="Write the browser app.")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to write; files in it are replaced")
    parser.add_argument(
        "--runtime", type=Path, help="onnxruntime-web's package from npm (.tgz), if this machine is offline"
    )
    wanted = parser.parse_args(arguments)
    try:
        write_app(wanted.output, wanted.runtime)
    except (OSError, RuntimeMissingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    files = [path for path in wanted.output.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    print(f"{wanted.output}: {len(files)} files, {size:.1f} MB. Serve it, for instance with a static host.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
