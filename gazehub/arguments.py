"""What callers hand over, as what it stands for, or refused in a sentence. Ranges are looked at where they matter."""

from __future__ import annotations

import math
from collections.abc import Iterable
from numbers import Integral, Real

from gazehub.files.names import printable


def number(name: str, value: object) -> float:
    """
    Raises:
        ValueError: it is none, or none that is finite.
    """
    if not isinstance(value, Real) or not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number, not {shown(value)}.")
    return float(value)


def numbers(name: str, values: object) -> list[float]:
    """
    Raises:
        ValueError: they are none, or not all of them are finite.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ValueError(f"{name} must be a sequence of numbers, not {shown(values)}.")
    return [number(f"each of {name}", value) for value in values]


def face_choice(value: object) -> str | list[int]:
    """ "all", "largest" or whole numbers.

    Raises:
        ValueError: it is something else.
    """
    if isinstance(value, str):
        return value
    values = list(value) if isinstance(value, Iterable) else [None]
    if not all(isinstance(each, Integral) and not isinstance(each, bool) for each in values):
        raise ValueError(f'faces must be "all", "largest" or a sequence of whole numbers, not {shown(value)}.')
    return [int(each) for each in values]


def eye_choice(value: object) -> str:
    """
    Raises:
        ValueError: it is no text.
    """
    if not isinstance(value, str):
        raise ValueError(f'eyes must be "both", "left" or "right", not {shown(value)}.')
    return value


def shown(value: object) -> str:
    """A value in a sentence."""
    return printable(repr(value))
