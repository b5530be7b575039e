"""``python -m benchmarks.browser.page_picture``: the picture of the web page that README shows, docs/page.jpg.

Needs the `test` extra and Chromium.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.browser.page import served

SIZE = {"width": 1280, "height": 800}
QUALITY = 88  # of JPEG


def main() -> None:
    """Open the page as a first visitor does, wait until the line has passed over the picture, and write it down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.browser.page_picture", description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/page.jpg"), help="default: %(default)s")
    output = parser.parse_args().output
    with served() as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.goto(address)
        page.wait_for_selector("#stage .all-after")
        page.wait_for_timeout(1000)
        page.screenshot(path=output, type="jpeg", quality=QUALITY)
        browser.close()
    print(f"{output}: {output.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
