"""A served page, and a browser to open it with."""

import os
import shutil
import socket
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium")
REQUIRED = os.environ.get("GAZEHUB_REQUIRE_BROWSER")  # set where a missing browser must fail the tests, not skip them
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ARGUMENTS += ["--disable-component-update", "--disable-sync"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def browser(*arguments: str):
    """A headless Chromium, with more `arguments`. Skips the test where there is none, unless one is required."""
    if CHROMIUM is None and not REQUIRED:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        path = CHROMIUM or "/usr/bin/chromium"
        running = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *arguments])
        yield running
        running.close()


def upload(page: Page, path) -> None:
    """Choose a file in the upload field and wait for the picture of it."""
    page.set_input_files("#photo input[type=file]", str(path))


def sources(page: Page, selector: str) -> list[str]:
    """Addresses of the pictures inside an element."""
    return page.eval_on_selector_all(f"{selector} img", "images => images.map(image => image.src)")


def wait_for_new_picture(page: Page, selector: str, old: list[str]) -> list[str]:
    """Wait until the pictures inside an element are others than `old`; returns their addresses."""
    page.wait_for_function(
        "([selector, old]) => { const now = [...document.querySelectorAll(selector + ' img')].map(i => i.src);"
        " return now.length && now.every(s => s) && JSON.stringify(now) !== JSON.stringify(old); }",
        arg=[selector, old],
        timeout=30_000,
    )
    return sources(page, selector)
