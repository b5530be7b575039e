"""The card of the bundled weights says what the report says."""

import hashlib
import json
from pathlib import Path

import pytest
from safetensors.torch import load_file

from gazehub.model.runtime import BUNDLED_WEIGHTS
from train.evaluation.report import comparison_table, figures_table
from train.evaluation.report import main as report_main
from train.initial import load_initial

ROOT = Path(__file__).parents[2]
CARD = (ROOT / "model_card.md").read_text()


def block(name):
    return CARD.split(f"<!-- {name} -->\n")[1].split(f"\n<!-- /{name} -->")[0]


def published(name, run="base"):
    return json.loads((ROOT / "train" / run / f"{name}.json").read_text())


def test_the_figures_are_those_of_the_report():
    assert block("figures") == figures_table(published("report"))


@pytest.mark.parametrize("name", ["ablation", "comparison"])
def test_the_comparisons_are_those_of_their_reports(name):
    assert block(name) == comparison_table(published(name))


def test_the_tables_are_written_by_one_command(tmp_path):
    card, base = tmp_path / "card.md", ROOT / "train" / "base"
    blocks = [f"<!-- {name} -->\nold\n<!-- /{name} -->" for name in ("figures", "ablation", "comparison")]
    card.write_text("# Title\n\n" + "\n\nWords.\n\n".join(blocks) + "\n\nThe end.\n")
    options = ["--ablation", str(base / "ablation.json"), "--comparison", str(base / "comparison.json")]
    assert report_main([str(base / "report.json"), str(card), *options]) == 0
    text = card.read_text()
    assert text.count("Words.") == 2 and text.endswith("The end.\n") and "old" not in text
    assert all(table in text for table in map(block, ("figures", "ablation", "comparison")))


def test_a_card_without_a_place_for_the_figures(tmp_path, capsys):
    card = tmp_path / "card.md"
    card.write_text("# Title\n")
    assert report_main([str(ROOT / "train" / "base" / "report.json"), str(card)]) == 2
    assert "has no <!-- figures --> block" in capsys.readouterr().err and card.read_text() == "# Title\n"


def test_the_parameter_counts_are_those_of_the_weights():
    tensors = load_file(BUNDLED_WEIGHTS / "diffusion_pytorch_model.safetensors")
    for module in ("pam", "gcm", "gam", "cfm"):
        count = sum(value.numel() for key, value in tensors.items() if key.startswith(f"{module}."))
        row = next(line for line in CARD.splitlines() if line.startswith(f"| {module.upper()} |"))
        assert row.endswith(f"| {count:,} |")


@pytest.mark.parametrize("name", ["manifest", "manifest_carry"])
def test_the_corpora_are_those_of_the_manifests(name):
    path = ROOT / "train" / "base" / f"{name}.json"
    assert f"`{hashlib.sha256(path.read_bytes()).hexdigest()}`" in CARD
    manifest = json.loads(path.read_text())
    assert {"faces.csv", "camera.npy", "patches_00000.npy", "offsets_00000.npy"} <= set(manifest["sha256"])
    faces = sum(count for name, count in manifest["counts"].items() if name.startswith(("train", "test")))
    assert f"{manifest['counts']['turned heads']:,}" in CARD and f"{faces:,} face crops" in CARD


def test_the_card_of_the_clean_weights():
    report, card = published("report", "clean"), (ROOT / "model_card_clean.md").read_text()
    assert figures_table(report) in card and "license: cc-by-4.0" in card
    assert block("clean") == comparison_table({"bundled": published("report"), "clean": report})
    counts = json.loads((ROOT / "train" / "clean" / "manifest.json").read_text())["counts"]
    faces = sum(count for name, count in counts.items() if name.startswith(("train", "test")))
    assert f"{faces - counts['turned heads']:,} portraits" in card and f"{counts['turned heads']} of them" in card


@pytest.mark.parametrize("name", ["bundled", "clean"])
def test_the_discriminator_for_fine_tuning_is_there(name):
    model, discriminator = load_initial(name)
    assert sum(p.numel() for p in model.parameters()) > sum(p.numel() for p in discriminator.parameters()) > 0
