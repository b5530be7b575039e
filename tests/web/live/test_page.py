"""The browser app as a visitor sees it, under its own Content-Security-Policy."""

import base64
import io
import time

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from gazehub import GazePipeline
from gazehub.files.provenance import CREATOR_TOOL, DIGITAL_SOURCE_TYPE, read_mark
from tests.faces.samples import HOPPER
from tests.web.live.samples import LOOKING_AWAY

READY, SOON = 90_000, 40_000  # milliseconds, on a machine that has other work
DROP = """([photo, name]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(photo), (c) => c.charCodeAt(0))], name, {type: "image/jpeg"}));
  document.dispatchEvent(new DragEvent("drop", {dataTransfer: transfer, bubbles: true}));
}"""
PASTE = DROP.replace('DragEvent("drop", {dataTransfer', 'ClipboardEvent("paste", {clipboardData')


def said(page):
    return page.locator("#state")


@pytest.fixture(scope="module")
def walk(chromium, app_url):
    """A page that many tests use one after the other, and what it asked for. Errors of its scripts fail the last."""
    context, asked, errors = chromium.new_context(permissions=["camera"]), [], []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(app_url)
    expect(said(page)).to_have_text("Ready.", timeout=READY)
    yield page, asked
    context.close()
    assert errors == []


@pytest.fixture
def visit(walk):
    page, _ = walk
    page.locator("#photo-tab").click()
    return page


def downloaded(page, button):
    with page.expect_download() as waiting:
        page.locator(button).click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def show(page, photo):
    page.set_input_files("#file", photo)
    expect(said(page)).to_contain_text("Corrected", timeout=SOON)


@pytest.fixture
def png(tmp_path):
    """Without JPEG's losses, which no two decoders round alike."""
    Image.open(LOOKING_AWAY).convert("RGB").save(tmp_path / "away.png")
    return tmp_path / "away.png"


def test_a_photo_is_corrected_without_a_click_and_saved_with_the_mark(visit, png):
    show(visit, png)
    name, content = downloaded(visit, "#download-png")
    saved = Image.open(io.BytesIO(content))
    pixels, before = np.asarray(saved.convert("RGB")).astype(int), np.asarray(Image.open(png)).astype(int)
    expected = np.asarray(GazePipeline.from_pretrained().correct(png).image)
    assert name == "away-eye-contact.png" and np.abs(pixels - expected).max() <= 6
    assert (pixels != before).any() and np.array_equal(pixels[:150], before[:150])
    saved.load()
    assert read_mark(saved) == CREATOR_TOOL and saved.info["Software"] == CREATOR_TOOL
    name, content = downloaded(visit, "#download-jpeg")
    saved = Image.open(io.BytesIO(content))
    assert name == "away-eye-contact.jpg" and saved.format == "JPEG" and read_mark(saved) == CREATOR_TOOL
    assert np.abs(np.asarray(saved).astype(int) - expected).mean() < 4


def test_a_turned_photo_is_shown_and_saved_upright(visit, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    Image.open(LOOKING_AWAY).rotate(90, expand=True).save(tmp_path / "turned.jpg", exif=exif, quality=95)
    show(visit, tmp_path / "turned.jpg")
    saved = Image.open(io.BytesIO(downloaded(visit, "#download-jpeg")[1]))
    upright = np.asarray(Image.open(LOOKING_AWAY).convert("RGB")).astype(int)
    assert not saved.getexif() and np.abs(np.asarray(saved) - upright).mean() < 6


@pytest.mark.parametrize("way", [DROP, PASTE])
def test_photos_may_be_dropped_and_pasted(visit, way):
    visit.evaluate(way, [base64.b64encode(LOOKING_AWAY.read_bytes()).decode(), "away.jpg"])
    expect(said(visit)).to_contain_text("Corrected", timeout=SOON)
    assert visit.locator("#after").evaluate("canvas => canvas.width") == Image.open(LOOKING_AWAY).width


def drawn(page):
    """The picture as it is shown after the change."""
    address = page.locator("#after").evaluate("canvas => canvas.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB")).astype(int)


def test_the_gaze_follows_keys_and_the_pointer(visit, png):
    show(visit, png)
    corrected = before = drawn(visit)

    def redrawn(settled=lambda picture: True):
        """The next picture, or that to which it settles."""
        deadline, picture = time.monotonic() + 40, drawn(visit)
        while np.array_equal(picture, before) or not settled(picture):
            assert time.monotonic() < deadline
            visit.wait_for_timeout(100)
            picture = drawn(visit)
        return picture

    visit.locator("#pad").focus()
    visit.keyboard.press("Shift+ArrowLeft")
    expect(visit.locator("#gaze")).to_have_text("5° to the left")
    expected = np.asarray(GazePipeline.from_pretrained().encode(png).redirect(-5, 0).image)
    before = redrawn()
    assert np.abs(before - expected).max() <= 6
    face = visit.locator("#after").bounding_box()
    left, eyes = face["x"] + face["width"] * 0.38, face["y"] + face["height"] * 0.32
    visit.mouse.move(left, eyes)
    visit.mouse.down()
    visit.mouse.move(left + 120, eyes)
    visit.mouse.up()
    expect(visit.locator("#gaze")).to_contain_text("to the right")
    before = redrawn()
    visit.locator("#lens").click()
    before = redrawn(lambda picture: np.array_equal(picture, corrected))
    visit.locator("#strength").focus()
    visit.keyboard.press("Home")
    expect(visit.locator("#strength-value")).to_have_text("0 %")
    redrawn(lambda picture: np.array_equal(picture, np.asarray(Image.open(png))))
    visit.keyboard.press("End")


