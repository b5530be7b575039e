"""The measures of films as the table that a model card shows between its `<!-- video -->` marks."""

from __future__ import annotations

import re
from pathlib import Path

ROWS = [
    ("frames", "frames", "{}"),
    ("open frames that look away", "averted_open_frames", "{}"),
    ("of these inside the X band", "in_band", "{:.1%}"),
    ("the same, read in the frame and in its mirror image", "in_band_twice", "{:.1%}"),
    ("of these with the worse eye inside it", "in_band_worse_eye", "{:.1%}"),
    ("second difference of the gaze, 95th percentile, after ÷ before", "second_difference_ratio", "{:.2f}"),
    ("horizontal wander of the irises before, eye widths", "wander_before", "{:.4f}"),
    ("the same after", "wander_after", "{:.4f}"),
    ("openness before and after: correlation", "openness_correlation", "{:.3f}"),
    ("the same of untouched frames and their mirror images", "openness_correlation_mirrored", "{:.3f}"),
    (
        "the same of frames that look away, eyeballs turned into the lens with lids held",
        "openness_correlation_held",
        "{:.3f}",
    ),
    ("openness before and after, by the iris network", "openness_correlation_iris_network", "{:.3f}"),
    ("closed frames", "closed_frames", "{}"),
    ("their mean change in the eye region (of 255)", "closed_change", "{:.2f}"),
]
BLOCK = re.compile(r"(<!-- video -->\n).*?(<!-- /video -->)", re.DOTALL)


def video_table(results: dict[str, dict]) -> str:
    """Markdown: one row per measure, one column per clip.

    Args:
        results: measures by the name of the clip, see `train.evaluation.video.measure`.
    """
    lines = ["| measure | " + " | ".join(results) + " |", "|---" * (1 + len(results)) + "|"]
    for label, key, form in ROWS:
        cells = ("–" if clip[key] is None else form.format(clip[key]) for clip in results.values())
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def renew(card: Path, results: dict[str, dict]) -> None:
    """Write the table into a card that has marks for it."""
    card.write_text(BLOCK.sub(lambda found: found[1] + video_table(results) + found[2], card.read_text()))
