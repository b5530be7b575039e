"""``gazehub camera``: a webcam in, a virtual camera with the eyes on the lens out."""

from __future__ import annotations

import argparse
import re
import sys
from contextlib import ExitStack, closing
from pathlib import Path

from gazehub.commands.options import add_faces, add_look_away, add_strength, add_weights, open_pipeline, rate
from gazehub.commands.terminal import tell
from gazehub.video import NEEDS_PYAV


def add_command(commands) -> None:
    command = commands.add_parser(
        "camera",
        help="look into the camera in calls",
        description="Take a webcam and be a camera that calls can choose, with your eyes on the lens. Keys, in the "
        "window or the terminal: space: on or off, + and -: strength, q: quit.",
    )
    command.add_argument(
        "camera",
        nargs="?",
        type=camera_or_file,
        default=0,
        metavar="CAMERA",
        help="its number (default: 0), or a video file",
    )
    command.add_argument("--size", type=picture_size, default=(1280, 720), metavar="WxH", help="default: 1280x720")
    command.add_argument("--fps", type=rate, default=30.0, help="frames a second, at most (default: 30)")
    add_strength(command)
    add_faces(command)
    add_look_away(command)
    window = command.add_mutually_exclusive_group()
    window.add_argument("--no-preview", action="store_true", help="no window")
    window.add_argument("--preview-only", action="store_true", help="the window, and no virtual camera")
    add_weights(command)
    command.set_defaults(run=camera)


def camera(args: argparse.Namespace) -> int:
    from gazehub.camera.keys import HELP, Controls, terminal_keys
    from gazehub.camera.loop import run
    from gazehub.camera.sinks import Preview, SinkError, VirtualCamera, check_package
    from gazehub.pipeline_video import VideoPipeline

    if not args.preview_only:
        check_package()  # before the camera's light goes on
    with ExitStack() as opened:
        source = opened.enter_context(closing(_source(args)))
        virtual = None if args.preview_only else opened.enter_context(closing(VirtualCamera(source.size, source.rate)))
        preview = None
        if not args.no_preview:
            try:
                preview = opened.enter_context(closing(Preview(source.size)))
            except SinkError as error:
                if virtual is None:
                    raise
                tell(str(error))
        pipeline = VideoPipeline(open_pipeline(args))
        if virtual is not None:
            tell(f"choose the camera {virtual.name} in your call.")
        tell(HELP)
        pressed = opened.enter_context(terminal_keys())
        status = opened.enter_context(closing(_StatusLine()))

        def show(line: str) -> None:
            status.show(line)
            if preview is not None:
                preview.tell(f"{line}\n{HELP}")

        run(
            source,
            [sink for sink in (virtual, preview) if sink is not None],
            pipeline.stream(args.strength, args.faces, args.look_away),
            Controls(strength=args.strength),
            lambda: pressed() + (preview.keys() if preview is not None else ""),
            show,
        )
    return 0


class _StatusLine:
    """One line of stderr that is written anew; a log gets a line each time."""

    WIDTH = 76  # more than the longest line, less than a terminal

    def __init__(self) -> None:
        self._again, self._open = sys.stderr.isatty(), False

    def show(self, line: str) -> None:
        if self._again:
            print(f"\r{line:<{self.WIDTH}}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr)
        self._open = self._again

    def close(self) -> None:
        if self._open:
            print(file=sys.stderr)


def _source(args: argparse.Namespace):
    if isinstance(args.camera, int):
        from gazehub.camera.sources import Webcam

        return Webcam(args.camera, args.size, args.fps)
    try:
        from gazehub.camera.file_source import FileSource
    except ModuleNotFoundError as error:
        raise ValueError(NEEDS_PYAV) from error
    return FileSource(args.camera)


def camera_or_file(text: str) -> int | Path:
    """ "0" is a camera's number, anything else a file."""
    return int(text) if re.fullmatch(r"[0-9]{1,3}", text) else Path(text)


def picture_size(text: str) -> tuple[int, int]:
    """Width and height of "1280x720"."""
    match = re.fullmatch(r"([0-9]{2,4})x([0-9]{2,4})", text)
    if not match:
        raise argparse.ArgumentTypeError("must be like 1280x720")
    return int(match[1]), int(match[2])
