"""Where weights come from, and what is refused."""

import huggingface_hub
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from gazehub import GazePipeline, WeightsError


def test_a_pipeline_from_a_model_is_the_same(model, pipe, one_face):
    correct = [np.asarray(p.correct(one_face).image) for p in (pipe, GazePipeline(model))]
    assert np.array_equal(*correct)


def remove_config(folder):
    (folder / "config.json").unlink()


def only_pickle(folder):
    path = folder / "diffusion_pytorch_model.safetensors"
    torch.save(load_file(path), folder / "diffusion_pytorch_model.bin")
    path.unlink()


def junk(folder):
    (folder / "diffusion_pytorch_model.safetensors").write_bytes(b"no weights at all")


def edit(change):
    def damage(folder):
        path = folder / "diffusion_pytorch_model.safetensors"
        tensors = load_file(path)
        change(tensors)
        save_file(tensors, path)

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        remove_config,
        only_pickle,
        junk,
        edit(lambda tensors: tensors.pop("gcm.net.stem.bias")),
        edit(lambda tensors: tensors.update(more=torch.zeros(2))),
        edit(lambda tensors: tensors.update({"gcm.net.stem.bias": torch.zeros(3)})),
        lambda folder: (folder / "config.json").write_text("{"),
        lambda folder: (folder / "config.json").write_text('{"content_dim": "many"}'),
    ],
)
def test_damaged_weights_are_refused_in_words(model, tmp_path, damage):
    model.save_pretrained(tmp_path)
    assert GazePipeline.from_pretrained(tmp_path).networks is not None
    damage(tmp_path)
    with pytest.raises(WeightsError, match=r"The weights in .* (can't be loaded|are not those)"):
        GazePipeline.from_pretrained(tmp_path)


@pytest.mark.parametrize("source", ["no-such-folder", "./owner/name", "/a/b/c", "~/nothing/here"])
def test_a_missing_folder_is_not_looked_up_on_the_hub(source):
    with pytest.raises(WeightsError, match="no folder"):
        GazePipeline.from_pretrained(source)


def test_a_hub_id_without_network_gives_a_sentence(monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(WeightsError, match=r"The weights of owner/name-of-none can't be loaded: .*network"):
        GazePipeline.from_pretrained("owner/name-of-none")


def test_an_unknown_device_is_refused(weights):
    with pytest.raises(ValueError, match="device"):
        GazePipeline.from_pretrained(weights, device="nonsense")
