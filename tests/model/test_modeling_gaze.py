import json

import pytest
import torch

from gazehub import GazeModel, WeightsError
from gazehub.eye_frame import patch_grid, soft_mask
from gazehub.gaze import CORNEA_SHARE, LANDMARK_GAIN
from gazehub.model.patches import DRAWN_COLUMNS, DRAWN_ROWS, PATCH_SIZE, coarse_mask, shrink
from tests.conftest import TINY


@pytest.fixture(scope="module")
def eyes():
    generator = torch.Generator().manual_seed(1)
    patch = torch.rand(3, 3, *PATCH_SIZE, generator=generator)
    before, camera, angle = (torch.randn(3, 2, generator=generator) * 0.1 for _ in range(3))
    return patch, before, camera, angle


@torch.inference_mode()
def everything(model, eyes):
    patch, before, camera, angle = eyes
    content, offset, _ = model.encode(patch)
    corrected = model.correct(patch, content, before, camera)
    animated = model.animate(patch, content, before, camera, angle)
    return [content, offset, *vars(corrected).values(), *vars(animated).values(), model.pam.decode(content)]


def test_save_and_load_give_the_same_outputs(model, eyes, tmp_path):
    model.save_pretrained(tmp_path)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["config.json", "diffusion_pytorch_model.safetensors"]
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["_class_name"] == "GazeModel" and config["content_dim"] == 8
    assert len(config["camera_coefficients"]) == 2 and len(config["camera_coefficients"][0]) == 4
    loaded = GazeModel.from_pretrained(tmp_path).eval()
    for expected, output in zip(everything(model, eyes), everything(loaded, eyes)):
        assert torch.equal(expected, output)


def test_another_model_gives_other_outputs(model, eyes):
    torch.manual_seed(1)
    outputs = zip(everything(model, eyes), everything(GazeModel(**TINY).eval(), eyes))
    equal = [output.shape for expected, output in outputs if torch.equal(expected, output)]
    assert equal == [(3, 2), (3, 2)]  # the flow of lamps, corrected and animated, follows from the offsets alone


def test_pickled_weights_are_refused(model, tmp_path):
    model.save_pretrained(tmp_path, safe_serialization=False)
    assert not list(tmp_path.glob("*.safetensors"))
    with pytest.raises(WeightsError, match="pickled weights are not loaded"):
        GazeModel.from_pretrained(tmp_path)


def test_the_four_modules_are_the_prefixes_of_the_weights(model):
    assert {key.split(".")[0] for key in model.state_dict()} == {"pam", "gcm", "gam", "cfm"}


def test_shapes_and_ranges(model, eyes):
    patch, before, camera, _ = eyes
    content, offset, _ = model.encode(patch)
    assert content.shape == (3, 8) and offset.shape == (3, 2)
    assert offset[:, 0].abs().max() < 0.9 and offset[:, 1].abs().max() < 0.6  # within the patch
    fields = model.correct(patch, content, before, camera)
    assert fields.ball.shape == fields.skin.shape == (3, 2, 96, 144) and fields.lamps.shape == (3, 2)
    assert fields.weights.shape == (3, 4, 96, 144) and fields.fill.shape == (3, 3, 96, 144)
    assert torch.allclose(fields.weights.sum(1), torch.ones(3, 96, 144), atol=1e-5) and fields.weights.min() >= 0
    assert 0 <= fields.fill.min() and fields.fill.max() <= 1
    assert model.pam.decode(content).shape == (3, 3, 32, 48)


@torch.inference_mode()
def test_an_eye_does_not_depend_on_its_batch(model, eyes):
    together = everything(model, eyes)
    alone = everything(model, [tensor[1:2] for tensor in eyes])
    for expected, output in zip(together, alone):
        assert torch.allclose(expected[1:2], output, atol=1e-5)


@torch.inference_mode()
@pytest.mark.parametrize("name", ["gcm", "gam"])
def test_in_painting_sees_only_the_context(model, eyes, name):
    patch, before, *_ = eyes
    module, content = getattr(model, name), torch.randn(3, 8)
    coarse = shrink(patch)
    mask = coarse_mask(coarse)
    other = torch.where(mask > 0, torch.rand_like(coarse), coarse)
    first, second = (module(image, mask, content, before) for image in (coarse, other))
    inside, outside = (mask == 1).expand_as(coarse), (mask == 0).expand_as(coarse)
    assert inside.any() and torch.allclose(first[inside], second[inside], atol=1e-5)
    assert torch.equal(first[outside], coarse[outside])
    assert not torch.allclose(module(coarse, mask, content + 1, before), first, atol=1e-4)
    assert not torch.allclose(module(coarse, mask, content, before + 0.1), first, atol=1e-4)


@torch.inference_mode()
def test_correct_draws_at_the_camera_and_animate_at_the_angle(model, eyes):
    patch, before, camera, angle = eyes
    content, _, _ = model.encode(patch)
    # The ball layer is carried from where the iris was to where it shall be, give or take the predicted flow.
    for fields, target in (
        (model.correct(patch, content, before, camera), camera),
        (model.animate(patch, content, before, camera, angle), camera + angle),
    ):
        carried = (before - target) / torch.tensor(LANDMARK_GAIN).float()
        assert torch.allclose(fields.ball.mean((2, 3)), carried, atol=0.02)
        assert torch.allclose(fields.lamps, CORNEA_SHARE * carried, atol=1e-6)  # the cornea turns less under a lamp


@torch.inference_mode()
def test_fields_are_whole_where_the_mask_lets_them_show(model, eyes):
    """The fine stage computes weights and fill for a part of the patch; what is beside it repeats its edge."""
    patch, before, camera, _ = eyes
    fields = model.correct(patch, model.encode(patch)[0], before, camera)
    computed = torch.zeros(PATCH_SIZE, dtype=bool)
    computed[DRAWN_ROWS, DRAWN_COLUMNS] = True
    assert computed[torch.from_numpy(soft_mask(*patch_grid(*PATCH_SIZE[::-1]))) > 0].all() and not computed.all()
    top, left = DRAWN_ROWS.start, DRAWN_COLUMNS.start
    for each in (fields.weights, fields.fill):
        assert torch.equal(each[..., 0, 0], each[..., top, left])
        assert torch.equal(each[..., -1, -1], each[..., DRAWN_ROWS.stop - 1, DRAWN_COLUMNS.stop - 1])


def test_shrink_is_the_mean_of_three_by_three():
    patch = torch.rand(1, 3, *PATCH_SIZE)
    assert shrink(patch).shape == (1, 3, 32, 48)
    assert torch.allclose(shrink(patch)[0, 1, 5, 7], patch[0, 1, 15:18, 21:24].mean())


def test_every_weight_can_learn(eyes):
    torch.manual_seed(2)
    model = GazeModel(**TINY)
    patch, before, camera, angle = eyes
    content, offset, _ = model.encode(patch)
    outputs = [offset, model.pam.decode(content)]
    outputs += vars(model.correct(patch, content, before, camera)).values()
    outputs += vars(model.animate(patch, content, before, camera, angle)).values()
    sum((output**2).mean() for output in outputs).backward()
    assert not [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
