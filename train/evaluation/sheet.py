"""Contact sheets of held-out faces: what to look at before believing a number."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageDraw

from gazehub.gaze import residual_to_angle_code
from gazehub.model.fields import apply_fields
from gazehub.model.modeling_gaze import GazeModel
from gazehub.model.patches import coarse_mask, shrink
from train.corpus.batches import Corpus
from train.evaluation.cases import Case

TURN = 0.15  # eye widths, to either side, in the last two columns


@torch.inference_mode()
def sample_sheet(model: GazeModel, corpus: Corpus, faces: int = 14) -> Image.Image:
    """One row per face, the most averted ones and some that look into the camera. Columns, both eyes each: as
    photographed, coarse correction, correction, looking to the picture's left, to its right.
    """
    order = np.argsort([-float(row["residual"]) for row in corpus.rows])
    averted = order[: max(1, len(order) // 20)]
    chosen = [*averted[:: max(1, len(averted) // (faces - 4))][: faces - 4], *order[len(order) // 2 :][:4]]
    rows = []
    for face in chosen:
        patch = torch.from_numpy(corpus.eyes(face))
        content, before, _ = model.encode(patch)
        residual = corpus.offsets[face, :, 0] - corpus.camera[face]
        camera = before - torch.from_numpy(residual_to_angle_code(residual)).float()
        content = content.mean(0, keepdim=True).expand_as(content)
        coarse = model.gcm(shrink(patch), coarse_mask(patch), content, camera)
        columns = [patch, torch.nn.functional.interpolate(coarse, patch.shape[-2:])]
        columns.append(apply_fields(patch, model.correct(patch, content, before, camera)))
        for turn in (-TURN, TURN):
            angle = torch.tensor([[turn, 0.0], [-turn, 0.0]])
            columns.append(apply_fields(patch, model.animate(patch, content, before, camera, angle)))
        eyes = [torch.cat([pair[0], pair[1].flip(-1)], dim=-1) for pair in columns]
        rows.append(torch.cat(eyes, dim=-1))
    sheet = torch.cat(rows, dim=1).permute(1, 2, 0).numpy()
    return Image.fromarray((sheet.clip(0, 1) * 255 + 0.5).astype(np.uint8))


def contact_sheet(cases: list[Case], columns: int = 2) -> Image.Image:
    """Before above after, `columns` faces a row."""
    cells = []
    for case in cases:
        cell = Image.fromarray(np.vstack(case.eyes))
        text = f"{case.name}  {case.size_before:.3f} -> {case.size_after:.3f}  eye {case.eye_width:.0f} px"
        ImageDraw.Draw(cell).text((4, 4), text, fill=(0, 255, 0), stroke_width=1, stroke_fill=(0, 0, 0))
        cells.append(cell)
    width, height = cells[0].size
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * (width + 8), rows * (height + 8)), "white")
    for index, cell in enumerate(cells):
        sheet.paste(cell, (index % columns * (width + 8), index // columns * (height + 8)))
    return sheet
