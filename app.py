"""The Space: the page for the weights that `GAZEHUB_WEIGHTS` names, a folder or a hub id[@revision]."""

from __future__ import annotations

import os

from gazehub import GazePipeline
from gazehub.web.page import build_demo
from gazehub.web.server import serve

__all__ = ["build_demo"]

if __name__ == "__main__":
    serve(GazePipeline.from_pretrained(os.environ.get("GAZEHUB_WEIGHTS") or None))
