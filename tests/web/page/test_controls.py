"""What a visitor finds on the page, and what the controls do to it."""

import numpy as np
from PIL import Image

from gazehub.files.pictures import save_picture
from gazehub.web.samples import SAMPLES
from tests.web.page.acts import AFTER, BEFORE, HOPPER, changed, downloaded, drag, shown, source, upload


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
