"""The numbers that the browser app shares with the library, out of the library's own modules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from gazehub import aim, draw, eye_frame, gaze, limits, read
from gazehub.faces import detector, face, mesh, search, square
from gazehub.files import provenance
from gazehub.stream import easing, glances, head, lids, memory, missed, stream, tracking, wish
from gazehub.web.words import REASONS

NAMES = {
    eye_frame: "PATCH_WIDTH PATCH_HEIGHT PATCH_SCALE MASK_HALF_WIDTH MASK_HALF_HEIGHT MASK_CENTER_Y MASK_RAMP",
    gaze: "EYEBALL LANDMARK_GAIN RESIDUAL_GAIN FAR_EYE_GAIN VERTICAL_WEIGHT FARTHEST_TURN CAMERA_BAND",
    limits: "CLOSED_BELOW SMALLEST_EYE YAW_FADE_START YAW_LIMIT TURN_FADE_START TURN_LIMIT AT_LENS OFF_LENS "
    "EYES_CLOSED EYES_HIDDEN TOO_SMALL TURNED_AWAY NOT_SELECTED",
    read: "ENCODER_SHARE OWN_AWAY OWN_AT_CAMERA OWN_AT_MOST VERTICAL_SCATTER WIDEST",
    aim: "FADE_DISTANCE NATURAL_LOW NATURAL_HIGH MAX_YAW MAX_PITCH",
    draw: "TEXTURE_REACH UNSEEN",
    face: "OPENINGS IRISES FOREHEAD CHIN LEFT_TEMPLE RIGHT_TEMPLE",
    detector: "SAME_FACE",
    mesh: "SIDE REGION_SCALE MESH_REGION_SCALE MIN_PRESENCE LEFT_OUTER_CORNER RIGHT_OUTER_CORNER",
    search: "PICTURE_SIDE TILE STEP MOST_TILED PROMINENT SAME_BOX SAME_FACE",
    square: "SQUARE_SIDE SMALLEST",
    easing: "DEAD_BAND SMALL_CHANGE SLOW FAST YOUNGEST UNSEEN_SHARE",
    glances: "BEGINS ENDS LONGEST USUAL_TIME FARTHEST UNSEEN",
    head: "SCALE WIDTH HEIGHT LEFT TOP EYE_CENTER EYE_REACH ITERATIONS LEAST_LIKENESS FARTHEST",
    lids: "SOFT",
    memory: "FORGET_AFTER CONTENT_TIME LIDS_CLOSED LIDS_OPEN CLOSED_SHARE OPEN_SHARE USUAL_TIME LID_TIME LID_STEP "
    "SLACK",
    missed: "BIAS_TIME BIAS_LIMIT GAIN_TIME GAIN_LIMIT SMALL_MOTION",
    tracking: "SEARCH_EVERY FORGET_AFTER CHANGED CUT FARTHEST_STEP THUMBNAIL",
    wish: "TAKE_TIME RELEASE_TIME SETTLE_TIME NEAR_LENS OFF_LENS",
    stream: "LOOK_EVERY NEARLY_WHOLE STRENGTH_TIME",
    provenance: "XMP CREATOR_TOOL COMMENT",
}
DETECTORS = {"SHORT_RANGE": detector.SHORT_RANGE, "FULL_RANGE": detector.FULL_RANGE}


def constants(weights: Path) -> dict[str, Any]:
    """One object of plain values for each module, as `EYE_FRAME` or `STREAM_HEAD`, and what weights bring along.

    Args:
        weights: a folder with config.json.
    """
    config = json.loads((weights / "config.json").read_text())
    found = {_title(module): _values(module) for module in NAMES}
    found["MARK"] = found.pop("FILES_PROVENANCE")
    found["REASONS"] = REASONS
    found["DETECTORS"] = {name: _detector(kind) for name, kind in DETECTORS.items()}
    found["WEIGHTS"] = {name: config[name] for name in ("camera_coefficients", "hidden_spread")}
    return found


def _title(module: Any) -> str:
    return module.__name__.removeprefix("gazehub.").replace(".", "_").upper()


def _values(module: Any) -> dict[str, Any]:
    return {name: _plain(getattr(module, name)) for name in NAMES[module].split()}


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def _detector(kind: detector.DetectorKind) -> dict[str, Any]:
    grids = [{"cells": grid.cells, "boxes": grid.boxes} for grid in kind.grids]
    return {"network": kind.network, "side": kind.side, "grids": grids, "threshold": kind.threshold}
