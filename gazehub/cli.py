"""The ``gazehub`` command: correct, video, camera, animate, info, app, demo."""

from __future__ import annotations

from gazehub import __version__
from gazehub.camera import command as camera
from gazehub.commands import animate, app, correct, demo, info
from gazehub.commands.correct import STOPPED
from gazehub.commands.terminal import Parser, flush_output, quiet_libraries, tell
from gazehub.files.failures import is_known, sentence
from gazehub.video import command as video

COMMANDS = (correct, video, camera, animate, info, app, demo)


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Returns the exit code: 0, 2 if anything asked for was not done, 130 if it was stopped."""
    args = parser().parse_args(arguments)
    with quiet_libraries():
        try:
            code = args.run(args)
            flush_output()
            return code
        except KeyboardInterrupt:
            tell("stopped.")
            return STOPPED
        except Exception as error:
            if not is_known(error):  # a mistake of this program's: whoever mends it needs to see where
                raise
            tell(sentence(error))
            return 2


def parser() -> Parser:
    parser = Parser("gazehub", description="Portrait gaze correction and animation.")
    parser.add_argument("--version", action="version", version=f"gazehub {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_command(commands)
    return parser
