"""The worst faces at three times their size, to be looked at: half of them turned or with a vertical gaze."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gazehub.faces.face import Face

if TYPE_CHECKING:
    from train.evaluation.measures.eyes import EyeRecord

CELL = (480, 160)  # pixels
ACROSS = 1.9  # distances between the eyes
COLUMNS = 3


def eyes_of(image: np.ndarray, face: Face) -> np.ndarray:
    """(H, W, 3) uint8 both eyes, level, in a cell; of an eye that is 54 pixels wide, three times as large."""
    left, right = (eye.frame.center for eye in face.eyes)
    span = right - left
    zoom, angle = CELL[0] / np.hypot(*span) / ACROSS, np.arctan2(span[1], span[0])
    linear = zoom * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = np.column_stack([linear, np.array(CELL) / 2 - linear @ (left + right) / 2])
    flags = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    return cv2.warpAffine(image, matrix, CELL, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def worst(records: list[EyeRecord], reader: str, count: int) -> list[EyeRecord]:
    """Of those that were drawn the worst by a reader, turned or vertical ones first and then as many others."""
    drawn = [record for record in records if record.skipped is None]
    order = sorted(drawn, key=lambda record: -record.worse(reader))
    hard = [record for record in order if record.turned or record.vertical]
    easy = [record for record in order if not (record.turned or record.vertical)]
    half = max(count // 2, count - len(easy))
    return hard[:half] + easy[: count - len(hard[:half])]


def sheet(records: list[EyeRecord], pictures: dict[str, np.ndarray]) -> Image.Image:
    """Before above after.

    Args:
        pictures: by the record's name: what `eyes_of` gives before, above that after.
    """
    cells, font = [], ImageFont.load_default(size=13)
    for record in records:
        cell = Image.fromarray(pictures[record.name])
        outlined = {"fill": (255, 255, 0), "stroke_width": 2, "stroke_fill": (0, 0, 0), "font": font}
        ImageDraw.Draw(cell).multiline_text((4, CELL[1] - 24), caption(record), **outlined)
        cells.append(cell)
    width, height = cells[0].width + 6, cells[0].height + 6
    page = Image.new("RGB", (COLUMNS * width, -(-len(cells) // COLUMNS) * height), "white")
    for index, cell in enumerate(cells):
        page.paste(cell, (index % COLUMNS * width, index // COLUMNS * height))
    return page


def caption(record: EyeRecord) -> str:
    """Name, yaw, and what each eye is left with, by each reader, in hundredths; the image-left eye first."""
    lines = [f"{Path(record.name).stem}  yaw {record.yaw:+.0f}  {record.skipped or ''}"]
    for reader, after in record.after.items():
        eyes = "  |  ".join(
            f"{'near' if direction > 0 else 'far'} {100 * x:+.1f} {100 * y:+.1f}"
            for (x, y), direction in zip(after, record.directions[:, 0])
        )
        lines.append(f"{reader}: {eyes}")
    return "\n".join(lines)
