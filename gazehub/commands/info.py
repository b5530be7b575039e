"""``gazehub info``: where the people in a photo look."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from gazehub.commands.options import add_weights, open_pipeline


def add_command(commands) -> None:
    command = commands.add_parser("info", help="where the people in a photo look, as JSON")
    command.add_argument("photo", type=Path, metavar="PHOTO")
    add_weights(command)
    command.set_defaults(run=info)


def info(args: argparse.Namespace) -> int:
    faces = [report.to_json() for report in open_pipeline(args).inspect(args.photo)]
    print(json.dumps({"photo": str(args.photo), "faces": faces}, indent=2))
    return 0
