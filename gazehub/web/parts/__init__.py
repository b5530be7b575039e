"""Parts of the page that gradio has none for. Each is a `gr.HTML` with a script and a look of its own beside it."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import gradio as gr
from gradio.events import Events
from PIL import Image

from gazehub.arguments import number
from gazehub.web.guards.strict import WRONG_VALUE
from gazehub.web.samples import SAMPLES, Sample
from gazehub.web.settings import MAX_PITCH, MAX_YAW, Settings

FOLDER = Path(__file__).parent
THUMBNAIL = 144  # pixels of its height; twice of what a page shows


@dataclass(frozen=True)
class Chosen:
    """A photo that a visitor chose.

    Args:
        key: the path of an upload, or the name of a sample.
        settings: of the controls, if it was on show before a reload.
    """

    key: str
    is_sample: bool = False
    settings: Settings | None = None


class Part(gr.HTML):
    """An element that NAME.html describes and NAME.js brings to life."""

    EVENTS = [Events.input]

    def __init__(self, name: str, value: object = None, **settings) -> None:
        script, template = (FOLDER / f"{name}{suffix}" for suffix in (".js", ".html"))
        super().__init__(
            value,
            html_template=template.read_text(),
            js_on_load=script.read_text(),
            apply_default_css=False,
            elem_id=name,
            **settings,
        )

    def get_block_name(self) -> str:
        return "html"


class PhotoField(Part):
    """Where a photo is chosen, dropped, pasted or taken, or a sample clicked."""

    def __init__(self, max_bytes: int, **settings) -> None:
        samples = [
            {"name": sample.name, "title": sample.title, "shows": sample.shows, "picture": _thumbnail(sample)}
            for sample in SAMPLES
        ]
        super().__init__("photo", samples=samples, maxBytes=max_bytes, **settings)

    def preprocess(self, payload: object) -> Chosen | None:
        """What was chosen, if anything."""
        if payload is None:
            return None
        try:
            settings = None
            if "settings" in payload:
                settings, payload = Settings.kept(payload["settings"]), payload["kept"]
            if payload.get("sample") in [sample.name for sample in SAMPLES]:
                return Chosen(payload["sample"], True, settings)
            if isinstance(payload["path"], str):  # that it is an upload was looked at before
                return Chosen(payload["path"], False, settings)
        except (AttributeError, KeyError, TypeError, ValueError):  # it may be anything
            pass
        raise gr.Error(WRONG_VALUE, print_exception=False)


class Stage(Part):
    """Before and after, with a line between them, and the eyes of every face close up."""

    def __init__(self, value: dict | None = None, **settings) -> None:
        super().__init__("stage", value, **settings)

    def preprocess(self, payload: object) -> None:
        return None


class GazePad(Part):
    """Where the eyes shall look: a plane with the camera in its middle."""

    def __init__(self, own: list[tuple[float, float] | None], faces: list[str], **settings) -> None:
        """
        Args:
            own: where each face looked in the photo, (yaw, pitch) in degrees, largest first.
            faces: the numbers of the chosen ones.
        """
        value = {"yaw": 0, "pitch": 0, "own": own, "faces": faces}
        super().__init__("pad", value, maxYaw=MAX_YAW, maxPitch=MAX_PITCH, **settings)

    def preprocess(self, payload: object) -> tuple[float, float]:
        """(yaw, pitch) in degrees."""
        try:
            yaw, pitch = (number(name, payload[name]) for name in ("yaw", "pitch"))
        except (KeyError, TypeError, ValueError):
            raise gr.Error(WRONG_VALUE, print_exception=False) from None
        if not (abs(yaw) <= MAX_YAW and abs(pitch) <= MAX_PITCH):
            raise gr.Error(WRONG_VALUE, print_exception=False)
        return yaw, pitch


@cache  # gradio makes a part anew whenever it is left as it is
def _thumbnail(sample: Sample) -> str:
    photo = Image.open(sample.path).convert("RGB")
    part = photo.crop([round(share * side) for share, side in zip(sample.part, photo.size * 2)])
    size = round(THUMBNAIL * part.width / part.height), THUMBNAIL
    encoded = io.BytesIO()
    part.resize(size, Image.Resampling.LANCZOS).save(encoded, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.getbuffer()).decode()}"
