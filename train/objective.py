"""What one training step minimises: PAM, GCM, GAM and CFM on pairs, on real averted eyes, and on their own results."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gazehub.eye_frame import PATCH_HEIGHT, PATCH_WIDTH, patch_grid, soft_mask
from gazehub.model.fields import Fields, apply_fields
from gazehub.model.modeling_gaze import GazeModel
from gazehub.model.patches import coarse_mask, shrink
from train.corpus.batches import Batch
from train.discriminator import Discriminator
from train.losses import (
    feature_matching,
    gradient_l1,
    hinge_discriminator,
    hinge_generator,
    indecision,
    masked_l1,
    offset_l1,
    smoothness,
)


@dataclass
class LossWeights:
    """Weights of the terms of the objective; those from `decisive` on start with the discriminator.

    Pixel losses prefer what is in-painted, which is softer, to a person's own texture where that is off a little.
    `filled` is what it costs to in-paint, so that texture is carried wherever it is nearly as good.
    """

    content: float = 0.5
    angle: float = 2.0
    coarse: float = 1.0
    fine: float = 2.0
    edges: float = 1.5
    gaze: float = 0.5
    consistency: float = 0.5
    smooth: float = 3.0
    decisive: float = 0.2
    filled: float = 0.04
    adversarial: float = 0.01
    features: float = 0.05


@dataclass
class Drawn:
    """Eyes that a step drew: (B, 3, 96, 144) patches, and the (B, 2) offsets that were asked for."""

    fine: Tensor
    offset: Tensor


def fine_mask(like: Tensor) -> Tensor:
    """(1, 1, 96, 144) soft mask of the erased region."""
    return torch.from_numpy(soft_mask(*patch_grid(PATCH_WIDTH, PATCH_HEIGHT)))[None, None].to(like)


def mirror_codes(content: Tensor, own: Tensor) -> Tensor:
    """Mirror learning (section III-B): the code of an eye, of its partner, or their mean, must do the same work."""
    pairs, own = content.unflatten(0, (-1, 2)), own[:, None, None]
    return (own * pairs + (1 - own) * pairs.flip(1)).flatten(0, 1)


def encoder_loss(model: GazeModel, batch: Batch, weights: LossWeights) -> tuple[Tensor, Tensor, Tensor, dict]:
    """PAM and E_r. Returns the loss, content codes (B, D), gaze offsets of the source (B, 2), and terms to log."""
    mask = coarse_mask(batch.source)
    content = mirror_codes(model.pam.encode(shrink(batch.source)), batch.own)
    rebuilt = masked_l1(model.pam.decode(content), shrink(batch.centered), 0.2 + mask, batch.has_centered)
    seen = model.gam.angle_encoder(shrink(batch.source))
    angle = offset_l1(seen, batch.source_offset)
    loss = weights.content * rebuilt + weights.angle * angle
    return loss, content, seen, {"content": rebuilt, "angle": angle}


def generator_loss(
    model: GazeModel,
    judge: GazeModel,
    discriminator: Discriminator | None,
    batch: Batch,
    corrections: int,
    weights: LossWeights,
) -> tuple[Tensor, Drawn, dict[str, Tensor]]:
    """Everything but the discriminator's own loss.

    Args:
        judge: the moving average of the model: its E_r reads the results. Its parameters need no gradient.
        discriminator: None before the adversarial terms start.
        corrections: how many faces of the batch are GCM's; the rest are GAM's.
    """
    loss, content, before, terms = encoder_loss(model, batch, weights)
    before = before.detach()
    mask_coarse = coarse_mask(batch.source)
    mask = fine_mask(batch.source)

    cut = 2 * corrections
    small = shrink(batch.source)
    corrected = model.gcm(small[:cut], mask_coarse, content[:cut], batch.target_offset[:cut])
    animated = model.gam(small[cut:], mask_coarse, content[cut:], batch.target_offset[cut:])
    coarse = torch.cat([corrected, animated])
    fields = model.cfm(batch.source, coarse, before, batch.target_offset)
    fine = apply_fields(batch.source, fields)
    terms |= picture_terms(batch.source, coarse, fine, batch.target, batch.weight, mask)
    loss = loss + weights.coarse * terms["coarse"] + weights.fine * terms["fine"] + weights.edges * terms["edges"]

    terms["gaze"] = offset_l1(judge.gam.angle_encoder(shrink(fine)), batch.target_offset, 1 + batch.averted)
    terms["consistency"] = masked_l1(shrink(fine), coarse.detach(), mask_coarse)
    terms["smooth"] = smoothness(fields.ball) + smoothness(fields.skin)
    loss = loss + weights.gaze * terms["gaze"] + weights.consistency * terms["consistency"]
    loss = loss + weights.smooth * terms["smooth"]

    drawn = Drawn(fine, batch.target_offset)
    averted = batch.averted[:cut].nonzero().flatten()
    if len(averted):
        extra, again = synthesis_as_training(model, batch, averted, fine, content, before, weights)
        loss = loss + extra["cycle"] * len(averted) / len(fine)
        terms |= extra
        drawn = Drawn(torch.cat([fine, again.fine]), torch.cat([drawn.offset, again.offset]))
    if discriminator is not None:
        terms["decisive"] = indecision(fields.weights, mask)
        terms["filled"] = masked_l1(fields.weights[:, -1:], torch.zeros_like(mask), mask)
        loss = loss + weights.decisive * terms["decisive"] + weights.filled * terms["filled"]
        logits, features = discriminator(drawn.fine, drawn.offset)
        with torch.no_grad():
            _, wanted = discriminator(batch.target, batch.target_offset)
        terms["adversarial"] = hinge_generator(logits) * len(logits) / len(fine)
        terms["features"] = feature_matching(wanted, [f[: len(fine)] for f in features], batch.weight)
        loss = loss + weights.adversarial * terms["adversarial"] + weights.features * terms["features"]
    return loss, drawn, terms


def picture_terms(source: Tensor, coarse: Tensor, fine: Tensor, target: Tensor, weight: Tensor, mask: Tensor) -> dict:
    """Pixel losses of a coarse and a fine result against the eye that was asked for."""
    return {
        "coarse": masked_l1(coarse, shrink(target), coarse_mask(source), weight),
        "fine": masked_l1(fine, target, mask, weight),
        "edges": gradient_l1(fine, target, mask, weight),
    }


def synthesis_as_training(
    model: GazeModel,
    batch: Batch,
    averted: Tensor,
    fine: Tensor,
    content: Tensor,
    before: Tensor,
    weights: LossWeights,
) -> tuple[dict[str, Tensor], Drawn]:
    """Section III-D: what GCM made of a real averted eye y is a second view of it, ỹˣ. From ỹˣ GAM must draw y at
    r(y), and from y it must draw ỹˣ at the camera.

    Args:
        averted: indexes of the real averted eyes among GCM's.
    """
    corrected, real = fine[averted].detach(), batch.source[averted]
    at_camera, at_real = batch.target_offset[averted], batch.source_offset[averted]
    back = averted % 2 == 0  # the image-left eye of a face goes back, the other one forth
    flag, column = back[:, None, None, None], back[:, None]
    source, target = torch.where(flag, corrected, real), torch.where(flag, real, corrected)
    offset = torch.where(column, at_real, at_camera)
    with torch.no_grad():
        seen = model.gam.angle_encoder(shrink(corrected))
    code = torch.where(column, model.pam.encode(shrink(corrected)), content[averted])
    coarse = model.gam(shrink(source), coarse_mask(source), code, offset)
    fields: Fields = model.cfm(source, coarse, torch.where(column, seen, before[averted]), offset)
    again = apply_fields(source, fields)
    mask = fine_mask(batch.source)
    terms = picture_terms(source, coarse, again, target, batch.weight.new_ones(len(averted)), mask)
    cycle = weights.coarse * terms["coarse"] + weights.fine * terms["fine"] + weights.edges * terms["edges"]
    return {"cycle": cycle}, Drawn(again, offset)


def discriminator_loss(discriminator: Discriminator, batch: Batch, drawn: Drawn) -> Tensor:
    """Hinge loss of real eyes at their own gaze against drawn eyes at the gaze that was asked for. Every eye weighs
    the same, however many a process drew, so that the mean over processes is that of the whole batch."""
    patches = torch.cat([batch.real, drawn.fine.detach()])
    logits, _ = discriminator(patches, torch.cat([batch.real_offset, drawn.offset]))
    real, fake = logits[: len(batch.real)], logits[len(batch.real) :]
    return hinge_discriminator(real, fake, len(fake) / len(real))
