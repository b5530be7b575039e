"""The page: what stands where, and which click does what."""

from __future__ import annotations

import gradio as gr

from gazehub.pipeline_gaze import GazePipeline
from gazehub.web import words
from gazehub.web.actions import DOWNLOAD, Actions, on_gpu
from gazehub.web.api import add_endpoints
from gazehub.web.clips import can_read_clips
from gazehub.web.guards.few import few_at_a_time
from gazehub.web.guards.strict import StrictBlocks
from gazehub.web.parts import GazePad, PhotoField, Stage
from gazehub.web.settings import LEADS, LINE
from gazehub.web.video_tab import add_video_tab
from gazehub.web.visit import LOOK_AROUND, MAX_BYTES, MAX_MEGAPIXELS, SWEEP

CACHE_SECONDS = 1500  # the files made for a browser are deleted after this long
VISIT_SECONDS = 900  # what was read from a photo that nobody touched for so long is forgotten
EYES = [("Both", "both"), ("Left in the picture", "left"), ("Right in the picture", "right")]
MOVES, WAITING_MOVES = 2, 64  # moves of a control that are drawn at a time, and that wait; more are turned away
PRIVATE = {"api_visibility": "private"}
LIVE = {**PRIVATE, "trigger_mode": "always_last", "show_progress": "hidden", "queue": False}
LARGE = {**PRIVATE, "concurrency_id": "large", "concurrency_limit": 2}  # photos of full size in memory at a time
PASS_ON = """async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  document.querySelector("#file").click();
}"""
# gradio asks for the values of all inputs first, so the browser can say which of them decides, and keep them
MOVED = """(...values) => {
  const [, , faces, eyes, lead, strength, alpha, { yaw, pitch }] = values;
  const detail = { faces, eyes, lead: %s, strength, alpha, yaw, pitch };
  document.dispatchEvent(new CustomEvent("settings", { detail }));
  values[4] = detail.lead;
  return values;
}"""
SETTLED = "() => document.dispatchEvent(new CustomEvent('settled'))"
OFF_WITHOUT_FACES = "(chosen) => ({ __type__: 'update', interactive: chosen.length > 0 })"
SHOW_CLIP = """async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  document.querySelector("#clips").scrollIntoView({ behavior: "smooth", block: "center" });
}"""


def build_demo(pipeline: GazePipeline) -> gr.Blocks:
    """The page around a pipeline; `gazehub.web.server.serve` adds limits and looks."""
    with StrictBlocks(title=words.TITLE, analytics_enabled=False, delete_cache=(300, CACHE_SECONDS)) as demo:
        add_endpoints(pipeline, demo.GRADIO_CACHE)  # before the page's own events, which would take their names
        gr.Markdown(words.INTRO, elem_id="intro")
        with gr.Tab("Photo"):
            _add_photo_tab(Actions(pipeline, demo.GRADIO_CACHE))
        with gr.Tab("Video"):
            add_video_tab(demo, pipeline)
        with gr.Tab("Live"):
            gr.Markdown(words.LIVE)
        with gr.Tab("About"):
            gr.Markdown(words.ABOUT)
    return demo


def _add_photo_tab(actions: Actions) -> None:
    first = actions.first()
    visit = gr.State(None, time_to_live=VISIT_SECONDS)
    lead = gr.Radio(list(LEADS), value="strength", label="The control that decides", visible=False)
    with gr.Row():
        with gr.Column(scale=5, min_width=260, elem_id="choosing"):
            photo = PhotoField(MAX_BYTES)
            gr.Markdown(
                f"Any picture format, up to {MAX_BYTES // 2**20} MB and {MAX_MEGAPIXELS} megapixels. "
                "Your photo is deleted within half an hour after you last used it.",
                elem_id="limits",
            )
        with gr.Column(scale=10, min_width=280, elem_id="seeing"):
            stage = Stage(first.stage)
        with gr.Column(scale=6, min_width=270):
            chosen = gr.CheckboxGroup(
                first.faces, value=first.faces, visible=len(first.faces) > 1, label="Faces to change", elem_id="faces"
            )
            strength = gr.Slider(
                *(0, 1, 1),
                step=0.05,
                label="Into the camera",
                info="0 changes nothing, 1 looks into the lens",
                elem_id="strength",
            )
            pad = GazePad(first.own_gazes, first.faces)
            alpha = gr.Slider(
                *(*LINE, 1),
                step=0.05,
                label="Or on the way there, and past it",
                info="0 is the photo's own gaze, 1 the camera",
                elem_id="alpha",
            )
            download = gr.Button(DOWNLOAD, variant="primary", elem_id="download")
            file = gr.DownloadButton("The file", visible="hidden", elem_id="file")
    with gr.Accordion("Only one eye?", open=False):
        eyes = gr.Radio(EYES, value="both", label="Eyes to change", elem_id="eyes")
    with gr.Column(elem_id="clips"):
        with gr.Row():
            kind = gr.Radio(
                [("There and back", SWEEP), ("Look around", LOOK_AROUND)], value=SWEEP, label="A moving clip"
            )
            make = gr.Button("Make a clip", elem_id="make", min_width=160, scale=0)
        shared = {"label": "Your clip", "interactive": False, "buttons": [], "elem_id": "clip", "visible": False}
        clip_state = gr.Markdown("It takes a few seconds and appears here.", elem_id="clip-state", min_height=60)
        clip = gr.Video(**shared, height=360, autoplay=True, loop=True) if can_read_clips() else gr.Image(**shared)
        with gr.Row():
            gif = gr.DownloadButton("Download GIF", visible=False, elem_id="gif")
            mp4 = gr.DownloadButton("Download MP4", visible=False, elem_id="mp4")

    controls = [photo, visit, chosen, eyes, lead, strength, alpha, pad]
    drawn = [visit, stage]
    photo.input(
        actions.open,
        photo,
        [visit, photo, stage, chosen, eyes, lead, strength, alpha, pad, download, clip, gif, mp4],
        trigger_mode="always_last",
        show_progress_on=stage,
        **LARGE,
    ).failure(actions.refuse, None, photo, queue=False, **PRIVATE)
    draw = few_at_a_time(actions.draw, MOVES, WAITING_MOVES)
    leading = {strength: "'strength'", alpha: "'line'", pad: "'pad'", chosen: "lead", eyes: "lead"}
    for control, name in leading.items():
        moved = control.input(draw, controls, drawn, js=MOVED % name, **LIVE)
        moved.failure(None, js=SETTLED, **PRIVATE)
        if name != "lead":
            control.input(None, None, lead, js=f"() => {name}", **PRIVATE)
    chosen.input(None, chosen, download, js=OFF_WITHOUT_FACES, **PRIVATE)
    chosen.input(None, [chosen, pad], pad, js="(faces, pad) => ({ ...pad, faces })", **PRIVATE)
    saved = download.click(actions.save, controls, [visit, download, file], show_progress="hidden", **LARGE)
    saved.success(None, js=PASS_ON, **PRIVATE)
    make.click(None, js=SHOW_CLIP, **PRIVATE)
    made = make.click(
        on_gpu(actions.make_clip),
        [photo, visit, chosen, eyes, kind],
        [visit, clip, gif, mp4],
        show_progress_on=clip_state,
        **LARGE,
    )
    made.success(None, js=SHOW_CLIP, **PRIVATE)
