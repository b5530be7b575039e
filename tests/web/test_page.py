"""The page in a real browser: what a visitor does, and what they see."""

import base64
import io
import json
import time

import numpy as np
import pytest
from PIL import Image

from gazehub.files.pictures import save_picture
from gazehub.web.samples import SAMPLES
from gazehub.web.server import serve
from tests.conftest import SAMPLES as PACKAGED
from tests.web.axe import axe_source, grave_findings
from tests.web.browser import browser

HOPPER = PACKAGED / "grace_hopper.jpg"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
BEFORE, AFTER = "#stage .before", "#stage .after"


@pytest.fixture(scope="module")
def url(pipe):
    demo = serve(pipe, block=False, quiet=True)
    yield demo.local_url
    demo.close()


@pytest.fixture(scope="module")
def chromium():
    with browser() as running:
        yield running


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


@pytest.fixture
def page(chromium, url):
    page, strange = opened(chromium, url)
    yield page
    page.context.close()
    assert strange == []


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


def test_a_result_is_on_show_before_a_click(page, pipe):
    first = pipe.correct(SAMPLES[0].path)
    assert (
        np.abs(shown(page, AFTER) - first.pixels).mean() < 2 < np.abs(shown(page, AFTER) - shown(page, BEFORE)).max()
    )
    page.wait_for_selector("#stage .all-after", timeout=10_000)  # the line has passed over the picture
    assert SAMPLES[0].title in page.locator("#stage figcaption").inner_text()
    names = page.locator("#photo .samples button").all_inner_texts()
    assert names == [sample.title for sample in SAMPLES]


def test_what_matters_is_within_the_first_screen(page):
    for selector in (BEFORE, "#stage .pair", "#strength", "#pad", "#download", "#photo .choose"):
        box = page.locator(selector).first.bounding_box()
        assert box["y"] + box["height"] <= 900 and box["x"] + box["width"] <= 1280, selector


@pytest.mark.parametrize("suffix, kind", [(".jpg", "JPEG"), (".png", "PNG")])
def test_a_photo_is_corrected_without_a_click_and_downloads_as_it_came(page, pipe, tmp_path, suffix, kind):
    photo = tmp_path / f"holiday{suffix}"
    Image.open(HOPPER).resize((1280, 1500)).save(photo, quality=95)
    upload(page, photo)
    assert shown(page, AFTER).shape == (1024, 874, 3)
    result = downloaded(page, tmp_path)
    assert result.name == f"holiday_corrected{suffix}"
    with Image.open(result) as picture:
        assert (picture.format, picture.size) == (kind, (1280, 1500))
        if kind == "PNG":
            assert np.array_equal(np.asarray(picture), pipe.correct(photo).pixels)
        else:
            save_picture(Image.fromarray(pipe.correct(photo).pixels), tmp_path / "expected.jpg")
            assert np.array_equal(np.asarray(picture), np.asarray(Image.open(tmp_path / "expected.jpg")))


