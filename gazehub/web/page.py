"""The page: what stands where, and which click does what. One uploaded photo follows through all tabs about photos."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from gazehub.files.images import sample_photo
from gazehub.pipeline_gaze import GazePipeline
from gazehub.web import words
from gazehub.web.actions import Actions, on_gpu
from gazehub.web.api import add_endpoints
from gazehub.web.clips import can_read_clips
from gazehub.web.photo import Photo
from gazehub.web.strict import StrictBlocks
from gazehub.web.video_tab import add_video_tab
from gazehub.web.visit import LOOK_AROUND, MAX_BYTES, MAX_MEGAPIXELS, SWEEP

CACHE_SECONDS = 1500  # the files made for a browser are deleted after this long
VISIT_SECONDS = 900  # a photo that nobody touched for so long is forgotten
EYES = [("Both", "both"), ("Left in the picture", "left"), ("Right in the picture", "right")]
SOURCES = ["upload", "webcam", "clipboard"]
SAMPLES_LABEL = "Or try one of these (the second was turned away by this program)"
PRIVATE = {"api_visibility": "private"}
LIVE = {**PRIVATE, "trigger_mode": "always_last", "show_progress": "hidden"}


def build_demo(pipeline: GazePipeline) -> gr.Blocks:
    """The page around a pipeline; `gazehub.web.server.serve` adds limits and looks."""
    with StrictBlocks(title=words.TITLE, analytics_enabled=False, delete_cache=(300, CACHE_SECONDS)) as demo:
        visit = gr.State(None, time_to_live=VISIT_SECONDS)
        gr.Markdown(words.INTRO, elem_id="intro")
        with gr.Tab("Photo"):
            with gr.Row():
                with gr.Column(scale=1, min_width=280):
                    photo = Photo(label="Your photo", sources=SOURCES, height=300, elem_id="photo")
                    gr.Markdown(f"Any picture format, up to {MAX_BYTES // 2**20} MB and {MAX_MEGAPIXELS} megapixels.")
                    gr.Examples(
                        [[str(path)] for path in sample_photos()],
                        photo,
                        label=SAMPLES_LABEL,
                    )
                    with gr.Group(visible=False) as chooser:
                        thumbnail = gr.Image(
                            alt_text="The faces that were found, numbered",
                            show_label=False,
                            interactive=False,
                            buttons=[],
                            elem_id="thumbnail",
                        )
                        chosen = gr.CheckboxGroup([], label="Faces to change: click or tick", elem_id="faces")
                    with gr.Accordion("Only one eye?", open=False):
                        eyes = gr.Radio(EYES, value="both", label="Eyes to change", elem_id="eyes")
                with gr.Column(scale=2, min_width=280):
                    with gr.Tab("Correct"):
                        gr.Markdown("Left of the line: before. Right of it: after. Drag it.")
                        comparison = _before_after("comparison", 600)
                        gr.Markdown("The eyes of the largest face, close up:")
                        closeup = _before_after("closeup", 260)
                        strength = gr.Slider(
                            *(0, 1, 1),
                            step=0.05,
                            label="Strength",
                            info="0 changes nothing, 1 looks into the lens",
                            elem_id="strength",
                        )
                        download = gr.DownloadButton(
                            "Download the picture (PNG)", interactive=False, variant="primary", elem_id="download"
                        )
                    with gr.Tab("Animate"):
                        live, alpha, yaw, pitch, kind, make, clip, gif, mp4 = _animate_tab()
                    with gr.Tab("What it saw"):
                        report = gr.Markdown("Add a photo first.", elem_id="report")
        with gr.Tab("Video"):
            add_video_tab(demo, pipeline)
        with gr.Tab("About"):
            gr.Markdown(words.ABOUT)

        add_endpoints(pipeline, demo.GRADIO_CACHE)  # before the page's own events, which would take their names
        actions = Actions(pipeline, demo.GRADIO_CACHE)
        # Every action hands the visit back: that starts its time to live anew.
        choice = [photo, visit, chosen, eyes]
        opening, results = [visit, chooser, thumbnail, chosen], [comparison, closeup, download, report]
        correcting, moving = [visit, *results], [visit, live]

        def show(trigger, **settings) -> None:
            """Correct, then move the eyes, as the controls stand."""
            corrected = trigger(actions.correct, [*choice, strength], correcting, **settings)
            corrected.then(actions.slide, [*choice, alpha], moving, **LIVE)

        opened = photo.change(actions.open, photo, opening, **PRIVATE)
        show(opened.success, **PRIVATE)
        opened.failure(actions.forget, None, [*opening, *results, live], **PRIVATE)
        show(thumbnail.select(actions.toggle, [visit, chosen], chosen, **PRIVATE).then, **LIVE)
        show(chosen.input, **LIVE)
        show(eyes.input, **LIVE)
        strength.release(actions.correct, [*choice, strength], correcting, **LIVE)
        alpha.input(actions.slide, [*choice, alpha], moving, **LIVE)
        for slider in (yaw, pitch):
            slider.input(actions.turn, [*choice, yaw, pitch], moving, **LIVE)
        make.click(on_gpu(actions.make_clip), [*choice, kind], [visit, clip, gif, mp4], **PRIVATE)
    return demo


def _before_after(name: str, height: int) -> gr.ImageSlider:
    return gr.ImageSlider(
        label="Before and after",
        show_label=False,
        format="png",
        interactive=False,
        max_height=height,
        buttons=["fullscreen"],
        elem_id=name,
    )


def _animate_tab() -> tuple[gr.Component, ...]:
    live = gr.Image(
        label="Move the eyes",
        alt_text="The photo with the eyes where the sliders put them",
        show_label=False,
        interactive=False,
        buttons=["download", "fullscreen"],
        height=480,
        elem_id="live",
    )
    alpha = gr.Slider(
        *(-0.5, 1.5, 1),
        step=0.05,
        label="From the photo's own gaze to the camera",
        info="0: as in the photo. 1: into the camera. Beyond both ends: further the same way.",
        elem_id="alpha",
    )
    with gr.Row():
        yaw = gr.Slider(
            *(-30, 30, 0),
            step=1,
            label="Left and right (degrees)",
            info="0 is the camera, + is to the picture's right",
            elem_id="yaw",
        )
        pitch = gr.Slider(
            *(-20, 20, 0), step=1, label="Down and up (degrees)", info="0 is the camera, + is up", elem_id="pitch"
        )
    with gr.Row():
        kind = gr.Radio([("There and back", SWEEP), ("Look around", LOOK_AROUND)], value=SWEEP, label="Clip")
        make = gr.Button("Make a clip", variant="primary", elem_id="make")
    shared = {"label": "Your clip", "interactive": False, "visible": False, "buttons": [], "elem_id": "clip"}
    clip = gr.Video(**shared, autoplay=True, loop=True, height=480) if can_read_clips() else gr.Image(**shared)
    with gr.Row():
        gif = gr.DownloadButton("Download GIF", visible=False, elem_id="gif")
        mp4 = gr.DownloadButton("Download MP4", visible=False, elem_id="mp4")
    return live, alpha, yaw, pitch, kind, make, clip, gif, mp4


def sample_photos() -> list[Path]:
    """A public-domain photo that an installed package carries, and the same with the gaze turned by `redirect`."""
    return [sample_photo(), Path(__file__).parent / "looking_away.jpg"]
