"""What callers of the API sent, before it reaches a handler; and what goes wrong there, in a sentence."""

from __future__ import annotations

import logging
import os
import re
import traceback
from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from gazehub.files.names import escaped

WRONG_VALUE = "A value is missing or of the wrong kind; files are uploaded first."
ADDRESS = "Files are uploaded first: addresses are not fetched."
MISTAKE = "Something went wrong on this server: try again, or another photo."

log = logging.getLogger(__name__)


class StrictBlocks(gr.Blocks):
    """Blocks that answer whatever goes wrong in a sentence, and keep what visitors sent out of the log.

    gradio's own say nothing to the caller and print where it went wrong, with the value, to the log.
    """

    async def process_api(self, *args, **kwargs):
        try:
            return await super().process_api(*args, **kwargs)
        except gr.Error as error:
            error.print_exception = False
            raise
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            way = " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)
            log.error("%s at %s", type(error).__name__, way)  # its message may name a visitor's file
            raise gr.Error(MISTAKE, print_exception=False) from None

    async def preprocess_data(self, block_fn, inputs, *args, **kwargs):
        if block_fn.api_visibility == "public":  # what a call leaves out at its end has the value that the page shows
            inputs = [*inputs, *(block.value for block in block_fn.inputs[len(inputs) :])]
        for path in _paths(inputs):
            if isinstance(path, str) and "://" in path:
                raise gr.Error(ADDRESS, print_exception=False)
            if path is not None and not self._is_uploaded(path):  # gradio lets pass what doesn't call itself a file
                raise gr.Error(WRONG_VALUE, print_exception=False)
        try:
            return await super().preprocess_data(block_fn, inputs, *args, **kwargs)
        except gr.Error as error:
            raise gr.Error(_sentence(str(error.message)), print_exception=False) from None
        except Exception:  # of many kinds, depending on which part of gradio stumbles first
            raise gr.Error(WRONG_VALUE, print_exception=False) from None

    def _is_uploaded(self, path: object) -> bool:
        """Whether a file is one of the visitors', and not the machine's."""
        try:
            return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self.GRADIO_CACHE))
        except (TypeError, ValueError):  # no path
            return False


def _paths(value: object) -> Iterator[object]:
    """Every path of file data anywhere in a value."""
    if isinstance(value, dict):
        if "path" in value:
            yield value["path"]
        for inner in value.values():
            yield from _paths(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _paths(inner)


def _sentence(words: str) -> str:
    """What one of gradio's fields says of a value, for people."""
    words = escaped(re.sub(r" \(type: <class '\w+'>\)", "", words))
    return f"{words[:300].rstrip('.')}."
