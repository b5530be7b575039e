"""The web page and its API. Needs the `app` extra; nothing else in the package imports it."""

from __future__ import annotations

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported
