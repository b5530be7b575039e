"""Photos to try the page with: in the public domain, and made by ``python -m benchmarks.browser.page_samples``; and
looking_away.jpg, Grace Hopper with her eyes turned aside by this program, which the browser app starts with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gazehub.files.images import sample_photo

FOLDER = Path(__file__).parent
ASTRONAUT, HOPPER = (0.28, 0.24, 0.69, 0.58), (0.3, 0.22, 0.74, 0.54)  # the face


@dataclass(frozen=True)
class Sample:
    """One of them.

    Args:
        name: short, for addresses.
        title: what the page calls it.
        shows: what is to be seen, for those who don't see it.
        part: left, top, right, bottom of what a small picture of it shows, as shares of width and height.
    """

    name: str
    path: Path
    title: str
    shows: str
    part: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)


SAMPLES = (
    Sample(
        "aside",
        FOLDER / "aside.jpg",
        "Astronaut, eyes turned aside by this program",
        "An astronaut in a space suit smiles and looks past the camera",
        ASTRONAUT,
    ),
    Sample(
        "hopper",
        sample_photo(),
        "Grace Hopper with her glasses, as she is",
        "An old woman in uniform, with glasses, looks a little over the camera",
        HOPPER,
    ),
    Sample(
        "up",
        FOLDER / "up.jpg",
        "Astronaut, eyes turned up by this program",
        "An astronaut in a space suit smiles and looks up",
        ASTRONAUT,
    ),
    Sample(
        "down",
        FOLDER / "down.jpg",
        "Astronaut, eyes turned down by this program",
        "An astronaut in a space suit smiles and looks down",
        ASTRONAUT,
    ),
    Sample(
        "two",
        FOLDER / "two.jpg",
        "Two people, eyes turned to each other by this program",
        "An astronaut and an old woman in uniform, side by side, look at each other",
        (0.0, 0.15, 1.0, 0.9),
    ),
)
