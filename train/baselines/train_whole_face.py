"""Train the whole-face baseline on the portraits of a prepared corpus, for a given time.

    python -m train.baselines.train_whole_face CORPUS PORTRAITS -o RUN --minutes 60

As in the published code, it learns from domain X alone: camera portraits with both eyes erased must be restored. RUN
gets `state.safetensors` (the same command goes on), `log.csv`, and `weights/` for `evaluate --baseline`.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim import Adam

from gazehub.faces.landmarker import FaceLandmarker
from gazehub.files.images import load_image
from train.baselines.whole_face import (
    ContentAutoencoder,
    WholeFaceCorrection,
    WholeFaceDiscriminator,
    align,
    alignment,
    cut_eyes,
    erased,
)
from train.corpus.batches import is_turned
from train.losses import hinge_discriminator, hinge_generator, masked_l1
from train.state import load_state, save_state

BATCH = 8
LEARNING_RATE = 2e-4  # twice the published one: the time is short
PAM_STEPS = 200  # are PAM's alone, as the published code trains it first
SAVE_MINUTES = 5


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.baselines.train_whole_face", description=__doc__)
    parser.add_argument("corpus", type=Path, help="folder that train.corpus.prepare wrote")
    parser.add_argument("portraits", type=Path, help="the portraits it was made from")
    parser.add_argument("-o", "--output", type=Path, required=True, help="run folder; an unfinished run goes on")
    parser.add_argument("--minutes", type=float, required=True, help="processor time of one core to train for")
    args = parser.parse_args(argv)
    try:
        train(aligned_faces(args.corpus, args.portraits, args.output), args.corpus, args.output, args.minutes)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def aligned_faces(corpus: Path, portraits: Path, output: Path) -> np.ndarray:
    """(N, 256, 256, 3) uint8 camera portraits of the training split; kept in the run folder."""
    cache = output / "faces.npy"
    if not cache.exists():
        with open(corpus / "faces.csv", newline="") as handle:
            listed = [row for row in csv.DictReader(handle) if not is_turned(row)]
        rows = [row for row in listed if row["split"] == "train" and row["domain"] == "X"]
        landmarker, faces = FaceLandmarker(), []
        for row in rows:
            image = np.asarray(load_image(portraits / row["file"]))
            faces.append(align(image, alignment(landmarker(image)[0])))
        output.mkdir(parents=True, exist_ok=True)
        np.save(cache, np.stack(faces))
    return np.load(cache, mmap_mode="r")


def train(faces: np.ndarray, corpus: Path, output: Path, minutes: float) -> WholeFaceCorrection:
    """Train until the process and those it goes on from have used so many minutes of processor time."""
    torch.manual_seed(0)
    camera = json.loads((corpus / "manifest.json").read_text())["camera_coefficients"]
    model, discriminator = WholeFaceCorrection(camera_coefficients=camera), WholeFaceDiscriminator()
    generator = [p for name, p in model.named_parameters() if not name.startswith("pam.")]
    modules = {"model": model, "discriminator": discriminator}
    optimizers = {
        "pam": Adam(model.pam.parameters(), LEARNING_RATE, betas=(0.5, 0.999)),
        "generator": Adam(generator, LEARNING_RATE, betas=(0.5, 0.999)),
        "critic": Adam(discriminator.parameters(), LEARNING_RATE, betas=(0.5, 0.999)),
    }
    state, log, step, used = output / "state.safetensors", output / "log.csv", 0, 0.0
    if state.exists():
        step = load_state(state, modules, optimizers)
        used = float(log.read_text().splitlines()[-1].split(",")[1])
    else:
        log.write_text("step,minutes,pam,reconstruction,adversarial,discriminator\n")
    started = saved = time.process_time()
    finished = used >= minutes
    while not finished:
        picture = batch(faces, step)
        if step < PAM_STEPS:
            terms = {"pam": pam_step(model.pam, picture, optimizers["pam"])}
        else:
            terms = gan_step(model, discriminator, picture, optimizers)
        step, now = step + 1, time.process_time()
        spent = used + (now - started) / 60
        finished = spent >= minutes
        if finished or now - saved > 60 * SAVE_MINUTES:
            saved = now
            _save(output, step, spent, terms, modules, optimizers)
    return model


def batch(faces: np.ndarray, step: int) -> Tensor:
    """(8, 3, 256, 256) in -1..1, half of them mirrored."""
    rng = np.random.default_rng((0, step))
    picked = np.stack([faces[i][:, :: rng.choice([-1, 1])] for i in rng.integers(len(faces), size=BATCH)])
    return torch.from_numpy(picked).permute(0, 3, 1, 2).float() / 127.5 - 1


def pam_step(pam: ContentAutoencoder, picture: Tensor, optimizer: Adam) -> float:
    """Mirror learning: each eye rebuilds itself and, mirrored, its partner."""
    eyes = cut_eyes(picture)
    rebuilt = pam.decode(pam.encode(eyes))
    partner = torch.cat(eyes.chunk(2)[::-1]).flip(-1)
    loss = (rebuilt - eyes).abs().mean() + (pam.decode(pam.encode(partner)) - eyes).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def gan_step(model: WholeFaceCorrection, discriminator: WholeFaceDiscriminator, picture: Tensor, optimizers) -> dict:
    """One step of the discriminator and one of the generator; PAM stays as it is."""
    with torch.no_grad():
        content = model.pam.encode(cut_eyes(picture))
    drawn = model(picture, content)
    real, fake = discriminator(picture, content), discriminator(drawn.detach(), content)
    d_loss = hinge_discriminator(real, fake)
    optimizers["critic"].zero_grad()
    d_loss.backward()
    optimizers["critic"].step()

    reconstruction = masked_l1(drawn, picture, erased())
    seen = model.pam.encode(cut_eyes(drawn))
    adversarial = hinge_generator(discriminator(drawn, seen))
    loss = adversarial + 2 * reconstruction + F.l1_loss(seen, content)
    for optimizer in optimizers.values():
        optimizer.zero_grad()
    loss.backward()
    optimizers["generator"].step()
    return {
        "reconstruction": reconstruction.item(),
        "adversarial": adversarial.item(),
        "discriminator": d_loss.item(),
    }


def _save(output: Path, step: int, minutes: float, terms: dict, modules: dict, optimizers: dict) -> None:
    save_state(output / "state.safetensors", step, modules, optimizers)
    modules["model"].save_pretrained(output / "weights")
    columns = ("pam", "reconstruction", "adversarial", "discriminator")
    row = [str(step), f"{minutes:.2f}", *(f"{terms[c]:.4f}" if c in terms else "" for c in columns)]
    with open(output / "log.csv", "a") as handle:
        handle.write(",".join(row) + "\n")
    print(f"step {step}, {minutes:.1f} minutes", terms, flush=True)


if __name__ == "__main__":
    sys.exit(main())
