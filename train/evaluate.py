"""How well a checkpoint corrects people it was not trained on.

    python -m train.evaluate CORPUS PORTRAITS [--weights WEIGHTS] [--clips FOLDER] [-o REPORT]

Every portrait of the corpus's test split goes through `GazePipeline.correct`, as a user's photo would, and its gaze is
measured again by landmarks on the result. The measures:

    moved half-way   averted portraits (residual > 0.05 eye widths) whose residual at least halved
    eye contact      averted portraits that end inside the X band (residual < 0.03)
    stays            camera portraits that are still inside the X band
    outside          largest change of any pixel outside the eye boxes, over all portraits: must be 0
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from gazehub.eye_frame import MASK_CENTER_Y, MASK_HALF_HEIGHT, MASK_HALF_WIDTH, EyeFrame
from gazehub.gaze import AVERTED_BAND, CAMERA_BAND, face_residual, residual_size
from gazehub.images import load_image
from gazehub.landmarks import Face
from gazehub.pipeline_gaze import GazePipeline, NoFaceError

CAMERA_PORTRAITS = 200  # at most so many camera portraits are corrected
CLIP_STEP = 15  # frames of a clip between two that are looked at


@dataclass
class Case:
    """One held-out face before and after: residuals in eye widths, eye crops (H, W, 3) uint8 for the sheet."""

    name: str
    source: str
    before: float
    after: float
    outside: int
    eyes_before: np.ndarray
    eyes_after: np.ndarray
    eye_width: float
    yaw: float


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.evaluate", description=__doc__.split("\n")[0])
    parser.add_argument("corpus", type=Path, help="folder that train.prepare wrote")
    parser.add_argument("portraits", type=Path, help="the portraits it was made from")
    parser.add_argument("--weights", help="folder or hub id (default: the bundled weights)")
    parser.add_argument("--clips", type=Path, help="folder of video clips, whose averted frames are cases too")
    parser.add_argument("-o", "--output", type=Path, help="folder for report.json, cases.csv and sheets of pictures")
    args = parser.parse_args(argv)
    try:
        pipeline = GazePipeline.from_pretrained(args.weights)
        images = [portraits(held_out_rows(args.corpus), args.portraits)]
        images += [clip_frames(args.clips)] if args.clips else []
        found = [evaluate(pipeline, *image) for source in images for image in source]
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    cases = [case for case in found if case]
    report = summarize(cases)
    print(json.dumps(report, indent=2))
    if args.output:
        write_report(args.output, report, cases)
    return 0


def held_out_rows(corpus: Path) -> list[dict]:
    """The averted portraits of the test split, and evenly chosen camera portraits."""
    with open(corpus / "faces.csv", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["split"] == "test"]
    camera = [row for row in rows if row["domain"] == "X"]
    step = max(1, len(camera) // CAMERA_PORTRAITS)
    return [row for row in rows if row["domain"] == "Y"] + camera[::step]


def portraits(rows: list[dict], folder: Path) -> Iterator[tuple[str, str, np.ndarray]]:
    for row in rows:
        yield row["file"], row["source"] or "portraits", np.asarray(load_image(folder / row["file"]))


def clip_frames(folder: Path) -> Iterator[tuple[str, str, np.ndarray]]:
    """One of every `CLIP_STEP` frames of the clips in a folder."""
    for path in sorted(folder.glob("*.mp4")):
        video, index = cv2.VideoCapture(str(path)), 0
        while video.grab():
            if index % CLIP_STEP == 0:
                yield f"{path.name}:{index}", "clips", cv2.cvtColor(video.retrieve()[1], cv2.COLOR_BGR2RGB)
            index += 1
        video.release()


def evaluate(pipeline: GazePipeline, name: str, source: str, image: np.ndarray) -> Case | None:
    """Correct the largest face. None where there is nothing to measure: no face, a gaze between the two domains, a
    clip that looks into the camera."""
    found = pipeline.landmarker(image)
    if not found:
        return None
    coefficients = np.array(pipeline.model.config.camera_coefficients)
    before = float(residual_size(face_residual(coefficients, found[0])))
    if CAMERA_BAND <= before <= AVERTED_BAND or (source == "clips" and before < CAMERA_BAND):
        return None
    try:
        result = np.asarray(pipeline.correct(image, faces="largest").image)
    except NoFaceError:
        result = image  # the pipeline refuses: the photo stays as it is, and counts as such
    again = pipeline.landmarker(result)
    if not again:
        return None
    after = float(residual_size(face_residual(coefficients, again[0])))
    outside = np.abs(result.astype(int) - image).max(axis=2)
    for eye in found[0].eyes:
        left, top, right, bottom = eye_box(eye.frame)
        outside[max(top, 0) : bottom, max(left, 0) : right] = 0
    eyes = [both_eyes(picture, found[0]) for picture in (image, result)]
    width = float(np.mean([eye.frame.width for eye in found[0].eyes]))
    return Case(name, source, before, after, int(outside.max()), *eyes, width, found[0].yaw)


def eye_box(frame: EyeFrame) -> tuple[int, int, int, int]:
    """left, top, right, bottom of the pixels that the erased region can reach."""
    reach = np.array([[x, y] for x in (-1, 1) for y in (-1, 1)]) * [MASK_HALF_WIDTH, MASK_HALF_HEIGHT]
    corners = frame.to_portrait(reach + [0, MASK_CENTER_Y])
    low, high = np.floor(corners.min(0)).astype(int), np.ceil(corners.max(0)).astype(int) + 1
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def both_eyes(image: np.ndarray, face: Face) -> np.ndarray:
    """The eyes of a face upright, side by side, at three times the size of a patch."""
    size = (int(288 * 2.4), 192)
    left, right = (eye.frame.center for eye in face.eyes)
    span = (right - left) / 1.75  # so that both eyes and what surrounds them fit
    zoom = size[0] / np.hypot(*(right - left)) * 0.5
    angle = np.arctan2(span[1], span[0])
    linear = zoom * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = np.column_stack([linear, np.array(size) / 2 - linear @ (left + right) / 2])
    flags = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    return cv2.warpAffine(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def summarize(cases: list[Case]) -> dict:
    """The measures over all cases, and apart for every source."""

    def measures(group: list[Case]) -> dict:
        averted = [case for case in group if case.before > AVERTED_BAND]
        camera = [case for case in group if case.before < CAMERA_BAND]
        result: dict = {"averted": len(averted), "camera": len(camera)}
        if averted:
            result["residual before"] = round(float(np.median([case.before for case in averted])), 4)
            result["residual after"] = round(float(np.median([case.after for case in averted])), 4)
            result["moved half-way"] = round(float(np.mean([c.after <= c.before / 2 for c in averted])), 3)
            result["eye contact"] = round(float(np.mean([c.after < CAMERA_BAND for c in averted])), 3)
        if camera:
            result["stays"] = round(float(np.mean([case.after < CAMERA_BAND for case in camera])), 3)
        result["outside"] = max((case.outside for case in group), default=0)
        return result

    sources = sorted({case.source for case in cases})
    stills = [case for case in cases if case.source != "clips"]
    report = {"all": measures(cases), "portraits": measures(stills)}
    return report | {source: measures([c for c in cases if c.source == source]) for source in sources}


def write_report(output: Path, report: dict, cases: list[Case]) -> None:
    """report.json, cases.csv, and sheets of the averted cases, before above after, worst first."""
    output.mkdir(parents=True, exist_ok=True)
    (output / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    with open(output / "cases.csv", "w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["name", "source", "before", "after", "outside", "eye_width", "yaw"])
        for case in cases:
            writer.writerow(
                [case.name, case.source, f"{case.before:.4f}", f"{case.after:.4f}", case.outside]
                + [f"{case.eye_width:.1f}", f"{case.yaw:.1f}"]
            )
    averted = sorted((c for c in cases if c.before > AVERTED_BAND), key=lambda case: -case.after)
    for start in range(0, len(averted), 10):
        contact_sheet(averted[start : start + 10]).save(output / f"averted_{start // 10:02d}.png")
    camera = [case for case in cases if case.before < CAMERA_BAND]
    contact_sheet(camera[:: max(1, len(camera) // 10)][:10]).save(output / "camera.png")


def contact_sheet(cases: list[Case], columns: int = 2) -> Image.Image:
    """Before above after, `columns` faces a row."""
    cells = []
    for case in cases:
        cell = Image.fromarray(np.vstack([case.eyes_before, case.eyes_after]))
        text = f"{case.name}  {case.before:.3f} -> {case.after:.3f}  eye {case.eye_width:.0f} px"
        ImageDraw.Draw(cell).text((4, 4), text, fill=(0, 255, 0), stroke_width=1, stroke_fill=(0, 0, 0))
        cells.append(cell)
    width, height = cells[0].size
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * (width + 8), rows * (height + 8)), "white")
    for index, cell in enumerate(cells):
        sheet.paste(cell, (index % columns * (width + 8), index // columns * (height + 8)))
    return sheet


if __name__ == "__main__":
    sys.exit(main())
