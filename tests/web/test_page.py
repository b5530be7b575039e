"""The page in a real browser: what a visitor does, and what they see."""

import io
import time

import numpy as np
import pytest
from PIL import Image

from gazehub.files.pictures import save_picture
from gazehub.web.server import serve
from tests.conftest import SAMPLES
from tests.web.browser import browser, sources, upload, wait_for_new_picture


@pytest.fixture(scope="module")
def url(pipe):
    demo = serve(pipe, block=False, quiet=True)
    yield demo.local_url
    demo.close()


@pytest.fixture(scope="module")
def chromium():
    with browser() as running:
        yield running


@pytest.fixture
def page(chromium, url):
    """A page just opened. Requests that leave the machine and errors of its scripts fail the test."""
    page, strange = chromium.new_page(viewport={"width": 1280, "height": 1000}), []
    page.on("request", lambda r: None if r.url.startswith((url, "data:", "blob:")) else strange.append(r.url))
    page.on("pageerror", lambda error: strange.append(str(error)))
    page.goto(url)
    page.wait_for_selector("#photo input[type=file]", state="attached")
    yield page
    page.close()
    assert strange == []


def picture(page, address):
    return np.asarray(Image.open(io.BytesIO(page.request.get(address).body())).convert("RGB"))


def drag(page, name, value):
    """Move a slider as a hand does."""
    slider = page.locator(f"#{name} input[type=range]")
    slider.scroll_into_view_if_needed()
    box, (low, high) = slider.bounding_box(), (float(slider.get_attribute(edge)) for edge in ("min", "max"))
    y = box["y"] + box["height"] / 2
    x = box["x"] + 8 + (box["width"] - 16) * (value - low) / (high - low)
    start = box["x"] + 8 + (box["width"] - 16) * (float(slider.input_value()) - low) / (high - low)
    page.mouse.move(start, y)
    page.mouse.down()
    for step in range(1, 6):
        page.mouse.move(start + (x - start) * step / 5, y)
    page.mouse.up()


def test_a_photo_is_corrected_without_a_click(page, pipe, tmp_path):
    photo, start = SAMPLES / "grace_hopper.jpg", time.monotonic()
    upload(page, photo)
    before, after = wait_for_new_picture(page, "#comparison", [])
    assert time.monotonic() - start < 5
    assert np.array_equal(picture(page, after), np.asarray(pipe.correct(photo).image))
    assert np.array_equal(picture(page, before), np.asarray(Image.open(photo).convert("RGB")))
    assert not np.array_equal(picture(page, before), picture(page, after))
    with page.expect_download() as waiting:
        page.locator("#download").click()
    waiting.value.save_as(tmp_path / "a.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), picture(page, after))


def test_an_example_loads_at_a_click_and_the_report_says_what_was_seen(page):
    page.locator(".gallery-item, .gallery button, button.gallery-item").first.click()
    wait_for_new_picture(page, "#comparison", [])
    page.get_by_role("tab", name="What it saw").click()
    page.wait_for_selector("#report table")
    assert "| face |" not in page.locator("#report").inner_text()
    assert page.locator("#report tbody tr").count() == 1


def test_strength_zero_is_the_photo(page):
    upload(page, SAMPLES / "grace_hopper.jpg")
    shown = wait_for_new_picture(page, "#comparison", [])
    drag(page, "strength", 0.0)
    before, after = wait_for_new_picture(page, "#comparison", shown)
    assert np.array_equal(picture(page, before), picture(page, after))


def test_dragging_the_slider_moves_the_eyes(page):
    upload(page, SAMPLES / "grace_hopper.jpg")
    wait_for_new_picture(page, "#comparison", [])
    page.get_by_role("tab", name="Animate").click()
    first = wait_for_new_picture(page, "#live", [])
    drag(page, "alpha", -0.5)
    second = wait_for_new_picture(page, "#live", first)
    assert not np.array_equal(picture(page, first[0]), picture(page, second[0]))
    drag(page, "yaw", 25)
    third = wait_for_new_picture(page, "#live", second)
    assert not np.array_equal(picture(page, second[0]), picture(page, third[0]))
    slider = page.get_by_label("From the photo's own gaze to the camera").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    wait_for_new_picture(page, "#live", third)


def test_one_of_two_faces(page, two_faces, tmp_path):
    save_picture(Image.fromarray(two_faces), tmp_path / "two.png")
    upload(page, tmp_path / "two.png")
    shown = wait_for_new_picture(page, "#comparison", [])
    page.locator("#faces input[type=checkbox]").first.click()  # the largest one, on the right
    shown = wait_for_new_picture(page, "#comparison", shown)
    changed = (picture(page, shown[1]) != two_faces).any(axis=-1)
    assert changed[:, :540].any() and not changed[:, 540:].any()

    thumbnail = page.locator("#thumbnail img").bounding_box()
    scale = thumbnail["width"] / 1100
    page.mouse.click(thumbnail["x"] + 816 * scale, thumbnail["y"] + 170 * scale)  # and back, by a click on the face
    shown = wait_for_new_picture(page, "#comparison", shown)
    assert (picture(page, shown[1]) != two_faces)[:, 540:].any()


def test_a_clip_is_made_and_downloaded(page, tmp_path):
    upload(page, SAMPLES / "grace_hopper.jpg")
    wait_for_new_picture(page, "#comparison", [])
    page.get_by_role("tab", name="Animate").click()
    page.get_by_role("button", name="Make a clip").click()
    page.wait_for_function("document.querySelector('#clip video')?.currentTime > 0.2")  # plays by itself
    for name in ("gif", "mp4"):
        with page.expect_download() as waiting:
            page.locator(f"#{name}").click()
        waiting.value.save_as(tmp_path / f"a.{name}")
    with Image.open(tmp_path / "a.gif") as clip:
        assert clip.n_frames > 10
        frames = []
        for number in (0, clip.n_frames // 2):
            clip.seek(number)
            frames.append(np.asarray(clip.convert("RGB")))
    assert not np.array_equal(*frames)
    assert (tmp_path / "a.mp4").stat().st_size > 1000


def test_no_face_is_said_in_words_and_the_old_result_goes(page, tmp_path):
    upload(page, SAMPLES / "grace_hopper.jpg")
    wait_for_new_picture(page, "#comparison", [])
    Image.new("RGB", (400, 300), (90, 120, 150)).save(tmp_path / "wall.png")
    page.get_by_label("Remove Image").click()
    page.wait_for_selector("#photo input[type=file]", state="attached")
    upload(page, tmp_path / "wall.png")
    page.get_by_text("No face was found").first.wait_for()
    page.wait_for_function("document.querySelectorAll('#comparison img').length == 0")


def test_a_file_that_is_no_picture_is_said_in_words(page, tmp_path):
    (tmp_path / "text.jpg").write_text("not a picture")
    upload(page, tmp_path / "text.jpg")
    page.get_by_text("not a picture that can be read").first.wait_for()
    assert sources(page, "#comparison") == []


@pytest.mark.parametrize("settings", [{"is_mobile": True}, {"color_scheme": "dark"}])
def test_it_fits_a_phone(chromium, url, settings):
    page = chromium.new_page(viewport={"width": 390, "height": 844}, **settings)
    page.goto(url)
    page.wait_for_selector("#photo input[type=file]", state="attached")
    upload(page, SAMPLES / "grace_hopper.jpg")
    wait_for_new_picture(page, "#comparison", [])
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
