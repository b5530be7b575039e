"""The Video tab and its endpoint."""

from __future__ import annotations

import gradio as gr

from gazehub.pipeline_gaze import GazePipeline
from gazehub.stream.stream import FACES
from gazehub.web import words
from gazehub.web.actions import PROGRESS
from gazehub.web.clips import (
    MAX_CLIP_BYTES,
    MAX_SECONDS,
    MAX_SIDES,
    ClipError,
    ClipWish,
    ClipWork,
    Stopped,
    can_read_clips,
)

PRIVATE = {"api_visibility": "private"}
ONE_AT_A_TIME = {"concurrency_id": "video", "concurrency_limit": 1}  # each takes minutes and every core
SHOW_RESULT = "() => document.querySelector('#corrected').scrollIntoView({behavior: 'smooth', block: 'nearest'})"
ON_A_PHONE = {"facingMode": "user"}  # the camera that looks at its owner
LIMITS = (
    "Choose a clip of someone who talks, or record one with the camera. "
    f"MP4, MOV, MKV or WebM, at most {MAX_SECONDS} seconds, {MAX_CLIP_BYTES // 2**20} MB "
    f"and {MAX_SIDES[0]} × {MAX_SIDES[1]} pixels. The sound stays as it is."
)


def add_video_tab(demo: gr.Blocks, pipeline: GazePipeline) -> None:
    """Add the contents of the tab that is being built, and /video."""
    if not can_read_clips():
        gr.Markdown(words.NO_VIDEO)
        return
    work = ClipWork(pipeline, demo.GRADIO_CACHE)
    with gr.Row():
        with gr.Column(scale=1, min_width=280):
            clip = gr.Video(
                label="Your clip",
                sources=["upload", "webcam"],
                webcam_options=gr.WebcamOptions(mirror=True, constraints={"video": ON_A_PHONE}),
                buttons=[],
                elem_id="video",
            )
            gr.Markdown(LIMITS)
            strength = gr.Slider(
                *(0, 1, 1),
                step=0.05,
                label="Strength",
                info="0 changes nothing, 1 looks into the lens",
                elem_id="video-strength",
            )
            compare = gr.Checkbox(label="Before and after side by side", elem_id="video-compare")
            with gr.Accordion("Who, and how strictly", open=False, elem_id="video-more"):
                faces = gr.Radio(
                    [("Everyone", "all"), ("The largest face", "largest")],
                    value="all",
                    label="Who",
                    elem_id="video-faces",
                )
                look_away = gr.Slider(
                    *(0, 1, 0),
                    step=0.05,
                    label="Glances aside",
                    info="The share of short natural glances that stay: people who never look away stare",
                    elem_id="video-look-away",
                )
            start = gr.Button("Correct the clip", variant="primary", interactive=False, elem_id="video-start")
        with gr.Column(scale=2, min_width=280):
            result = gr.Video(
                label="The corrected clip", interactive=False, height=480, buttons=[], elem_id="corrected"
            )
            download = gr.DownloadButton(
                "Download the clip (MP4)", interactive=False, variant="primary", elem_id="video-download"
            )
    _add_endpoint(work)

    def choose(path: str | None, request: gr.Request) -> tuple:
        """A clip was added or taken away: what came from the one before goes. -> start, result, download."""
        work.stop(request.session_hash)
        return gr.Button(interactive=path is not None), None, gr.DownloadButton(value=None, interactive=False)

    def correct_clip(
        path: str | None,
        strength: float,
        compare: bool,
        faces: str,
        look_away: float,
        request: gr.Request,
        progress: gr.Progress = PROGRESS,
    ) -> tuple:
        """-> result, download."""
        made = _corrected(work, path, (strength, compare, faces, look_away), request, progress)
        return made, gr.DownloadButton(value=made, interactive=True)

    def leave(request: gr.Request) -> None:
        work.stop(request.session_hash)

    clip.change(choose, clip, [start, result, download], queue=False, show_progress="hidden", **PRIVATE)
    start.click(None, js=SHOW_RESULT, **PRIVATE)
    start.click(
        correct_clip,
        [clip, strength, compare, faces, look_away],
        [result, download],
        show_progress_on=result,
        **ONE_AT_A_TIME,
        **PRIVATE,
    )
    demo.unload(leave)


def _add_endpoint(work: ClipWork) -> None:
    def video(
        video: str,
        strength: float = 1.0,
        compare: bool = False,
        faces: str = "all",
        look_away: float = 0.0,
        request: gr.Request = None,
        progress: gr.Progress = PROGRESS,
    ) -> str:
        """Make everyone in a clip look into the camera.

        Args:
            video: a .mp4, .mov, .mkv or .webm, up to 60 seconds, 50 MB and 3840 x 2160 pixels.
            strength: 0 (unchanged) to 1 (into the lens).
            compare: whether before and after stand side by side, in pictures twice as wide.
            faces: "all", or "largest" for the face that is largest at first.
            look_away: the share of natural glances aside that are let through, 0 to 1.

        Returns:
            The clip as MP4 (H.264), with its sound.
        """
        return _corrected(work, video, (strength, compare, faces, look_away), request, progress)

    with gr.Row(visible=False):
        clip, corrected = gr.Video(label="video"), gr.File(label="corrected")
        strength, compare = gr.Number(1.0, label="strength"), gr.Checkbox(label="compare")
        faces, look_away = gr.Radio(FACES, value="all", label="faces"), gr.Number(0.0, label="look_away")
        trigger = gr.Button("video")
    trigger.click(video, [clip, strength, compare, faces, look_away], corrected, api_name="video", **ONE_AT_A_TIME)


def _corrected(work: ClipWork, path: str | None, wish: tuple, request: gr.Request, progress: gr.Progress) -> str:
    """
    Args:
        wish: the values of a `ClipWish`.
    """
    if path is None:
        raise gr.Error("Add a clip first.", print_exception=False)
    progress(0, desc="Opening the clip")
    try:
        return work.correct(
            path,
            ClipWish(*wish),
            request.session_hash,
            lambda done, total: progress((done, total), desc="Correcting", unit="pictures"),
        )
    except ClipError as error:
        raise gr.Error(str(error), print_exception=False) from None
    except Stopped:
        raise gr.Error("Stopped, because the clip was taken away.", print_exception=False) from None
