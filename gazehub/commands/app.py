"""``gazehub app``: the web page, served from this machine."""

from __future__ import annotations

import argparse

from gazehub.commands.options import add_weights, open_pipeline, whole_number


def add_command(commands) -> None:
    command = commands.add_parser("app", help="serve the web page on this machine")
    command.add_argument("--port", type=whole_number(1, 65535), help="default: the first free one from 7860 on")
    add_weights(command)
    command.set_defaults(run=app)


def app(args: argparse.Namespace) -> int:
    try:
        from gazehub.web.server import serve
    except ModuleNotFoundError as error:
        raise ValueError(f"The page needs {error.name}: pip install 'gazehub[app]'") from error
    serve(open_pipeline(args), server_port=args.port)
    return 0