def test_strength_reacts_to_mouse_keys_and_typing(page):
    after = source(page, AFTER)
    drag(page, "#strength input[type=range]", (0.96, 0.5), (0.5, 0.5))
    after = changed(page, AFTER, after)
    page.locator("#strength input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    after = changed(page, AFTER, after)
    page.locator("#strength input[type=number]").fill("0")
    changed(page, AFTER, after)
    page.wait_for_timeout(300)
    assert np.abs(shown(page, AFTER) - shown(page, BEFORE)).max() == 0


def test_the_pad_and_the_line_turn_the_eyes_and_the_last_one_leads(page, pipe, tmp_path):
    after = source(page, AFTER)
    drag(page, "#pad .plane", (0.5, 0.5), (0.9, 0.3))
    changed(page, AFTER, after)
    page.wait_for_timeout(500)
    plane = page.get_by_role("slider", name="Where the eyes look")
    assert plane.get_attribute("aria-valuetext") == "24° to the picture's right, 8° up"
    expected = pipe.redirect(SAMPLES[0].path, 24, 8)
    assert np.abs(shown(page, AFTER) - expected.pixels).mean() < 2
    assert page.locator(".leads").get_attribute("id") == "pad"
    result = downloaded(page, tmp_path)
    save_picture(expected.image, tmp_path / "expected.jpg")
    assert result.name == "aside_redirected.jpg"
    assert np.array_equal(np.asarray(Image.open(result)), np.asarray(Image.open(tmp_path / "expected.jpg")))

    plane.focus()
    for key in ("ArrowLeft", "Shift+ArrowDown", "Home"):
        after = source(page, AFTER)
        page.keyboard.press(key)
        changed(page, AFTER, after)
    assert plane.get_attribute("aria-valuetext") == "into the camera"
    after = source(page, AFTER)
    drag(page, "#alpha input[type=range]", (0.75, 0.5), (0.1, 0.5))
    changed(page, AFTER, after)
    page.wait_for_selector("#alpha.leads")
    assert page.locator(".leads").count() == 1


def test_the_eyes_in_the_picture_are_pulled_as_on_the_pad(page, pipe):
    page.wait_for_selector("#stage .all-after", timeout=10_000)
    width = page.locator("#stage .face").bounding_box()["width"]
    drag(page, "#stage .face", (0.5, 0.33), (0.75, 0.33))
    reading = page.locator("#pad .reading")
    reading.get_by_text("15° to the picture's right").wait_for()
    assert width > 100 and page.locator("#stage .line").get_attribute("aria-valuenow") == "0"
    page.wait_for_selector("#pad.leads")
    page.wait_for_timeout(500)
    assert np.abs(shown(page, AFTER) - pipe.redirect(SAMPLES[0].path, 15, 0).pixels).mean() < 2
    drag(page, "#stage .face", (0.9, 0.9), (0.51, 0.33))
    reading.get_by_text("into the camera").wait_for()


def test_a_reload_keeps_the_photo_and_where_the_controls_stood(page, two_faces, tmp_path):
    Image.fromarray(two_faces).save(tmp_path / "two.png")
    upload(page, tmp_path / "two.png")
    assert page.locator("#pad .own").all_inner_texts() == ["1", "2"]  # where each face looked
    old = source(page, AFTER)
    page.locator("#faces input").first.click()
    old = changed(page, AFTER, old)
    assert page.locator("#pad .own").all_inner_texts() == ["2"]
    page.get_by_role("button", name="Only one eye").click()
    page.get_by_label("Left in the picture").click()
    old = changed(page, AFTER, old)
    page.locator("#strength input[type=number]").fill("0.5")
    old = changed(page, AFTER, old)
    page.get_by_role("slider", name="Where the eyes look").focus()
    page.keyboard.press("Shift+ArrowLeft")
    changed(page, AFTER, old)
    old = shown(page, AFTER)
    page.reload()
    page.wait_for_function("document.querySelector('#stage .after')?.naturalWidth === 1024")
    assert np.array_equal(shown(page, AFTER), old)
    assert page.locator("#photo .name").inner_text() == "two.png"
    assert [each.is_checked() for each in page.locator("#faces input").all()] == [False, True]
    assert page.locator("#strength input[type=number]").input_value() == "0.5"
    assert page.locator("#pad .reading").inner_text() == "5° to the picture's left"
    page.wait_for_selector("#pad.leads")
    page.get_by_role("button", name="Only one eye").click()
    assert page.get_by_label("Left in the picture").is_checked()
    upload(page, HOPPER)  # another one starts clean
    assert page.get_by_label("Both").is_checked() and page.locator("#pad .reading").inner_text() == "into the camera"
    assert page.locator("#pad .own").all_inner_texts() == ["photo"]


def test_every_face_has_its_close_up_and_unticking_one_shows_at_once(page, two_faces, tmp_path):
    save_picture(Image.fromarray(two_faces), tmp_path / "two.png")
    upload(page, tmp_path / "two.png")
    assert page.locator("#stage .pair").count() == 2
    right = "#stage .pair:first-child .is"  # the largest face is the one on the right
    old = source(page, right)
    page.locator("#faces input").first.click()
    changed(page, right, old)
    assert np.abs(shown(page, right) - shown(page, "#stage .pair:first-child .was")).max() == 0
    assert np.abs(shown(page, "#stage .pair:last-child .is") - shown(page, "#stage .pair:last-child .was")).max() > 0
    assert "not chosen" in page.locator("#stage .pair").first.inner_text()
    page.locator("#faces input").last.click()
    page.wait_for_selector("#download[disabled]")
    old = source(page, right)
    page.get_by_label("Change face 1 or not").click()  # and back, by a click on the face
    changed(page, right, old)
    page.wait_for_selector("#download:not([disabled])")


def test_the_line_is_moved_by_mouse_and_keys(page):
    page.wait_for_selector("#stage .all-after", timeout=10_000)
    line = page.get_by_role("slider", name="Line between before and after")
    drag(page, "#stage .frame", (0.1, 0.9), (0.5, 0.9))
    assert abs(int(line.get_attribute("aria-valuenow")) - 50) <= 1
    line.focus()
    page.keyboard.press("End")
    assert line.get_attribute("aria-valuenow") == "100"
    page.keyboard.press("ArrowLeft")
    assert "95 %" in line.get_attribute("aria-valuetext")


def test_a_clip_is_made_and_the_next_photo_starts_clean(page, tmp_path):
    page.evaluate(  # a fast machine shows it for a moment only
        "new MutationObserver(() => { if (document.body.innerText.includes('Drawing')) window.saidDrawing = true; })"
        ".observe(document.body, {subtree: true, childList: true, characterData: true})"
    )
    page.get_by_role("button", name="Make a clip").click()
    page.wait_for_function("document.querySelector('#clip video')?.currentTime > 0.2")  # plays by itself
    assert page.evaluate("window.saidDrawing")
    page.wait_for_function(  # the page moves to it
        "(() => { const box = document.querySelector('#clip').getBoundingClientRect();"
        " return box.top >= 0 && box.bottom <= innerHeight; })()"
    )
    for name in ("gif", "mp4"):
        with page.expect_download() as waiting:
            page.locator(f"#{name}").click()
        waiting.value.save_as(tmp_path / f"a.{name}")
        assert waiting.value.suggested_filename == f"aside_eyes.{name}"
    with Image.open(tmp_path / "a.gif") as clip:
        assert clip.n_frames > 10
    assert (tmp_path / "a.mp4").stat().st_size > 1000

    page.locator("#strength input[type=number]").fill("0.5")
    upload(page, HOPPER)
    page.wait_for_function("!document.querySelector('#clip video')")
    assert page.locator("#strength input[type=number]").input_value() == "1"
    assert page.locator("#gif").count() == 0 or not page.locator("#gif").is_visible()


@pytest.mark.parametrize("content, sentence", [(None, "No face was found"), (b"text", "not a picture")])
def test_a_bad_photo_is_said_in_words_and_leaves_nothing(page, tmp_path, content, sentence):
    first = source(page, BEFORE)
    upload(page, HOPPER)
    bad = tmp_path / "wall.png"
    Image.new("RGB", (400, 300), (90, 120, 150)).save(bad) if content is None else bad.write_bytes(content)
    page.set_input_files("#photo input[type=file]", str(bad))
    page.locator("#photo .problem").get_by_text(sentence).wait_for()
    assert source(page, BEFORE) == first and page.locator("#photo .chosen").is_hidden()
    broken = "[...document.images].filter(i => i.src && i.complete && !i.naturalWidth).length"
    assert page.evaluate(broken) == 0
    upload(page, HOPPER)
    assert page.locator("#photo .problem").inner_text() == ""


def test_taking_a_photo_away_while_it_is_read_and_choosing_another(page, one_face, tmp_path):
    Image.fromarray(one_face).resize((3000, 3000)).save(tmp_path / "large.jpg")
    page.set_input_files("#photo input[type=file]", str(tmp_path / "large.jpg"))
    page.locator("#photo .chosen").wait_for()
    page.get_by_role("button", name="Remove").click()
    page.set_input_files("#photo input[type=file]", str(HOPPER))
    page.locator("#photo .name").get_by_text("grace_hopper.jpg").wait_for()
    page.wait_for_function("document.querySelector('#stage .before').naturalHeight === 600")
    page.locator("#strength input[type=number]").fill("0.5")
    page.wait_for_timeout(1000)
    assert page.evaluate("document.querySelector('#stage .before').naturalHeight") == 600
    text = page.locator("body").inner_text()
    assert "forgotten" not in text and "deleted after a while" not in text and "went wrong" not in text


def test_a_picture_is_pasted_chosen_again_and_survives_a_reload(page):
    old, data = source(page, BEFORE), base64.b64encode(HOPPER.read_bytes()).decode()
    page.evaluate(
        """data => {
          const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([bytes], "pasted.jpg", { type: "image/jpeg" }));
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        data,
    )
    old = changed(page, BEFORE, old)
    with page.expect_file_chooser():
        page.get_by_role("button", name="Choose another photo").click()
    page.reload()
    page.locator("#photo .name").get_by_text("pasted.jpg").wait_for()
    page.wait_for_function("old => document.querySelector('#stage .before')?.src === old", arg=old)


def test_a_photo_that_is_gone_after_a_reload_is_said(page):
    value = {"path": "/nowhere/else.jpg", "meta": {"_type": "gradio.FileData"}}
    kept = json.dumps({"chosen": value, "fileName": "else.jpg", "settings": None})
    page.evaluate("kept => sessionStorage.setItem('gazehub.photo', kept)", kept)
    page.reload()
    page.locator("#photo .problem").get_by_text("please add it again").wait_for()


def test_reading_is_said_from_the_first_moment(page, one_face, tmp_path):
    Image.fromarray(one_face).resize((4000, 4000)).save(tmp_path / "large.jpg", quality=95)
    page.evaluate(
        """() => {
          window.seen = new Set();
          const look = () => document.querySelector("#stage").innerText.split("\\n").forEach((line) => seen.add(line));
          new MutationObserver(look).observe(document.querySelector("#stage"), { subtree: true, childList: true });
        }"""
    )
    upload(page, tmp_path / "large.jpg")
    seen = page.evaluate("[...seen].join('; ')")
    assert "queue: 1/1" in seen and "Opening the photo" in seen and "Drawing" in seen, seen


def test_a_phone_goes_to_the_result_and_a_swipe_over_it_scrolls(chromium, url):
    page, strange = opened(chromium, url, **PHONE)
    page.wait_for_selector("#stage .all-after", timeout=10_000)
    upload(page, HOPPER)
    page.wait_for_function("Math.abs(document.querySelector('#stage').getBoundingClientRect().top) < 60")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.wait_for_timeout(500)
    line = page.get_by_role("slider", name="Line between before and after")
    before = page.evaluate("scrollY")
    swipe(page, "#stage .frame", 0, -150)
    page.wait_for_function("before => scrollY > before + 80", arg=before)
    assert line.get_attribute("aria-valuenow") == "0"
    swipe(page, "#stage .frame", 100, 0)
    assert int(line.get_attribute("aria-valuenow")) > 20
    page.context.close()
    assert strange == []


@pytest.mark.parametrize("settings", [{}, {"color_scheme": "dark"}, PHONE], ids=["desktop", "dark", "phone"])
def test_nothing_shuts_people_out(chromium, url, axe, two_faces, tmp_path, settings):
    page, strange = opened(chromium, url, **settings)
    save_picture(Image.fromarray(two_faces), tmp_path / "two.png")
    upload(page, tmp_path / "two.png")
    page.get_by_role("button", name="Only one eye").click()
    page.get_by_label("Left in the picture").wait_for()
    page.wait_for_timeout(300)
    found = grave_findings(page, axe)
    page.get_by_role("tab", name="About").click()
    found += grave_findings(page, axe)
    page.context.close()
    assert found == [] and strange == []


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    return axe_source(tmp_path_factory.mktemp("axe"))


def test_it_has_a_sign_and_a_card_of_its_own(page, url):
    icon = page.locator("link[rel~=icon]").first.get_attribute("href")
    assert "<title>An eye" in page.request.get(icon).text()
    html = page.request.get(url).text()
    assert "Click to try out the app" not in html and "@Gradio" not in html
    card = page.locator("meta[property='og:image']").get_attribute("content")
    assert Image.open(io.BytesIO(page.request.get(card).body())).size == (1200, 630)


def test_it_is_quick(page, one_face, tmp_path):
    Image.fromarray(one_face).save(tmp_path / "small.jpg", quality=95)
    start = time.monotonic()
    upload(page, tmp_path / "small.jpg")
    assert time.monotonic() - start < 5  # benchmarks/page.py measures it
