"""The upload field."""

from __future__ import annotations

import gradio as gr
from gradio.components.image import ImageData


class Photo(gr.Image):
    """An image field that hands over the uploaded file as it is.

    gradio's own would decode it first, before this program's limits, and with errors in gradio's words.
    """

    is_template = True  # in the browser it is a plain image field

    def preprocess(self, payload: ImageData | None) -> str | None:
        """The path of the uploaded file, or None."""
        return None if payload is None else payload.path
