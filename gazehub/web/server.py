"""Serving the page: limits, looks, and a health endpoint."""

from __future__ import annotations

import os
import shutil
import time
from importlib.util import find_spec
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gazehub import __version__
from gazehub.pipeline_gaze import GazePipeline
from gazehub.web.clips import MAX_CLIP_BYTES
from gazehub.web.guards.bounds import Bounds
from gazehub.web.guards.folder import cleaned, private_folder
from gazehub.web.guards.memory import share_arenas
from gazehub.web.head import ICON, OwnHead, card
from gazehub.web.live.serve import LiveApp
from gazehub.web.page import build_demo
from gazehub.web.visit import MAX_BYTES

WORKERS = 2  # pictures that are drawn at the same time
WAITING = 64  # requests that wait for one; more are turned away
KEEP_SECONDS = 1750  # files of visitors; a little longer than gradio, which then forgets their names too
VISITS = 64  # photos kept in memory at most; what a screen shows of one takes up to 15 MB

SYSTEM_FONTS = ["ui-sans-serif", "system-ui", "sans-serif"]  # a page without network can't fetch any
CSS = (Path(__file__).parent / "page.css").read_text()
# gradio scopes `css` to what lies inside its margins; this is about the margins
HEAD = "<style>@media (max-width: 640px) { .gradio-container .app { padding: 12px !important; } }</style>"


def serve(pipeline: GazePipeline, block: bool = True, keep_seconds: float = KEEP_SECONDS, **settings) -> gr.Blocks:
    """Serve the page until interrupted, which ends the process, or in the background if not `block`.

    Args:
        keep_seconds: how long files of visitors are kept.
        settings: for gradio's launch.
    """
    share_arenas()
    folder = private_folder()
    demo = build_demo(pipeline)
    demo.queue(max_size=WAITING, default_concurrency_limit=WORKERS)
    if not block:
        _launch(demo, folder, keep_seconds, settings)
        return demo
    try:
        _launch(demo, folder, keep_seconds, settings)
        while demo.is_running:
            time.sleep(0.2)
    except KeyboardInterrupt:
        print("Stopping.", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # pictures that are being drawn can't be stopped: Python would wait for them, or crash


def _launch(demo: gr.Blocks, folder: Path, keep_seconds: float, settings: dict) -> None:
    demo.launch(
        prevent_thread_lock=True,
        max_file_size=max(MAX_BYTES, MAX_CLIP_BYTES),  # a photo's own limit is looked at when it is opened
        state_session_capacity=VISITS,
        app_kwargs={
            "routes": [Route("/health", health), Route("/card.jpg", card), *LiveApp().routes("/live")],
            "lifespan": cleaned(folder, keep_seconds),
            "middleware": [Middleware(Bounds), Middleware(OwnHead)],
        },
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=find_spec("mcp") is not None,
        footer_links=["api"],
        theme=_theme(),
        css=CSS,
        head=HEAD,
        favicon_path=ICON,
        **settings,
    )


def _theme() -> gr.themes.Base:
    """gradio's, without fonts from elsewhere, and with colours that stand out enough to be read by everyone."""
    theme = gr.themes.Soft(font=SYSTEM_FONTS, font_mono=["ui-monospace", "monospace"])
    return theme.set(
        body_background_fill="*neutral_100",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        block_title_background_fill="none",
        block_title_text_color="*body_text_color",
        block_title_text_color_dark="*body_text_color",
        block_title_padding="0",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_hover_dark="*primary_700",
        checkbox_label_background_fill_selected="*primary_600",
        checkbox_label_background_fill_selected_dark="*primary_600",
        error_text_color="*neutral_900",
    )


def health(_: Request) -> JSONResponse:
    """Answers while the server does."""
    return JSONResponse({"status": "ok", "version": __version__})
