"""A photo comes in, in every way there is, and goes out corrected."""

import base64
import json
import time

import numpy as np
import pytest
from PIL import Image

from gazehub.files.pictures import save_picture
from tests.web.page.acts import AFTER, BEFORE, HOPPER, changed, downloaded, shown, source, upload


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


def test_it_is_quick(page, one_face, tmp_path):
    Image.fromarray(one_face).save(tmp_path / "small.jpg", quality=95)
    start = time.monotonic()
    upload(page, tmp_path / "small.jpg")
    assert time.monotonic() - start < 5  # benchmarks/page.py measures it
