"""What callers of the API sent, before it reaches a handler."""

from __future__ import annotations

import gradio as gr


class StrictBlocks(gr.Blocks):
    """Blocks that answer values of the wrong kind, or missing ones, in a sentence.

    gradio's own say nothing to the caller and print where it went wrong, with the value, to the log.
    """

    async def preprocess_data(self, *args, **kwargs):
        try:
            return await super().preprocess_data(*args, **kwargs)
        except gr.Error as error:
            error.print_exception = False
            raise
        except Exception:  # of many kinds, depending on which part of gradio stumbles first
            raise gr.Error(
                "A value is missing or of the wrong kind; files are uploaded first.", print_exception=False
            ) from None
