"""The ablation: what each variant leaves out, and one command that trains and measures them all."""

import json

import numpy as np
import pytest
import torch
import yaml

from gazehub.model.fields import apply_fields
from gazehub.model.patches import PATCH_SIZE
from tests.conftest import TINY
from train.config import TrainConfig
from train.corpus.batches import Corpus
from train.evaluation.ablate import VARIANTS, PhotosAlone, main, prepare_variant
from train.evaluation.report import comparison_table

CONFIG = TrainConfig(
    steps=3,
    encoder_steps=1,
    adversarial_step=2,
    corrections=2,
    animations=2,
    model=TINY,
    discriminator={"channels": [8, 8, 8, 8]},
)


def test_without_pam_every_eye_has_the_same_content(corpus_folder):
    model = prepare_variant("without PAM", CONFIG, corpus_folder).model
    content = model.pam.encode(torch.rand(2, 3, 32, 48))
    assert content.shape == (2, TINY["content_dim"]) and not content.any()


def test_without_cfm_the_inpainting_is_the_result(corpus_folder):
    model = prepare_variant("without CFM", CONFIG, corpus_folder).model
    patch, nowhere = torch.rand(1, 3, *PATCH_SIZE), torch.zeros(1, 2)
    coarse = torch.full((1, 3, 32, 48), 0.25)
    drawn = apply_fields(patch, model.cfm(patch, coarse, nowhere, nowhere))
    assert torch.allclose(drawn[..., 48, 72], torch.tensor(0.25)) and torch.equal(drawn[..., 0, 0], patch[..., 0, 0])


def test_without_pairs_no_rotated_copy_is_ever_seen(corpus_folder):
    corpus, photos = Corpus(corpus_folder, "train"), PhotosAlone(corpus_folder, "train")
    assert corpus.valid[:, 1:].any() and not photos.valid[:, 1:].any()
    patches, whole = photos._patches(0), corpus._patches(0)
    assert np.array_equal(patches[:, 0], whole[:, 0]) and np.array_equal(patches[:, -1], whole[:, 0])
    batch = photos.batch((0, 0), 4, 4)
    assert torch.equal(batch.source, batch.target)
    assert torch.equal(batch.weight == 0, (batch.source_offset != batch.target_offset).any(dim=1))


def test_an_averted_photo_is_asked_to_look_into_the_lens(corpus_folder):
    photos = PhotosAlone(corpus_folder, "train")
    photos.domain[:] = "Y"
    part = photos._face(np.random.default_rng(0), 0, correct=True)
    residual = photos.offsets[0, :, 0] - photos.camera[0]
    np.testing.assert_allclose(part["source_offset"] - part["target_offset"], residual, atol=0.02)
    assert part["averted"].all() and not part["weight"].any()


def test_without_the_adversary_its_terms_weigh_nothing(corpus_folder):
    weights = prepare_variant("without the adversarial loss", CONFIG, corpus_folder).config.weights
    assert weights.adversarial == weights.features == 0 < weights.decisive


@pytest.fixture(scope="module")
def ablation(corpus_folder, portraits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ablation")
    config = {"steps": 3, "encoder_steps": 1, "adversarial_step": 2, "corrections": 2, "animations": 2}
    (folder / "tiny.yaml").write_text(
        yaml.safe_dump(config | {"model": TINY, "discriminator": {"channels": [8, 8, 8, 8]}})
    )
    arguments = [str(corpus_folder), str(portraits), "-o", str(folder), "--config", str(folder / "tiny.yaml")]
    assert main(arguments) == 0
    return folder, arguments


def test_one_command_reports_every_variant(ablation):
    reports = json.loads((ablation[0] / "ablation.json").read_text())
    assert list(reports) == list(VARIANTS)
    assert all(report["steps"] == 3 and report["processor minutes"] >= 0 for report in reports.values())
    lines = comparison_table(reports).splitlines()
    assert len(lines) == 2 + len(VARIANTS) and len({line.count("|") for line in lines}) == 1
    assert "pairs: PSNR" in lines[0] and lines[3].startswith("| without PAM | ")


def test_the_same_command_goes_on_after_a_cut(ablation, capsys):
    folder, arguments = ablation
    kept = folder / "everything.safetensors"
    before = kept.stat().st_mtime_ns
    (folder / "without_CFM.safetensors").unlink()
    assert main(arguments) == 0
    assert kept.stat().st_mtime_ns == before and (folder / "without_CFM.safetensors").exists()
