"""The parts of the page that gradio has none for. Each is a `gr.HTML` with a script and a look of its own beside it."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
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

from gradio.events import Dependency

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
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component

    
    def input(self,
        fn: Callable[..., Any] | None = None,
        inputs: Block | Sequence[Block] | set[Block] | None = None,
        outputs: Block | Sequence[Block] | None = None,
        api_name: str | None = None,
        scroll_to_output: bool = False,
        show_progress: Literal["full", "minimal", "hidden"] = "full",
        show_progress_on: Component | Sequence[Component] | None = None,
        queue: bool | None = None,
        batch: bool = False,
        max_batch_size: int = 4,
        preprocess: bool = True,
        postprocess: bool = True,
        cancels: dict[str, Any] | list[dict[str, Any]] | None = None,
        every: Timer | float | None = None,
        trigger_mode: Literal["once", "multiple", "always_last"] | None = None,
        js: str | Literal[True] | None = None,
        concurrency_limit: int | None | Literal["default"] = "default",
        concurrency_id: str | None = None,
        api_visibility: Literal["public", "private", "undocumented"] = "public",
        key: int | str | tuple[int | str, ...] | None = None,
        api_description: str | None | Literal[False] = None,
        validator: Callable[..., Any] | None = None,
        inputs_kwargs: dict[str, Block] | None = None,
    
        ) -> Dependency:
        """
        Parameters:
            fn: the function to call when this event is triggered. Often a machine learning model's prediction function. Each parameter of the function corresponds to one input component, and the function should return a single value or a tuple of values, with each element in the tuple corresponding to one output component.
            inputs: list of gradio.components to use as inputs. If the function takes no inputs, this should be an empty list.
            inputs_kwargs: dictionary mapping function parameter names to gradio.components. The component values are passed to the function as keyword arguments.
            outputs: list of gradio.components to use as outputs. If the function returns no outputs, this should be an empty list.
            api_name: defines how the endpoint appears in the API docs. Can be a string or None. If set to a string, the endpoint will be exposed in the API docs with the given name. If None (default), the name of the function will be used as the API endpoint.
            scroll_to_output: if True, will scroll to output component on completion
            show_progress: how to show the progress animation while event is running: "full" shows a spinner which covers the output component area as well as a runtime display in the upper right corner, "minimal" only shows the runtime display, "hidden" shows no progress animation at all
            show_progress_on: Component or list of components to show the progress animation on. If None, will show the progress animation on all of the output components.
            queue: if True, will place the request on the queue, if the queue has been enabled. If False, will not put this event on the queue, even if the queue has been enabled. If None, will use the queue setting of the gradio app.
            batch: if True, then the function should process a batch of inputs, meaning that it should accept a list of input values for each parameter. The lists should be of equal length (and be up to length `max_batch_size`). The function is then *required* to return a tuple of lists (even if there is only 1 output component), with each list in the tuple corresponding to one output component.
            max_batch_size: maximum number of inputs to batch together if this is called from the queue (only relevant if batch=True)
            preprocess: if False, will not run preprocessing of component data before running 'fn' (e.g. leaving it as a base64 string if this method is called with the `Image` component).
            postprocess: if False, will not run postprocessing of component data before returning 'fn' output to the browser.
            cancels: a list of other events to cancel when this listener is triggered. For example, setting cancels=[click_event] will cancel the click_event, where click_event is the return value of another components .click method. Functions that have not yet run (or generators that are iterating) will be cancelled, but functions that are currently running will be allowed to finish.
            every: continuously calls `value` to recalculate it if `value` is a function (has no effect otherwise). Can provide a Timer whose tick resets `value`, or a float that provides the regular interval for the reset Timer.
            trigger_mode: if "once" (default for all events except `.change()`) would not allow any submissions while an event is pending. If set to "multiple", unlimited submissions are allowed while pending, and "always_last" (default for `.change()` and `.key_up()` events) would allow a second submission after the pending event is complete.
            js: optional frontend JavaScript to run before 'fn', provided as either a function or a raw code string. A function receives the values of 'inputs' and 'outputs' as arguments; raw code can access them through `arguments`. Return a list of values for the output components.
            concurrency_limit: if set, this is the maximum number of this event that can be running simultaneously. Can be set to None to mean no concurrency_limit (any number of this event can be running simultaneously). Set to "default" to use the default concurrency limit (defined by the `default_concurrency_limit` parameter in `Blocks.queue()`, which itself is 1 by default).
            concurrency_id: if set, this is the id of the concurrency group. Events with the same concurrency_id will be limited by the lowest set concurrency_limit.
            api_visibility: controls the visibility and accessibility of this endpoint. Can be "public" (shown in API docs and callable by clients), "private" (hidden from API docs and not callable by the Gradio client libraries), or "undocumented" (hidden from API docs but callable by clients and via gr.load). If fn is None, api_visibility will automatically be set to "private".
            key: A unique key for this event listener to be used in @gr.render(). If set, this value identifies an event as identical across re-renders when the key is identical.
            api_description: Description of the API endpoint. Can be a string, None, or False. If set to a string, the endpoint will be exposed in the API docs with the given description. If None, the function's docstring will be used as the API endpoint description. If False, then no description will be displayed in the API docs.
            validator: Optional validation function to run before the main function. If provided, this function will be executed first with queue=False, and only if it completes successfully will the main function be called. The validator receives the same inputs as the main function, including the same keyword arguments when `inputs_kwargs` is used, so its signature must accept those keyword names.
        
        """
        ...


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
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


class Stage(Part):
    """Before and after, with a line between them, and the eyes of every face close up."""

    def __init__(self, value: dict | None = None, **settings) -> None:
        super().__init__("stage", value, **settings)

    def preprocess(self, payload: object) -> None:
        return None
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


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
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component


def _thumbnail(sample: Sample) -> str:
    picture = Image.open(sample.path).convert("RGB")
    height = round(THUMBNAIL * picture.height / picture.width)
    if picture.width > picture.height:
        height = THUMBNAIL
    encoded = io.BytesIO()
    width = round(height * picture.width / picture.height)
    picture.resize((width, height), Image.Resampling.LANCZOS).save(encoded, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.getbuffer()).decode()}"