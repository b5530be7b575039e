"""The frames of a clip, drawn as they are needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PIL import Image

Wish = TypeVar("Wish")


class Frames(Sequence[Image.Image]):
    """Pictures that are drawn when they are asked for, each time: however many there are, they take no memory. For
    all of them at once, make a `list` of it.

    Args:
        draw: makes the picture of a wish.
        wishes: one per picture.
    """

    def __init__(self, draw: Callable[[Wish], Image.Image], wishes: Sequence[Wish]) -> None:
        self._draw, self._wishes = draw, wishes

    def __len__(self) -> int:
        return len(self._wishes)

    def __getitem__(self, index: int | slice) -> Image.Image | Frames:
        if isinstance(index, slice):
            return Frames(self._draw, self._wishes[index])
        return self._draw(self._wishes[index])
