"""What the page says, in words for people who never heard of a gaze angle."""

from __future__ import annotations

from gazehub.face_report import FaceReport
from gazehub.gaze import CAMERA_BAND, angle_code_to_residual, residual_size
from gazehub.limits import EYES_CLOSED, EYES_HIDDEN, NOT_SELECTED, TOO_SMALL, TURNED_AWAY, reach

TITLE = "Look into the camera"
SENTENCE = "Turn the eyes in your portrait to the lens, or wherever you like. Everything else stays as it was."
INTRO = f"# {TITLE}\n{SENTENCE}"

LIVE = """### Your own camera, live
[Open the live page](live/): it corrects your camera, or a photo, on your own machine. Nothing is sent to this
server."""

NO_VIDEO = "This server can't read video files: whoever runs it can add that by `pip install 'gazehub[video]'`."

ABOUT = """### How it works
The program finds the eyes, erases each one, and paints it again so that it looks where you want. The person's own
iris, lashes and skin are carried over from the photo, at the photo's own sharpness. Pixels outside a small region
around each eye are not touched.

### What it can't do
It leaves alone eyes that are closed, hidden behind sunglasses or hair, smaller than 8 pixels, and faces turned far to
the side. Strong glasses, heavy make-up and very wide glances can still look wrong: compare before you use a picture.

### What happens to photos and clips
They are worked on by the machine that serves this page, never sent anywhere else and never logged. What you upload is
deleted within half an hour after you last used it, and so are the files that you download. GPS position and other
camera data are removed from results.

### Every result is marked
Downloads carry a machine-readable note (pictures: XMP, IPTC digital source type "composite with trained algorithmic
media"; MP4: a comment) that says they were edited by this program. Don't pass them off as untouched, and don't use
them to make someone appear to attend, agree or look at something they did not.

### Licence
The code is under the MIT licence. The bundled weights are for research and other non-commercial use, because some of
the portraits they were trained on are. Method after *Unsupervised High-Resolution Portrait Gaze Correction and
Animation*, Zhang et al., IEEE TIP 2022."""

REASONS = {
    EYES_CLOSED: "the eyes are closed, so they were left alone",
    EYES_HIDDEN: "the eyes can't be seen well (sunglasses, hair, deep shade), so they were left alone",
    TOO_SMALL: "the face is too small in the picture, so it was left alone",
    TURNED_AWAY: "head and eyes are turned too far to the side, so they were left alone",
    NOT_SELECTED: "not chosen, so it was left alone",
}

IN_PART = "head and eyes are turned far to the side, so the eyes were changed only in part"


def direction(degrees: tuple[float, float] | None) -> str:
    """(yaw, pitch) in degrees as a person would say it."""
    if degrees is None:
        return "unknown"
    yaw, pitch = degrees
    if abs(yaw) < 3 and abs(pitch) < 3:
        return "into the camera"
    parts = []
    if abs(yaw) >= 1:
        parts.append(f"{abs(yaw):.0f}° to the picture's {'right' if yaw > 0 else 'left'}")
    if abs(pitch) >= 1:
        parts.append(f"{abs(pitch):.0f}° {'up' if pitch > 0 else 'down'}")
    return ", ".join(parts)


def looked(face: FaceReport) -> str:
    """Where a face looked in the photo."""
    if face.domain == "X":
        return "into the camera"
    return direction(face.degrees_before) + (" (almost into the camera)" if face.domain == "between" else "")


def looks(face: FaceReport) -> str:
    """Where a face looks now, by the same measure."""
    is_camera = residual_size(angle_code_to_residual(face.offset_after)) < CAMERA_BAND
    return "into the camera" if is_camera else direction(face.degrees_after)


def in_short(face: FaceReport) -> str:
    """What happened to a face, for under its close-up."""
    if face.skipped:
        return f"{looked(face)}; {REASONS[face.skipped]}".removeprefix("unknown; ")
    before, after = looked(face), looks(face)
    in_part = f"; {IN_PART}" if reach(face.yaw, face.degrees_before) < 1 else ""
    return (f"{after}, as before" if before == after else f"{before} → {after}") + in_part


def warnings(faces: list[FaceReport]) -> list[str]:
    """One sentence for every face that was left alone although it was asked for."""
    asked = [(number, face.skipped) for number, face in enumerate(faces, 1) if face.skipped != NOT_SELECTED]
    sentences = [(number, REASONS[reason]) for number, reason in asked if reason]
    if len(faces) == 1:
        return [f"{sentence[0].upper()}{sentence[1:]}." for _, sentence in sentences]
    return [f"Face {number}: {sentence}." for number, sentence in sentences]
