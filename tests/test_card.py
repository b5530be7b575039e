"""The card of the bundled weights says what the report says."""

import json
from pathlib import Path

from safetensors.torch import load_file

from gazehub.pipeline_gaze import BUNDLED_WEIGHTS
from train.initial import load_initial
from train.report import figures_table

ROOT = Path(__file__).parent.parent
CARD = (ROOT / "model_card.md").read_text()


def test_the_figures_are_those_of_the_report():
    report = json.loads((ROOT / "train" / "base" / "report.json").read_text())
    block = CARD.split("<!-- figures -->\n")[1].split("\n<!-- /figures -->")[0]
    assert block == figures_table(report)


def test_the_parameter_counts_are_those_of_the_weights():
    tensors = load_file(BUNDLED_WEIGHTS / "diffusion_pytorch_model.safetensors")
    for module in ("pam", "gcm", "gam", "cfm"):
        count = sum(value.numel() for key, value in tensors.items() if key.startswith(f"{module}."))
        row = next(line for line in CARD.splitlines() if line.startswith(f"| {module.upper()} |"))
        assert row.endswith(f"| {count:,} |")


def test_the_corpus_is_that_of_the_manifest():
    manifest = json.loads((ROOT / "train" / "base" / "manifest.json").read_text())
    assert f"`{manifest['sha256']['patches.npy']}`" in CARD
    faces = sum(count for name, count in manifest["counts"].items() if name.startswith(("train", "test")))
    assert f"{faces:,} face crops" in CARD


def test_the_discriminator_for_fine_tuning_is_there():
    model, discriminator = load_initial("bundled")
    assert sum(p.numel() for p in model.parameters()) > sum(p.numel() for p in discriminator.parameters()) > 0
