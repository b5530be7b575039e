"""An evaluation report as the table that model cards show.

    python -m train.report REPORT.json CARD.md

writes it between the card's `<!-- figures -->` and `<!-- /figures -->`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from gazehub.publish import OWNED_BLOCK

ROWS = [
    ("averted portraits that end inside the X band", ("cases", "portraits", "eye contact"), "share"),
    ("averted portraits whose residual at least halved", ("cases", "portraits", "moved half-way"), "share"),
    ("averted portraits and frames of clips, inside the X band", ("cases", "all", "eye contact"), "share"),
    ("averted portraits and frames of clips, at least halved", ("cases", "all", "moved half-way"), "share"),
    ("camera portraits that stay in the X band", ("cases", "portraits", "stays"), "share"),
    ("largest change outside the eye boxes (of 255)", ("cases", "all", "outside"), "number"),
    ("`redirect` error over yaw ±20°, pitch ±10°", ("redirect", "error"), "degrees"),
    ("slider: Spearman of α against the measured motion", ("slider", "Spearman"), "number"),
    ("slider: steps that move the right way", ("slider", "steps the right way"), "share"),
    ("realism: AUC of corrected against real camera eyes", ("realism", "corrected"), "number"),
    (
        "the same, uncorrected / eyeball turned without a network",
        ("realism", "as photographed", "turned eyeball"),
        "pair",
    ),
    ("rotated pairs: PSNR inside the mask (dB)", ("pairs", "PSNR"), "number"),
    ("rotated pairs: MS-SSIM inside the mask", ("pairs", "MS-SSIM"), "number"),
    ("identity: embedding distance over that of a JPEG-90 re-save", ("identity", "ratio"), "number"),
]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.report", description=__doc__.split("\n")[0])
    parser.add_argument("report", type=Path, help="report.json of train.evaluate")
    parser.add_argument("card", type=Path, help="the card to renew")
    args = parser.parse_args(argv)
    card = args.card.read_text()
    if not OWNED_BLOCK.search(card):
        print(f"error: {args.card} has no <!-- figures --> block", file=sys.stderr)
        return 2
    table = figures_table(json.loads(args.report.read_text()))
    args.card.write_text(OWNED_BLOCK.sub(lambda _: f"<!-- figures -->\n{table}\n<!-- /figures -->", card, count=1))
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
