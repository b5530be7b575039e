"""Options that several commands share, and the pipeline that they ask for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gazehub.pipeline_gaze import GazePipeline


def add_weights(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--weights",
        metavar="SOURCE",
        help='folder, hub id[@revision], or "clean", which allow any use; default: those that came with gazehub',
    )
    command.add_argument("--revision", help="branch, tag or commit of a hub id")
    command.add_argument("--device", help='for instance "cuda"; default: the CPU')


def add_faces(command: argparse.ArgumentParser) -> None:
    command.add_argument("--faces", choices=("all", "largest"), default="all")


def add_eyes(command: argparse.ArgumentParser) -> None:
    command.add_argument("--eyes", choices=("both", "left", "right"), default="both", help="as seen in the picture")


def add_strength(command: argparse.ArgumentParser) -> None:
    command.add_argument("--strength", type=share, default=1.0, help="0 (nothing) to 1 (into the lens, the default)")


def add_look_away(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--look-away", type=share, default=0.0, metavar="SHARE", help="of glances aside that are let through: 0 to 1"
    )


def open_pipeline(args: argparse.Namespace, threads: int | None = None) -> GazePipeline:
    from gazehub.pipeline_gaze import GazePipeline

    return GazePipeline.from_pretrained(args.weights, revision=args.revision, device=args.device, threads=threads)


def share(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError("must be between 0 and 1")
    return number


def rate(text: str) -> float:
    """Frames a second."""
    number = float(text)
    if not 0 < number <= 120:
        raise argparse.ArgumentTypeError("must be above 0, and at most 120")
    return number


def whole_number(low: int, high: int):
    """The type of an option that is a whole number within limits."""

    def parse(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"must be between {low} and {high}")
        return number

    parse.__name__ = "whole number"  # argparse says: invalid whole number value
    return parse
