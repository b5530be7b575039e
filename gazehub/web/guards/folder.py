"""The folder for files of visitors: this process's own, cleaned by age, gone when the process ends."""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import cache
from pathlib import Path


@cache
def private_folder() -> Path:
    """Made at the first call, and from then on gradio's too. gradio's own is shared by all pages of a machine."""
    folder = Path(tempfile.mkdtemp(prefix="gazehub-", dir=os.environ.get("GRADIO_TEMP_DIR")))
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def cleaned(folder: Path, seconds: float) -> Callable[..., AbstractAsyncContextManager]:
    """A lifespan for a server: while it runs, what has been in the folder for so long is deleted, except what is there
    already.

    gradio deletes the files that it knows. It doesn't know those of uploads that broke off and of visitors who left.
    """
    kept = set(folder.rglob("*"))

    async def clean() -> None:
        while True:
            await asyncio.sleep(seconds / 5)
            await asyncio.to_thread(remove_older, folder, seconds, kept)

    @asynccontextmanager
    async def lifespan(_) -> AsyncIterator[None]:
        task = asyncio.create_task(clean())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return lifespan


def remove_older(folder: Path, seconds: float, kept: set[Path]) -> None:
    """Delete what has not changed for so long, and then the folders that are empty."""
    before = time.time() - seconds
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder before the folder
        with suppress(OSError):  # someone else deleted it, or it is a folder with something in it
            if path not in kept and path.lstat().st_ctime < before:
                path.rmdir() if path.is_dir() else path.unlink()
