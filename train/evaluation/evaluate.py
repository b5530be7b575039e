"""How well a checkpoint does on people it was not trained on.

    python -m train.evaluation.evaluate CORPUS PORTRAITS [--weights SOURCE] [--clips FOLDER] [--labels CSV] [-o REPORT]

Portraits of the corpus's test split go through `GazePipeline`, as a user's photo would, and the results are measured
by landmarks, which steer, and by a reader that neither steers nor trains. The measures:

    cases      of averted portraits (residual > 0.05 eye widths): *moved half-way*, whose residual at least halved, and
               *eye contact*, which end inside the X band (residual < 0.03); of camera portraits: *stays*, which are
               still inside it; *outside*, the largest change of any pixel outside the eye boxes: must be 0;
               *left alone*, averted portraits that the pipeline refused, which count as failures
    groups     the same for difficult groups, and for those that --labels names
    each eye   of portraits with visible eyes, by head yaw, by the mesh (which steers, and so flatters) and by `iris`
               (which does not; see `train.evaluation.readers`): the worse eye in the X band, signed errors of the
               nearer and the farther eye, *apart*, the share of faces whose eyes part more than those of 95 % of
               camera portraits; *alive*, catchlights kept and sharpness of the iris after over before; *lids*, whether
               openness follows the vertical gaze as on real people
    redirect   angular error over yaw ±20, pitch ±10 degrees, camera portraits
    slider     of `animate`: Spearman correlation of α with the measured motion, averted portraits
    pairs      PSNR and MS-SSIM inside the mask, rotated eyes brought back
    kept       the same for camera portraits before and after
    realism    AUC of a classifier of corrected against real camera eyes of other people: 0.5 = can't tell
    identity   distance of face embeddings before and after, over that of a JPEG re-save, of averted portraits and, as
               *camera*, of those whose gaze stays; needs two more packages
    speed      milliseconds for one photo of 512 x 512 pixels, end to end; *averted*, if it looks away
    perceptual LPIPS of the pairs and FID of corrected eyes, with --perceptual: both download a network
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from skimage.data import astronaut

from gazehub.files.images import load_image
from gazehub.gaze import CAMERA_BAND
from gazehub.pipeline_gaze import GazePipeline, NoFaceError
from train.baselines.pipeline import WholeFacePipeline
from train.corpus.batches import Corpus
from train.evaluation.cases import (
    Case,
    chosen_portraits,
    clip_frames,
    correct_case,
    held_out_rows,
    is_averted,
    is_camera,
)
from train.evaluation.measures.directions import directions
from train.evaluation.measures.eyes import EyeMeasure, summarize
from train.evaluation.measures.identity import FaceEmbedder, MissingNetwork, identity_distances
from train.evaluation.measures.perceptual import perceptual
from train.evaluation.measures.quality import kept_quality, pair_quality, rotated_pairs
from train.evaluation.measures.realism import realism
from train.evaluation.sheet import contact_sheet

IDENTITY_FACES = 40
TIMED_RUNS = 20
AVERTED_YAW = 20.0  # degrees of gaze of the averted photo that is timed
HIDDEN_LABEL = "eyes hidden"  # by sunglasses, say: there is no gaze to correct, and landmarks measure none
GROUPS = {
    "head yaw > 20°": lambda case: abs(case.yaw) > 20,
    "eyes < 30 px": lambda case: case.eye_width < 30,
    "eyes > 90 px": lambda case: case.eye_width > 90,
    "looking down": lambda case: case.looks_down,
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.evaluation.evaluate", description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path, help="folder that train.corpus.prepare wrote")
    parser.add_argument("portraits", type=Path, help="the portraits it was made from")
    system = parser.add_mutually_exclusive_group()
    system.add_argument("--weights", help="folder or hub id (default: the bundled weights)")
    system.add_argument("--baseline", type=Path, help="evaluate these weights of train.baselines instead")
    parser.add_argument("--clips", type=Path, help="folder of video clips, whose averted frames are cases too")
    parser.add_argument("--labels", type=Path, help='CSV with the columns file and labels ("glasses; dark skin")')
    parser.add_argument("--perceptual", action="store_true", help="LPIPS and FID too; they download a network each")
    parser.add_argument("-o", "--output", type=Path, help="folder for report.json, cases.csv and sheets of pictures")
    args = parser.parse_args(argv)
    try:
        if args.baseline:
            pipeline = WholeFacePipeline.from_pretrained(args.baseline)
        else:
            pipeline = GazePipeline.from_pretrained(args.weights)
        report, cases = evaluate(pipeline, args.corpus, args.portraits, args.clips, args.labels, args.perceptual)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(report, indent=2))
    if args.output:
        write_report(args.output, report, cases)
    return 0


def evaluate(
    pipeline: GazePipeline | WholeFacePipeline,
    folder: Path,
    portraits: Path,
    clips: Path | None = None,
    labels: Path | None = None,
    networks: bool = False,
) -> tuple[dict, list[Case]]:
    """Every measure that the pipeline allows, and the cases behind them."""
    rows, corpus, measure = held_out_rows(folder, labels), Corpus(folder, "test"), EyeMeasure.usual()
    images = chain(chosen_portraits(rows, portraits), clip_frames(clips) if clips else [])
    cases = [case for case in (correct_case(pipeline, measure, row, image) for row, image in images) if case]
    report = {**summarize_cases(cases), "groups": groups(cases), "each eye": each_eye(cases, measure)}
    if isinstance(pipeline, GazePipeline):
        report |= directions(pipeline, measure, rows, portraits)
        truth, turned, corrected = rotated_pairs(pipeline.networks, corpus)
        report["pairs"] = pair_quality(truth, turned, corrected)
        if networks:
            report["perceptual"] = perceptual(cases, corpus, torch.from_numpy(truth), torch.from_numpy(corrected))
    report["kept"] = kept_quality(cases)
    report["realism"] = realism(pipeline, cases, folder, portraits)
    report["identity"] = identity(pipeline, rows, portraits)
    report["speed"] = speed(pipeline)
    return report, cases


def measures(group: Iterable[Case]) -> dict:
    """What became of the gaze in a group of cases."""
    group = list(group)
    averted, camera = [case for case in group if is_averted(case)], [case for case in group if is_camera(case)]
    result: dict = {"averted": len(averted), "camera": len(camera)}
    if averted:
        result["left alone"] = sum(case.skipped is not None for case in averted)
        result["residual before"] = round(float(np.median([case.size_before for case in averted])), 4)
        result["residual after"] = round(float(np.median([case.size_after for case in averted])), 4)
        halved = [case.size_after <= case.size_before / 2 for case in averted]
        result["moved half-way"] = round(float(np.mean(halved)), 3)
        result["eye contact"] = round(float(np.mean([case.size_after < CAMERA_BAND for case in averted])), 3)
    if camera:
        result["stays"] = round(float(np.mean([case.size_after < CAMERA_BAND for case in camera])), 3)
    result["outside"] = max((case.outside for case in group), default=0)
    return result


def summarize_cases(cases: list[Case]) -> dict:
    """The measures over all cases, over portraits and over clips, and for every source."""
    portraits = [case for case in cases if case.source != "clips"]
    report = {"all": measures(cases), "portraits": measures(portraits)}
    if any(case.labels for case in cases):
        report["portraits with visible eyes"] = measures(c for c in portraits if HIDDEN_LABEL not in c.labels)
    sources = sorted({case.source for case in cases})
    return {"cases": report | {source: measures(c for c in cases if c.source == source) for source in sources}}


def groups(cases: list[Case]) -> dict:
    """The measures for difficult groups: those that can be measured, then those that were labelled."""
    report = {name: measures(filter(test, cases)) for name, test in GROUPS.items()}
    labels = sorted({label for case in cases for label in case.labels})
    return report | {label: measures(case for case in cases if label in case.labels) for label in labels}


def each_eye(cases: list[Case], measure: EyeMeasure) -> dict:
    """What the readers say of each eye, of portraits that looked away and of those that did not."""
    portraits = [case for case in cases if case.source != "clips" and HIDDEN_LABEL not in case.labels]
    kinds = {"averted": is_averted, "camera": is_camera}
    return {
        kind: summarize([case.record for case in portraits if test(case)], measure.calibrations)
        for kind, test in kinds.items()
    }


def identity(pipeline: GazePipeline | WholeFacePipeline, rows: list[dict], folder: Path) -> dict:
    """Median embedding distances of averted portraits, and their ratio; the same of camera portraits, whose gaze stays
    and so has no part in it; or why it was not measured."""
    try:
        embed = FaceEmbedder()
    except MissingNetwork as error:
        return {"not measured": str(error)}
    averted, camera = (moved_embeddings(embed, pipeline, rows, folder, domain) for domain in ("Y", "X"))
    return averted | {"camera": camera}


def moved_embeddings(
    embed: FaceEmbedder, pipeline: GazePipeline | WholeFacePipeline, rows: list[dict], folder: Path, domain: str
) -> dict:
    """Median embedding distances of the corrected portraits of a domain, and their ratio."""
    rows = [row for row in rows if row["domain"] == domain]
    distances = []
    for row in rows[:: max(1, len(rows) // IDENTITY_FACES)]:
        image = np.asarray(load_image(folder / row["file"]))
        try:
            output = pipeline.correct(image, faces="largest")
        except NoFaceError:
            continue
        if output.faces[0].skipped is None:
            distances.append(identity_distances(embed, image, np.asarray(output.image), output.faces[0].box))
    if not distances:
        return {"not measured": f"the test split has no portrait of domain {domain} that was corrected"}
    changed, resaved = np.median(distances, axis=0)
    result = {"faces": len(distances), "distance": round(float(changed), 4), "JPEG": round(float(resaved), 4)}
    return result | {"ratio": round(float(changed / resaved), 2)}


def speed(pipeline: GazePipeline | WholeFacePipeline) -> dict:
    """Median time of `correct` on a photo of 512 x 512 pixels in memory, with the model loaded; of one that looks into
    the camera, and of the same turned away, which is read from the mirror image, too."""
    result = {"milliseconds": median_milliseconds(pipeline, astronaut())}
    if isinstance(pipeline, GazePipeline):
        averted = np.asarray(pipeline.redirect(astronaut(), AVERTED_YAW, faces="largest").image)
        result["averted"] = median_milliseconds(pipeline, averted)
    return result | {"threads": torch.get_num_threads()}


def median_milliseconds(pipeline: GazePipeline | WholeFacePipeline, photo: np.ndarray) -> float:
    times = []
    for _ in range(TIMED_RUNS):
        start = time.perf_counter()
        pipeline.correct(photo, faces="largest")
        times.append(1000 * (time.perf_counter() - start))
    return round(float(np.median(times)), 1)


def write_report(output: Path, report: dict, cases: list[Case]) -> None:
    """report.json, cases.csv, and sheets of the averted cases, before above after, worst first."""
    output.mkdir(parents=True, exist_ok=True)
    (output / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    with open(output / "cases.csv", "w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(
            ["name", "source", "skipped", "outside", "eye_width", "yaw", "before", "after"]
            + ["before_x", "before_y", "after_x", "after_y"]
        )
        for case in cases:
            row = [
                case.name,
                case.source,
                case.skipped or "",
                case.outside,
                f"{case.eye_width:.1f}",
                f"{case.yaw:.1f}",
            ]
            residuals = [case.size_before, case.size_after, *case.before, *case.after]
            writer.writerow(row + [f"{value:.4f}" for value in residuals])
    averted = sorted(filter(is_averted, cases), key=lambda case: -case.size_after)
    for start in range(0, len(averted), 10):
        contact_sheet(averted[start : start + 10]).save(output / f"averted_{start // 10:02d}.png")
    camera = list(filter(is_camera, cases))
    if camera:
        contact_sheet(camera[:: max(1, len(camera) // 10)][:10]).save(output / "camera.png")


if __name__ == "__main__":
    sys.exit(main())
