"""Contact sheets of held-out faces: what to look at before believing a number."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

from gazehub.fields import apply_fields
from gazehub.gaze import residual_to_angle_code
from gazehub.modeling_gaze import GazeModel, coarse_mask, shrink
from train.corpus import Corpus

TURN = 0.15  # eye widths, to either side, in the last two columns


@torch.inference_mode()
def sample_sheet(model: GazeModel, corpus: Corpus, faces: int = 14, zoom: int = 2) -> Image.Image:
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
        columns = [patch, torch.nn.functional.interpolate(coarse, scale_factor=2.0)]
        columns.append(apply_fields(patch, model.correct(patch, content, before, camera)))
        for turn in (-TURN, TURN):
            angle = torch.tensor([[turn, 0.0], [-turn, 0.0]])
            columns.append(apply_fields(patch, model.animate(patch, content, before, camera, angle)))
        eyes = [torch.cat([pair[0], pair[1].flip(-1)], dim=-1) for pair in columns]
        rows.append(torch.cat(eyes, dim=-1))
    sheet = torch.cat(rows, dim=1).permute(1, 2, 0).numpy()
    image = Image.fromarray((sheet.clip(0, 1) * 255 + 0.5).astype(np.uint8))
    return image.resize((image.width * zoom, image.height * zoom), Image.BICUBIC)
