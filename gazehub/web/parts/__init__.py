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
from gazehub.web.samples import SAMPLES, Sample
from gazehub.web.strict import WRONG_VALUE

FOLDER = Path(__file__).parent
THUMBNAIL = 96  # pixels
MAX_YAW, MAX_PITCH = 30, 20  # degrees, to the edges of the pad


@dataclass(frozen=True)
class Chosen:
    """A photo that a visitor chose.

    Args:
        key: the path of an upload, or the name of a sample.
    """

    key: str
    is_sample: bool = False


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
        if isinstance(payload, dict):
            if payload.get("sample") in [sample.name for sample in SAMPLES]:
                return Chosen(payload["sample"], is_sample=True)
            if isinstance(payload.get("path"), str):  # that it is an upload was looked at before
                return Chosen(payload["path"])
        raise gr.Error(WRONG_VALUE, print_exception=False)


class Stage(Part):
    """Before and after, with a line between them, and the eyes of every face close up."""

    def __init__(self, value: dict | None = None, **settings) -> None:
        super().__init__("stage", value, **settings)

    def preprocess(self, payload: object) -> None:
        return None


class GazePad(Part):
    """Where the eyes shall look: a plane with the camera in its middle."""

    def __init__(self, own: list[float] | None, **settings) -> None:
        super().__init__("pad", {"yaw": 0, "pitch": 0, "own": own}, maxYaw=MAX_YAW, maxPitch=MAX_PITCH, **settings)

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
    picture = Image.open(sample.path).convert("RGB")
    height = round(THUMBNAIL * picture.height / picture.width)
    if picture.width > picture.height:
        height = THUMBNAIL
    encoded = io.BytesIO()
    width = round(height * picture.width / picture.height)
    picture.resize((width, height), Image.Resampling.LANCZOS).save(encoded, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.getbuffer()).decode()}"
