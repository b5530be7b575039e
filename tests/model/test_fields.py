"""Fields applied to patches, as training sees them."""

import numpy as np
import torch

from gazehub.draw import paste
from gazehub.eye_frame import PATCH_HEIGHT, PATCH_SCALE, PATCH_WIDTH
from gazehub.model.fields import Fields, apply_fields, blend, carry, own_colors
from gazehub.model.patches import PATCH_SIZE
from tests.drawn import constant_fields, eye_frame, patch_points, pattern_portrait, random_fields


def in_torch(fields):
    """(13, 96, 144) fields as a batch of one."""
    ball, skin, lamps, weights, fill = torch.from_numpy(fields)[None].split([2, 2, 2, 4, 3], dim=1)
    return Fields(ball, skin, lamps[:, :, 0, 0], weights, fill)


def test_carry_shifts_by_the_flow():
    ramp = torch.arange(float(PATCH_WIDTH)).expand(1, 3, *PATCH_SIZE)
    flow = torch.zeros(1, 2, *PATCH_SIZE)
    flow[:, 0] = 5 / PATCH_SCALE
    moved, last = carry(ramp, flow), PATCH_WIDTH - 1
    assert torch.allclose(moved[..., : last - 5], ramp[..., : last - 5] + 5, atol=1e-3)
    assert torch.allclose(moved[..., last - 4 :], torch.tensor(float(last)), atol=1e-3)  # the edge repeats
    assert torch.equal(carry(ramp, flow[..., :1, :1]), moved)


def test_blend_sums_the_layers_by_their_weights():
    layers = [torch.full((1, 3, 2, 2), value) for value in (1.0, 10.0, 100.0, 1000.0)]
    weights = torch.tensor([0.5, 0.25, 0.125, 0.125]).view(1, 4, 1, 1)
    assert torch.equal(blend(layers, weights), torch.full((1, 3, 2, 2), 140.5))


def test_patch_and_portrait_agree():
    """Training sees what use will show: at the patch's own scale, both ways of applying fields give one picture."""
    frame = eye_frame(PATCH_SCALE, 0, ((PATCH_WIDTH - 1) / 2 + 20, (PATCH_HEIGHT - 1) / 2 + 20))
    portrait, _ = pattern_portrait(frame, PATCH_HEIGHT + 40, PATCH_WIDTH + 40)
    patch = torch.from_numpy(portrait[20:-20, 20:-20].copy()).permute(2, 0, 1)[None] / 255
    y, x = patch_points()[..., 1], patch_points()[..., 0]
    smooth = np.stack([0.08 * np.sin(3 * x), 0.06 * np.cos(4 * y)])
    fields = constant_fields(lamps=(0.05, -0.02), weights=(0.4, 0.2, 0.2, 0.2), fill=(0.9, 0.4, 0.1))
    fields[0:2], fields[2:4] = smooth, -smooth
    expected = apply_fields(patch, in_torch(fields))[0].permute(1, 2, 0).numpy() * 255
    paste(portrait, frame, fields)
    assert np.abs(portrait[20:-20, 20:-20] - expected).max() < 1.5
    assert np.abs(expected - patch[0].permute(1, 2, 0).numpy() * 255).max() > 20


def test_apply_fields_keeps_what_the_mask_does_not_cover():
    patch = torch.rand(1, 3, *PATCH_SIZE)
    changed = apply_fields(patch, in_torch(random_fields(4)))
    x, y = np.moveaxis(patch_points(), -1, 0)
    outside = torch.from_numpy((x / 0.80) ** 4 + ((y + 0.03) / 0.46) ** 4 > 1 + 1e-6)
    assert torch.equal(changed[..., outside], patch[..., outside])
    assert (changed - patch).abs().max() > 0.5


def test_the_fill_takes_no_tint_that_the_eye_does_not_have():
    patch, fill = torch.rand(2, 3, *PATCH_SIZE), torch.rand(2, 3, *PATCH_SIZE)
    patch[1] = patch[1].mean(0)  # black and white
    patch[0] = 0.5 + 0.1 * (patch[0] - 0.5)
    kept = own_colors(fill, patch)
    off, shown = kept[0] - fill[0].mean(0), patch[0] - patch[0].mean(0)
    assert (off.amax((1, 2)) <= shown.amax((1, 2)) + 1e-6).all()
    assert (off.amin((1, 2)) >= shown.amin((1, 2)) - 1e-6).all()
    assert off.abs().amax() > 0.01
    assert torch.allclose(kept[1], fill[1].mean(0).expand(3, -1, -1), atol=1e-6)
    assert torch.allclose(own_colors(patch, patch), patch, atol=1e-6)  # its own colours stay
