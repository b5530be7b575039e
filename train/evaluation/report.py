"""Evaluation reports as the tables that model cards show.

    python -m train.evaluation.report REPORT.json CARD.md [--ablation ablation.json] [--comparison comparison.json]

writes them between the card's markers: `<!-- figures -->`, and `<!-- ablation -->` and `<!-- comparison -->` for files
that hold several reports by name.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

AVERTED, TURNED = ("each eye", "averted", "all"), ("each eye", "averted", "turned")
WITNESS, ALIVE = (*AVERTED, "iris"), (*AVERTED, "alive")  # the reader that does not steer
REAL, THEIRS = ("each eye", "camera", "all", "iris"), "the same of camera portraits"
ROWS = [
    ("averted portraits that end inside the X band", ("cases", "portraits", "eye contact"), "share"),
    ("the same without those whose eyes are hidden", ("cases", "portraits with visible eyes", "eye contact"), "share"),
    ("averted portraits whose residual at least halved", ("cases", "portraits", "moved half-way"), "share"),
    ("averted portraits and frames of clips, inside the X band", ("cases", "all", "eye contact"), "share"),
    ("averted portraits and frames of clips, at least halved", ("cases", "all", "moved half-way"), "share"),
    ("camera portraits that stay in the X band", ("cases", "portraits", "stays"), "share"),
    ("mean of both eyes inside the band, by the iris network", (*WITNESS, "mean of eyes in band"), "share"),
    (THEIRS, (*REAL, "mean of eyes in band"), "share"),
    ("on heads turned by more than 18°: mean of both eyes", (*TURNED, "iris", "mean of eyes in band"), "share"),
    ("worse eye inside the band, by the iris network", (*WITNESS, "worse eye in band"), "share"),
    (THEIRS, (*REAL, "worse eye in band"), "share"),
    ("faces whose eyes part, by the iris network", (*WITNESS, "apart"), "share"),
    (THEIRS, (*REAL, "apart"), "share"),
    ("catchlights kept", (*ALIVE, "catchlights kept"), "share"),
    ("sharpness of the iris, after over before", (*ALIVE, "sharpness"), "number"),
    ("largest change outside the eye boxes (of 255)", ("cases", "all", "outside"), "number"),
    ("`redirect` error over yaw ±20°, pitch ±10°", ("redirect", "error"), "degrees"),
    ("slider: Spearman of α against the measured motion", ("slider", "Spearman"), "number"),
    ("slider: steps that move the right way", ("slider", "steps the right way"), "share"),
    ("realism: AUC of corrected against real camera eyes", ("realism", "corrected"), "number"),
    ("the same of what surrounds them and is not redrawn", ("realism", "surroundings"), "number"),
    ("the same of eyeballs turned without a network", ("realism", "turned eyeball"), "number"),
    ("rotated pairs: PSNR inside the mask (dB)", ("pairs", "PSNR"), "number"),
    ("rotated pairs: MS-SSIM inside the mask", ("pairs", "MS-SSIM"), "number"),
    ("camera portraits before and after: PSNR inside the mask (dB)", ("kept", "PSNR"), "number"),
    ("rotated pairs: LPIPS inside the mask", ("perceptual", "LPIPS"), "number"),
    ("FID of corrected eyes against camera eyes", ("perceptual", "FID"), "number"),
    ("identity: embedding distance over that of a JPEG-90 re-save", ("identity", "ratio"), "number"),
    ("the same for camera portraits, whose gaze stays", ("identity", "camera", "ratio"), "number"),
    ("milliseconds for a photo of 512 x 512 pixels, end to end", ("speed", "milliseconds"), "number"),
    ("the same for one that looks away", ("speed", "averted"), "number"),
]
COLUMNS = [
    ("training, core minutes", ("processor minutes",), "number"),
    ("inside the X band", ("cases", "portraits", "eye contact"), "share"),
    ("at least halved", ("cases", "portraits", "moved half-way"), "share"),
    ("stays", ("cases", "portraits", "stays"), "share"),
    ("mean of eyes, iris network", (*WITNESS, "mean of eyes in band"), "share"),
    ("eyes part", (*WITNESS, "apart"), "share"),
    ("catchlights", (*ALIVE, "catchlights kept"), "share"),
    ("`redirect` error", ("redirect", "error"), "degrees"),
    ("pairs: PSNR", ("pairs", "PSNR"), "number"),
    ("camera: PSNR", ("kept", "PSNR"), "number"),
    ("realism AUC", ("realism", "corrected"), "number"),
    ("identity", ("identity", "ratio"), "number"),
    ("ms", ("speed", "milliseconds"), "number"),
]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.evaluation.report", description=__doc__.split("\n")[0])
    parser.add_argument("report", type=Path, help="report.json of train.evaluation.evaluate")
    parser.add_argument("card", type=Path, help="the card to renew")
    parser.add_argument("--ablation", type=Path, help="ablation.json of train.evaluation.ablate")
    parser.add_argument("--clean", type=Path, help="report.json of the clean weights, to stand beside it")
    parser.add_argument("--comparison", type=Path, help="a JSON object: name -> report")
    args = parser.parse_args(argv)
    report = json.loads(args.report.read_text())
    tables = {"figures": figures_table(report)}
    if args.clean:
        tables["clean"] = comparison_table({"bundled": report, "clean": json.loads(args.clean.read_text())})
    for name, path in (("ablation", args.ablation), ("comparison", args.comparison)):
        if path:
            tables[name] = comparison_table(json.loads(path.read_text()))
    card = args.card.read_text()
    for name, table in tables.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if start not in card or end not in card:
            print(f"error: {args.card} has no {start.strip()} block", file=sys.stderr)
            return 2
        before, rest = card.split(start, 1)
        card = before + start + table + "\n" + rest[rest.index(end) :]
    args.card.write_text(card)
    return 0


def figures_table(report: dict) -> str:
    """Markdown: one row per measure that the report holds, then the difficult groups."""
    lines = ["| measure, on people held out of training | value |", "|---|---|"]
    lines += [f"| {label} | {text} |" for label, keys, kind in ROWS if (text := _value(report, keys, kind))]
    lines += ["", "| group | averted | inside the X band | at least halved | left alone |", "|---|---|---|---|---|"]
    for name, group in report["groups"].items():
        if group["averted"]:
            shares = f"{group['eye contact']:.0%} | {group['moved half-way']:.0%}"
            lines.append(f"| {name} | {group['averted']} | {shares} | {group['left alone']} |")
    return "\n".join(lines)


def comparison_table(reports: dict[str, dict]) -> str:
    """Markdown: one row per named report, one column per measure that any of them holds."""
    columns = [column for column in COLUMNS if any(_value(report, *column[1:]) for report in reports.values())]
    lines = ["| | " + " | ".join(label for label, _, _ in columns) + " |", "|---" * (1 + len(columns)) + "|"]
    for name, report in reports.items():
        values = (_value(report, keys, kind) or "–" for _, keys, kind in columns)
        lines.append(f"| {name} | " + " | ".join(values) + " |")
    return "\n".join(lines)


def _value(report: dict, keys: tuple[str, ...], kind: str) -> str | None:
    if kind == "pair":
        section = report[keys[0]]
        return " / ".join(str(section[key]) for key in keys[1:]) if keys[1] in section else None
    found = report
    for key in keys:
        if key not in found:
            return None
        found = found[key]
    return {"share": f"{found:.1%}", "degrees": f"{found}°"}.get(kind, str(found))


if __name__ == "__main__":
    sys.exit(main())
