"""Losses and the discriminator on tensors whose answer is known."""

import pytest
import torch

from gazehub.model.patches import PATCH_SIZE
from train.discriminator import Discriminator
from train.losses import (
    feature_matching,
    gradient_l1,
    hinge_discriminator,
    hinge_generator,
    masked_l1,
    offset_l1,
    smoothness,
)
from train.objective import mirror_codes


def test_masked_l1_looks_inside_the_mask_only():
    a, mask = torch.zeros(2, 3, 8, 8), torch.zeros(1, 1, 8, 8)
    mask[..., :4] = 1
    b = a.clone()
    b[..., 4:] = 1
    assert masked_l1(a, b, mask) == 0
    b[..., :4] = 0.5
    assert masked_l1(a, b, mask) == pytest.approx(0.5)
    assert masked_l1(a, b, mask, torch.tensor([1.0, 0.0])) == pytest.approx(0.25)


def test_gradient_l1_ignores_a_change_of_light():
    a, mask, weight = torch.rand(1, 3, 8, 8), torch.ones(1, 1, 8, 8), torch.ones(1)
    assert gradient_l1(a, a + 0.2, mask, weight) == pytest.approx(0, abs=1e-6)
    assert gradient_l1(a, a.flip(-1), mask, weight) > 0.01


def test_offset_l1_and_smoothness():
    assert offset_l1(torch.tensor([[0.1, -0.1]]), torch.zeros(1, 2)) == pytest.approx(0.2)
    ramp = torch.arange(4.0).expand(1, 2, 4, 4)
    assert smoothness(torch.ones(1, 2, 4, 4)) == 0
    assert smoothness(ramp) == pytest.approx(1)


def test_hinge_losses():
    assert hinge_discriminator(torch.tensor([2.0]), torch.tensor([-2.0])) == 0
    assert hinge_discriminator(torch.tensor([0.0]), torch.tensor([0.0])) == 2
    assert hinge_generator(torch.tensor([3.0])) == -3


def test_feature_matching_has_no_gradient_to_the_target():
    real, fake = torch.rand(2, 4, 3, 3, requires_grad=True), torch.rand(2, 4, 3, 3, requires_grad=True)
    feature_matching([real], [fake], torch.ones(2)).backward()
    assert real.grad is None and fake.grad.abs().sum() > 0


def test_mirror_codes():
    content = torch.arange(4.0)[:, None].expand(4, 3)  # faces (0, 1) and (2, 3)
    mixed = mirror_codes(content, torch.tensor([0.0, 0.5]))[:, 0]
    assert mixed.tolist() == [1.0, 0.0, 2.5, 2.5]


def test_discriminator_sees_where_the_eye_is_meant_to_look(tmp_path):
    torch.manual_seed(0)
    discriminator = Discriminator(channels=[8, 8, 8, 8]).eval()
    patch = torch.rand(2, 3, *PATCH_SIZE)
    logits, features = discriminator(patch, torch.zeros(2, 2))
    assert logits.shape == (2, 1, 12, 18) and len(features) == 4
    assert not torch.equal(logits, discriminator(patch, torch.full((2, 2), 0.1))[0])
    discriminator.save_pretrained(tmp_path)
    again = Discriminator.from_pretrained(tmp_path, use_safetensors=True, low_cpu_mem_usage=False)
    torch.testing.assert_close(again(patch, torch.zeros(2, 2))[0], logits)
