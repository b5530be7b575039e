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
from gazehub.web.bounds import Bounds
from gazehub.web.clips import MAX_CLIP_BYTES
from gazehub.web.folder import cleaned, private_folder
from gazehub.web.page import build_demo
from gazehub.web.visit import MAX_BYTES

WORKERS = 2  # pictures that are drawn at the same time
WAITING = 64  # requests that wait for one; more are turned away
KEEP_SECONDS = 1750  # files of visitors; a little longer than gradio, which then forgets their names too
VISITS = 32  # photos kept in memory at most; one of 40 megapixels takes 120 MB

SYSTEM_FONTS = ["ui-sans-serif", "system-ui", "sans-serif"]  # a page without network can't fetch any
CSS = """
.gradio-container { width: 100% !important; max-width: 1180px !important; margin: 0 auto !important; }
#intro h1 { font-size: 2rem; margin-bottom: .25rem; }
#intro p { font-size: 1.05rem; opacity: .85; }
#video video { max-height: 300px; }
#download, #make, #video-start, #video-download { min-height: 44px; }
"""
# gradio scopes `css` to what lies inside its margins; this is about the margins
HEAD = "<style>@media (max-width: 640px) { .gradio-container .app { padding: 12px !important; } }</style>"


def serve(pipeline: GazePipeline, block: bool = True, keep_seconds: float = KEEP_SECONDS, **settings) -> gr.Blocks:
    """Serve the page until interrupted, which ends the process, or in the background if not `block`.

    Args:
        keep_seconds: how long files of visitors are kept.
        settings: for gradio's launch.
    """
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
            "routes": [Route("/health", health)],
            "lifespan": cleaned(folder, keep_seconds),
            "middleware": [Middleware(Bounds)],
        },
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=find_spec("mcp") is not None,
        footer_links=["api"],
        theme=gr.themes.Soft(font=SYSTEM_FONTS, font_mono=["ui-monospace", "monospace"]),
        css=CSS,
        head=HEAD,
        **settings,
    )


def health(_: Request) -> JSONResponse:
    """Answers while the server does."""
    return JSONResponse({"status": "ok", "version": __version__})
