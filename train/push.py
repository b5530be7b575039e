"""Publish a training run as one complete model repository.

    python -m train.push RUN OWNER/NAME [--report report.json] [--card model_card.md] [--base-model ID] [--dry-run]

RUN is the folder that `train.train` wrote. The repository gets the weights in full and half precision, the
discriminator under `training/` for fine-tuning, configuration, corpus manifest and log of the run, its loss curves, a
sample picture, and the card. A second push renews weights and figures, and keeps what a person wrote into the card.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from huggingface_hub import EvalResult, ModelCard
from huggingface_hub.errors import HfHubHTTPError

from gazehub.files.images import load_image, sample_photo
from gazehub.files.pictures import save_picture, side_by_side
from gazehub.hub.publish import OWNED_BLOCK, default_card
from gazehub.model.modeling_gaze import GazeModel
from gazehub.pipeline_gaze import GazePipeline
from train.evaluation.curves import draw
from train.evaluation.report import figures_table


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.push", description=__doc__.split("\n")[0])
    parser.add_argument("run", type=Path, help="folder that train.train wrote")
    parser.add_argument("repo", help="owner/name on the hub")
    parser.add_argument("--report", type=Path, help="report.json of the evaluation: the figures of the card")
    parser.add_argument("--card", type=Path, help="the card (default: a short one)")
    parser.add_argument("--training-data", default="Not stated.", help="one sentence for the default card")
    parser.add_argument("--base-model", help="hub id that the run was fine-tuned from")
    parser.add_argument("--private", action="store_true", default=None)
    parser.add_argument("--dry-run", action="store_true", help="list what would be uploaded, and stop")
    args = parser.parse_args(argv)
    try:
        model = GazeModel.from_pretrained(args.run / "weights")
        report = json.loads(args.report.read_text()) if args.report else {}
        card = write_card(args.repo, report, args.card, args.training_data, args.base_model, half_difference(model))
        with TemporaryDirectory() as place:
            files = run_files(args.run)
            files["sample.jpg"] = sample_picture(model, Path(place) / "sample.jpg")
            files["docs/training.png"] = draw(args.run / "log.csv", Path(place) / "training.png")
            address = model.push_to_hub(args.repo, card=card, files=files, private=args.private, dry_run=args.dry_run)
    except (ValueError, OSError, HfHubHTTPError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"pushed: {address}" if address else "dry run: nothing was uploaded")
    return 0


def run_files(run: Path) -> dict[str, Path]:
    """What of a run goes under `training/`: path in the repository -> file."""
    names = ["config.yaml", "manifest.json", "log.csv"]
    names += ["discriminator/config.json", "discriminator/diffusion_pytorch_model.safetensors"]
    missing = [name for name in names if not (run / name).is_file()]
    if missing:
        raise ValueError(f"{run} lacks {', '.join(missing)}: push the folder that train.train wrote.")
    return {f"training/{name}": run / name for name in names}


def write_card(
    repo: str, report: dict, card: Path | None, training: str, base_model: str | None, half: tuple[int, float]
) -> ModelCard:
    """The card, with figures as text and as `model-index`, and what half precision costs."""
    largest, mean = half
    figures = figures_table(report) if report else "Not measured."
    figures += (
        f"\n\nHalf precision (fp16) changes the sample photo by {largest} of 255 at most, {mean:.4f} in the mean."
    )
    filled = ModelCard.load(card) if card else default_card(repo, training)
    block = f"<!-- figures -->\n{figures}\n<!-- /figures -->"
    filled.content = OWNED_BLOCK.sub(lambda _: block, filled.content, count=1)
    if base_model:
        filled.data.base_model = base_model
    if report:
        filled.data.model_name = repo.split("/")[-1]
        filled.data.eval_results = eval_results(report)
    return filled


def eval_results(report: dict) -> list[EvalResult]:
    """The headline figures of a report for the hub's `model-index`."""
    cases = report["cases"]["portraits"]
    values = {"eye contact": cases.get("eye contact"), "stays": cases.get("stays")}
    values["redirect error (degrees)"] = report.get("redirect", {}).get("error")
    values["slider Spearman"] = report.get("slider", {}).get("Spearman")
    values["realism AUC"] = report["realism"].get("corrected")
    about = dict(task_type="image-to-image", dataset_type="portraits", dataset_name="held-out people")
    return [
        EvalResult(metric_type=name, metric_value=value, **about)
        for name, value in values.items()
        if value is not None
    ]


def half_difference(model: GazeModel) -> tuple[int, float]:
    """Largest and mean difference, 0..255, between the sample corrected with full and with half precision weights."""
    half = copy.deepcopy(model).half().float()
    pictures = [np.asarray(GazePipeline(each).correct(sample_photo()).image).astype(int) for each in (model, half)]
    difference = np.abs(pictures[0] - pictures[1])
    return int(difference.max()), float(difference.mean())


@torch.inference_mode()
def sample_picture(model: GazeModel, path: Path) -> Path:
    """A public-domain photo before and after."""
    encoding = GazePipeline(model).encode(sample_photo())
    save_picture(side_by_side([load_image(sample_photo()), encoding.correct().image], encoding.faces[0].box), path)
    return path


if __name__ == "__main__":
    sys.exit(main())