def test_who_looks_into_the_lens_already_is_said_to(visit):
    visit.set_input_files("#file", HOPPER)
    expect(said(visit)).to_contain_text("look into the lens already", timeout=SOON)
    assert np.array_equal(drawn(visit), np.asarray(Image.open(HOPPER).convert("RGB")))


@pytest.mark.parametrize("light, words", [("gray", "No face was found: "), ("black", "very dark")])
def test_a_picture_without_a_face_says_so(visit, tmp_path, light, words):
    Image.new("RGB", (300, 200), light).save(tmp_path / "wall.png")
    visit.set_input_files("#file", tmp_path / "wall.png")
    expect(said(visit)).to_contain_text(words, timeout=SOON)
    assert visit.locator("#download-png").is_disabled()


def test_a_file_that_is_no_picture_says_so(visit, tmp_path):
    (tmp_path / "words.png").write_text("not a picture")
    visit.set_input_files("#file", tmp_path / "words.png")
    expect(said(visit)).to_contain_text("not a picture that the browser can open", timeout=SOON)


def test_the_camera_is_corrected_live_and_recorded_with_the_mark(visit, tmp_path):
    av = pytest.importorskip("av")
    visit.locator("#camera-tab").click()
    visit.locator("#start").click()
    expect(said(visit)).to_have_text("Live.", timeout=SOON)
    size = "() => { const live = document.getElementById('live'); return [live.videoWidth, live.videoHeight]; }"
    shown = "() => document.getElementById('live').getVideoPlaybackQuality().totalVideoFrames"
    visit.locator("#record").click()
    before, deadline = visit.evaluate(shown), time.monotonic() + 60
    while visit.evaluate(shown) < before + 6:
        assert time.monotonic() < deadline
        visit.wait_for_timeout(100)
    assert visit.evaluate(size) == [640, 480]
    name, content = downloaded(visit, "#record")
    (tmp_path / name).write_bytes(content)
    with av.open(str(tmp_path / name)) as film:
        assert sum(1 for _ in film.decode(video=0)) > 1
        assert (film.streams.video[0].width, film.streams.video[0].height) == (640, 480)
        assert DIGITAL_SOURCE_TYPE in (film.metadata.get("COMMENT") or content.decode("latin-1"))
    visit.locator("#split").check()
    deadline = time.monotonic() + 30
    while visit.evaluate(size) != [1280, 480]:
        assert time.monotonic() < deadline
        visit.wait_for_timeout(100)
    visit.locator("#split").uncheck()
    visit.locator("#stop").click()
    expect(said(visit)).to_have_text("The camera is off.", timeout=SOON)


def test_a_camera_that_is_not_allowed_says_so(visit):
    visit.context.clear_permissions()
    visit.locator("#camera-tab").click()
    visit.locator("#start").click()
    expect(said(visit)).to_contain_text("allow it beside the address", timeout=SOON)
    visit.context.grant_permissions(["camera"])


def test_a_whole_walk_asks_its_own_host_alone(walk, app_url):
    """After all of the above. Downloads are addresses of the page's own memory."""
    _, asked = walk
    assert len(asked) > 20
    assert [address for address in asked if not address.startswith((app_url, f"blob:{app_url}"))] == []


def test_the_second_visit_asks_for_nothing_and_needs_no_network(walk, host):
    page, _ = walk
    host.asked.clear()
    page.reload()
    expect(said(page)).to_have_text("Ready.", timeout=READY)
    assert set(host.asked) <= {"/service_worker.js", "/files.js"}  # the browser's own look for a new version
    page.context.set_offline(True)
    page.reload()
    expect(said(page)).to_have_text("Ready.", timeout=READY)
    page.locator("#photo-tab").click()  # it opens where it was left
    page.locator("#sample").click()
    expect(said(page)).to_contain_text("Corrected", timeout=SOON)


def test_a_host_without_headers_has_threads_all_the_same(chromium, plain_host):
    page, visits = chromium.new_page(), []
    page.on("framenavigated", lambda frame: visits.append(frame))
    page.goto(plain_host.url)
    deadline = time.monotonic() + 120
    while len(visits) < 2:  # the page loads itself again once the service worker is there
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)
    page.wait_for_load_state()
    assert page.evaluate("crossOriginIsolated")
    page.close()
