"""What a visitor does with the page, and what they see of it."""

import base64
import io

import numpy as np
from PIL import Image

from tests.conftest import SAMPLES as PACKAGED

HOPPER = PACKAGED / "grace_hopper.jpg"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
BEFORE, AFTER = "#stage .before", "#stage .after"


def opened(chromium, url, **settings):
    """A page just opened, and a list that gets what is wrong: requests that leave the machine, and errors."""
    context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
    page, strange = context.new_page(), []
    page.on("request", lambda r: None if r.url.startswith((url, "data:", "blob:")) else strange.append(r.url))
    page.on("response", lambda r: strange.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("pageerror", lambda error: strange.append(str(error)))
    page.on("console", lambda said: strange.append(said.text) if said.type == "error" else None)
    page.goto(url)
    page.wait_for_selector("#photo input[type=file]", state="attached")
    page.wait_for_selector("#stage .after[src]")
    return page, strange


def source(page, selector):
    return page.locator(selector).first.get_attribute("src")


def shown(page, selector):
    """(H, W, 3) what a picture of the page holds."""
    data = base64.b64decode(source(page, selector).split(",")[1])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def changed(page, selector, old):
    """Wait until a picture is another one; returns it."""
    page.wait_for_function("([selector, old]) => document.querySelector(selector)?.src !== old", arg=[selector, old])
    return source(page, selector)


def upload(page, path):
    """Choose a photo and wait until it is corrected."""
    old = source(page, BEFORE)
    page.set_input_files("#photo input[type=file]", str(path))
    changed(page, BEFORE, old)


def downloaded(page, folder):
    with page.expect_download() as waiting:
        page.locator("#download").click()
    waiting.value.save_as(folder / waiting.value.suggested_filename)
    return folder / waiting.value.suggested_filename


def drag(page, selector, start, stop):
    """Press the mouse in an element and pull; places are shares of its width and height."""
    page.locator(selector).scroll_into_view_if_needed()
    box = page.locator(selector).bounding_box()
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, stop)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=5)
    page.mouse.up()


def swipe(page, selector, right, down):
    """Move a finger over the middle of an element, by pixels."""
    box, session = page.locator(selector).bounding_box(), page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.6
    for step in range(12):
        at = {"x": x + right * step / 10, "y": y + down * step / 10}
        kind = "touchStart" if step == 0 else "touchMove" if step < 11 else "touchEnd"
        points = [] if kind == "touchEnd" else [at]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(16)
