"""Weights of gazehub 0.1 as a start: at once they draw nearly what they drew."""

import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn

from gazehub import GazeModel, WeightsError
from gazehub.eye_frame import patch_grid
from gazehub.gaze import LANDMARK_GAIN
from gazehub.model.fields import Fields, sample
from gazehub.model.layers import UNet, conv_of_parts, resize, shares
from gazehub.model.patches import PATCH_SIZE, around, position
from tests.conftest import TINY
from tests.drawn import pattern
from train.discriminator import Discriminator
from train.grow import block_shares, grown, main
from train.initial import load_initial

OLD_SIZE, OLD_SCALE = (64, 96), 96 / 1.8
NOTHING = torch.zeros(1, 2)


class OldCoarseToFine(nn.Module):
    """The fine stage of gazehub 0.1: patches of 96 x 64, three layers."""

    def __init__(self, channels):
        super().__init__()
        self.net = UNet(3 * 16 + 3 * 4 + 8, channels)
        self.flow_head = nn.Conv2d(channels[0], 4, 3, padding=1)
        self.refine = nn.Sequential(nn.Conv2d(channels[0] + 6, 12, 3, padding=1), nn.SiLU())
        self.blend_head = nn.Sequential(nn.Conv2d(18, 12, 3, padding=1), nn.SiLU(), nn.Conv2d(12, 6, 3, padding=1))

    def forward(self, patch, coarse, before, after):
        half, small = F.avg_pool2d(patch, 2), coarse.new_zeros(len(coarse), 1, 16, 24)
        seen = [F.pixel_unshuffle(patch, 4) - 0.5, F.pixel_unshuffle(coarse - half, 2)]
        seen += [around(before, small), around(after, small), *position(small)]
        features = self.net(torch.cat(seen, dim=1))
        flow = resize(0.12 * torch.tanh(self.flow_head(features)), OLD_SIZE, "bicubic")
        ball = ((before - after) / before.new_tensor(LANDMARK_GAIN))[:, :, None, None] + flow[:, :2]
        parts = [resize(features, (32, 48)), half - 0.5, coarse - 0.5]
        hidden = F.silu(conv_of_parts(self.refine[0], parts))
        fine_coarse, hidden = resize(coarse, OLD_SIZE), resize(hidden, OLD_SIZE)
        y, x = torch.meshgrid(*map(torch.arange, OLD_SIZE), indexing="ij")
        brought = sample(patch, torch.stack([x, y])[None] + ball * OLD_SCALE)
        details = [hidden, patch - fine_coarse, brought - fine_coarse]
        logits, residual = self.blend_head(torch.cat(details, dim=1)).split(3, dim=1)
        weights = shares(4 * logits + torch.tensor([0.0, 1.0, 0.0]).view(1, 3, 1, 1))
        fill = (fine_coarse + 0.25 * torch.tanh(residual)).clamp(0, 1)
        return Fields(ball, flow[:, 2:], NOTHING, weights, fill)


@pytest.fixture(scope="module")
def old():
    torch.manual_seed(0)
    return OldCoarseToFine(TINY["fine_channels"]).eval()


@pytest.fixture(scope="module")
def old_tensors(old, model):
    """A state as gazehub 0.1 saved it."""
    rest = {name: value for name, value in model.state_dict().items() if not name.startswith("cfm.")}
    return rest | {f"cfm.{name}": value for name, value in old.state_dict().items()}


def smooth(size):
    """(1, 3, H, W) a smooth black and white eye."""
    points = patch_grid(*size[::-1]).transpose(1, 2, 0)
    return torch.from_numpy(pattern(points)[..., :1] / 255).float().permute(2, 0, 1)[None].expand(-1, 3, -1, -1)


