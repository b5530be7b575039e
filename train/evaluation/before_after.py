"""Where eyes look before and after a correction, each eye and each reader apart.

    python -m train.evaluation.before_after PORTRAITS -o FOLDER [--files LIST] [--people people.csv] [--weights SOURCE]

Corrects the portraits of held-out people that look away, prints what the readers say by head yaw, and writes
faces.json and a sheet of the worst faces, before above after. Of the readers the mesh steers, so it flatters; `iris`
has no part in what is drawn. Residuals are in units of `calibration.SHOWN`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from gazehub.faces.face import Face
from gazehub.gaze import AVERTED_BAND, residual_size, to_picture
from gazehub.limits import CLOSED_BELOW, skip_reason
from gazehub.pipeline_gaze import GazePipeline, NoFaceError
from train.evaluation.measures.eyes import INDEPENDENT, READERS, EyeMeasure, EyeRecord, summarize
from train.evaluation.reading.calibration import directions_of
from train.evaluation.reading.listing import ListedPortrait, list_portraits
from train.evaluation.worst import eyes_of, sheet, worst

SHEET_FACES, A_PAGE = 30, 15


def table(report: dict) -> str:
    lines = [
        "band      faces alone reader  worse<band <1.5  mean<band  median worse  near x, y      far x, y       apart"
    ]
    for band, row in report.items():
        for reader in (key for key in row if key in READERS):
            found = row[reader]
            shares = "  ".join(f"{found[key]:7.1%}" for key in list(found)[:3])
            near, far = ("  ".join(f"{value:+.3f}" for value in found[key]) for key in ("near", "far"))
            head = f"{band:9} {row['faces']:5} {row['left alone']:5} {reader:6}"
            lines.append(f"{head}  {shares}   {found['worse eye']:.4f}    {near}  {far}  {found['apart']:.1%}")
        lines += [f"{band:9} alive: {row['alive']}", f"{band:9} lids: {row['lids']}"]
    return "\n".join(lines)


def averted_portraits(
    measure: EyeMeasure, pipeline: GazePipeline, portraits: Iterable[ListedPortrait]
) -> Iterator[tuple[ListedPortrait, np.ndarray, Face]]:
    """Those whose largest face has open eyes and looks away by every reader, with pixels and face."""
    for portrait in portraits:
        pixels = portrait.pixels()
        found = pipeline.landmarker(pixels)
        if not found or min(eye.openness for eye in found[0].eyes) < CLOSED_BELOW or skip_reason(found[0]):
            continue
        residuals = measure.residuals(pixels, found[0], directions_of(found[0]))
        if min(residual_size(to_picture(each)) for each in residuals.values()) > AVERTED_BAND:
            yield portrait, pixels, found[0]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m train.evaluation.before_after", description=__doc__.split("\n")[0]
    )
    parser.add_argument("portraits", type=Path, help="folder of photos")
    parser.add_argument("--people", type=Path, help="CSV with the columns file, person, and perhaps source and camera")
    parser.add_argument("--files", type=Path, help="names, one a line, to correct whether they look away or not")
    parser.add_argument("--weights", help="folder or hub id (default: the bundled weights)")
    parser.add_argument("--limit", type=int, default=200, help="at most so many faces (default: %(default)s)")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for faces.json and the sheets")
    args = parser.parse_args(argv)
    try:
        portraits = list_portraits(args.portraits, args.people)
        pipeline, measure = GazePipeline.from_pretrained(args.weights, threads=1), EyeMeasure.usual()
        if args.files:
            named = {line.strip() for line in args.files.read_text().splitlines()}
            chosen = listed(pipeline, [portrait for portrait in portraits if portrait.name in named])
        else:
            others = [portrait for portrait in portraits if portrait.held_out and not portrait.camera]
            chosen = averted_portraits(measure, pipeline, others)
        records, pictures = [], {}
        for portrait, pixels, face in chosen:
            after, skipped = corrected(pipeline, pixels)
            found = pipeline.landmarker(after)
            again = found[0] if found else face
            records.append(measure.compare(portrait.name, pixels, face, after, again, skipped))
            pictures[portrait.name] = np.vstack([eyes_of(picture, face) for picture in (pixels, after)])
            if len(records) >= args.limit:
                break
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if not records:
        print("error: no held-out portrait looks away", file=sys.stderr)
        return 2
    report = summarize(records, measure.calibrations)
    print(table(report))
    args.output.mkdir(parents=True, exist_ok=True)
    faces = [to_row(record) for record in records]
    (args.output / "faces.json").write_text(json.dumps({"report": report, "faces": faces}, indent=1) + "\n")
    write_sheets(args.output, records, pictures)
    return 0


def listed(
    pipeline: GazePipeline, portraits: Iterable[ListedPortrait]
) -> Iterator[tuple[ListedPortrait, np.ndarray, Face]]:
    """Those that show a face, with pixels and face."""
    for portrait in portraits:
        pixels = portrait.pixels()
        found = pipeline.landmarker(pixels)
        if found:
            yield portrait, pixels, found[0]


def corrected(pipeline: GazePipeline, pixels: np.ndarray) -> tuple[np.ndarray, str | None]:
    """The picture with its largest face corrected, and why that was left alone, or None."""
    try:
        output = pipeline.correct(pixels, faces="largest")
    except NoFaceError as error:
        return pixels, str(error)
    return np.asarray(output.image), output.faces[0].skipped


def write_sheets(folder: Path, records: list[EyeRecord], pictures: dict[str, np.ndarray]) -> None:
    """worst_0.png and so on: the worst faces by the independent reader; left_alone.png: what was not drawn."""
    chosen = worst(records, INDEPENDENT, SHEET_FACES)
    for start in range(0, len(chosen), A_PAGE):
        sheet(chosen[start : start + A_PAGE], pictures).save(folder / f"worst_{start // A_PAGE}.png")
    alone = [record for record in records if record.skipped is not None]
    if alone:
        sheet(alone, pictures).save(folder / "left_alone.png")


def to_row(record: EyeRecord) -> dict:
    residuals = {
        f"{reader} {when}": getattr(record, when)[reader].round(4).tolist()
        for reader in record.after
        for when in ("before", "after")
    }
    return {"name": record.name, "yaw": round(record.yaw, 1), "skipped": record.skipped, **residuals}


if __name__ == "__main__":
    sys.exit(main())