@torch.inference_mode()
def test_the_grown_model_draws_nearly_what_the_old_one_drew(old, old_tensors, model):
    new = GazeModel(**TINY).eval()
    new.load_state_dict(grown(old_tensors, model.state_dict()))
    coarse = 0.8 * smooth((32, 48)) + 0.1
    before, after = torch.tensor([[0.06, -0.03]]), torch.tensor([[-0.04, 0.02]])
    expected = old(smooth(OLD_SIZE), coarse, before, after)
    fields = new.cfm(smooth(PATCH_SIZE), coarse, before, after)

    def inner(each):
        """At the old size, but for what the border touches."""
        return F.interpolate(each, OLD_SIZE, mode="bilinear")[..., 10:-14, 10:-10]

    for one, other in ((fields.ball, expected.ball), (fields.skin, expected.skin), (fields.fill, expected.fill)):
        assert (inner(one) - other[..., 10:-14, 10:-10]).abs().max() < 0.01
    weights = inner(fields.weights)
    assert weights[:, 2].max() < 0.05  # no lamp is reflected yet
    kept = weights[:, [0, 1, 3]] / (1 - weights[:, 2:3])
    assert (kept - expected.weights[..., 10:-14, 10:-10]).abs().max() < 0.02
    assert np.ptp(expected.weights[..., 10:-14, 10:-10].numpy(), axis=(2, 3)).max() > 0.05


def test_everything_else_is_taken_as_it_is(old_tensors, model):
    tensors = grown(old_tensors, model.state_dict())
    changed = {name for name in tensors if not torch.equal(tensors[name], old_tensors[name])}
    heads = {f"cfm.blend_head.{layer}" for layer in ("0.weight", "2.weight", "2.bias")}
    assert changed == {"cfm.net.stem.weight", *heads}
    assert {name: value.shape for name, value in tensors.items()} == {
        name: value.shape for name, value in model.state_dict().items()
    }


def test_a_block_is_shared_out_whole():
    shared = block_shares(4, 6)
    np.testing.assert_allclose(shared.sum(axis=1), 1)
    np.testing.assert_allclose(shared[0], [2 / 3, 1 / 3, 0, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(shared, shared[::-1, ::-1], atol=1e-6)


@pytest.fixture
def published(old_tensors, model, tmp_path):
    """Folders of weights and discriminator as gazehub 0.1 wrote them."""
    weights, discriminator = tmp_path / "weights", tmp_path / "discriminator"
    model.save_pretrained(weights)
    save_file({name: value.contiguous() for name, value in old_tensors.items()}, next(weights.glob("*.safetensors")))
    config = json.loads((weights / "config.json").read_text())
    config["camera_coefficients"] = [[0.0] * 5] * 2
    (weights / "config.json").write_text(json.dumps(config))
    Discriminator(channels=[8, 8, 8, 8]).save_pretrained(discriminator)
    return weights, discriminator


def test_training_starts_from_what_the_command_writes(published, tmp_path, old_tensors):
    weights, discriminator = published
    with pytest.raises(WeightsError, match="weights of gazehub 0.1.*train.grow"):
        GazeModel.from_pretrained(weights)
    assert main([str(weights), str(discriminator), "-o", str(tmp_path / "start")]) == 0
    model, judge = load_initial(str(tmp_path / "start"))
    assert np.shape(model.config.camera_coefficients) == (2, 4) and model.config.content_dim == TINY["content_dim"]
    assert "_name_or_path" not in {**model.config, **judge.config}  # a folder of this machine
    kept = load_file(next(discriminator.glob("*.safetensors")))
    assert all(torch.equal(value, kept[name]) for name, value in judge.state_dict().items())
    assert torch.equal(model.pam.expand.weight, old_tensors["pam.expand.weight"])


def test_weights_that_need_not_grow_are_refused(weights, published, tmp_path, capsys):
    assert main([str(weights), str(published[1]), "-o", str(tmp_path / "start")]) == 2
    assert "holds no weights of gazehub 0.1" in capsys.readouterr().err and not (tmp_path / "start").exists()
