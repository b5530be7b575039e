"""Clips on the page and through /video: what a visitor does and sees, and what is refused."""

import sys
import threading
import time
from pathlib import Path

import av
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from gazehub.files.provenance import COMMENT
from gazehub.web import words
from gazehub.web.actions import Actions
from gazehub.web.clips import MAX_CLIP_BYTES, ClipError, ClipWish, ClipWork, Stopped, count_pictures
from gazehub.web.page import build_demo
from gazehub.web.parts import Chosen
from tests.videos import decoded, make_video, packets, sound_only, times
from tests.web.browser import browser

SIDE = 320
PLAYED = "document.querySelector('#{} video')?.currentTime > 0.1"


@pytest.fixture(scope="module")
def chromium(one_face, tmp_path_factory):
    """A browser whose camera sees a woman."""
    camera = tmp_path_factory.mktemp("camera") / "woman.mjpeg"
    Image.fromarray(one_face).save(camera, format="JPEG", quality=90)
    camera.write_bytes(camera.read_bytes() * 25)
    arguments = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with browser(*arguments, f"--use-file-for-fake-video-capture={camera}") as running:
        yield running


@pytest.fixture
def page(chromium, demo):
    """The tab, just opened. Errors of its scripts and requests that leave the machine fail the test."""
    page, strange = chromium.new_page(viewport={"width": 1280, "height": 1000}), []
    own = (demo.local_url, "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(own) else strange.append(r.url))
    page.on("pageerror", lambda error: strange.append(str(error)))
    open_tab(page, demo.local_url)
    yield page
    page.close()
    assert strange == []


@pytest.fixture(scope="module")
def clip(one_face, tmp_path_factory):
    """A woman who drifts to the right, with sound."""
    return film(tmp_path_factory.mktemp("clips") / "woman.mp4", one_face, 12, sound="aac")


def film(path, portrait, count, **settings):
    pictures = [portrait[:SIDE, 64 + number % 40 : 64 + number % 40 + SIDE] for number in range(count)]
    return make_video(path, np.array(pictures), [40 * number for number in range(count)], **settings)


def open_tab(page, url):
    page.goto(url)
    page.get_by_role("tab", name="Video").click()
    page.wait_for_selector("#video input[type=file]", state="attached")


def correct(page, path):
    page.set_input_files("#video input[type=file]", str(path))
    page.locator("#video-start:not([disabled])").click()


def play(page, name):
    page.wait_for_selector(f"#{name} video")
    page.eval_on_selector(f"#{name} video", "video => { video.muted = true; return video.play(); }")
    page.wait_for_function(PLAYED.format(name), timeout=10_000)
    return page.eval_on_selector(f"#{name} video", "video => [video.videoWidth, video.videoHeight]")


def test_a_clip_is_corrected_plays_and_downloads(page, clip, tmp_path):
    assert page.locator("#video-download").is_disabled() and page.locator("#video-start").is_disabled()
    correct(page, clip)
    page.get_by_text("Correcting").first.wait_for(timeout=5_000)
    assert play(page, "corrected") == [SIDE, SIDE]
    with page.expect_download() as waiting:
        page.locator("#video-download").click()
    result = tmp_path / "result.mp4"
    waiting.value.save_as(result)
    assert times(result) == times(clip) and packets(result, "audio") == packets(clip, "audio")
    with av.open(str(result)) as container:
        assert container.streams.video[0].codec_context.name == "h264" and container.metadata["comment"] == COMMENT

    page.locator("#video-compare input").check()
    page.locator("#video-start").click()
    page.wait_for_function(f"document.querySelector('#corrected video')?.videoWidth == {2 * SIDE}")


def test_another_clip_starts_clean_and_a_bad_one_gets_a_sentence(page, clip, tmp_path):
    correct(page, clip)
    page.wait_for_selector("#corrected video")
    page.get_by_label("Clear").first.click()
    page.wait_for_selector("#corrected video", state="detached")
    assert page.locator("#video-download").is_disabled() and page.locator("#video-start").is_disabled()
    page.wait_for_selector("#video input[type=file]", state="attached")
    correct(page, film(tmp_path / "wall.mp4", np.full((512, 512, 3), 90, np.uint8), 3))
    page.get_by_text("No face was found in any picture of the clip.").first.wait_for()
    assert page.locator("#corrected video").count() == 0


def test_a_clip_is_recorded(page):
    page.locator("#video").get_by_label("Capture from camera").click()
    page.locator("#video").get_by_text("Click to Access Webcam").click()
    page.locator("#video button").filter(has_text="Record").click()
    page.wait_for_timeout(1500)
    page.locator("#video button").filter(has_text="Stop").click()
    page.locator("#video-start:not([disabled])").click()
    assert play(page, "corrected") == [512, 512]


def test_a_clip_stops_when_its_visitor_leaves(chromium, demo, client, one_face, clip, tmp_path):
    page = chromium.new_page()
    open_tab(page, demo.local_url)
    correct(page, film(tmp_path / "long.mp4", one_face, 900))
    page.get_by_text("Correcting").first.wait_for(timeout=20_000)
    page.close()
    start = time.monotonic()
    client.predict(handle_file(clip), api_name="/video")  # one at a time: it waits for the other
    assert time.monotonic() - start < 15


def test_it_fits_a_phone(chromium, demo, clip):
    page = chromium.new_page(viewport={"width": 390, "height": 844}, is_mobile=True)
    open_tab(page, demo.local_url)
    correct(page, clip)
    play(page, "corrected")
    page.wait_for_timeout(500)  # while it scrolls
    box = page.locator("#corrected").bounding_box()
    assert 0 <= box["y"] and box["y"] + box["height"] <= 845  # the page has moved to it
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_the_endpoint_gives_everyone_their_own(demo, clip, one_face, tmp_path):
    sizes, lock = {}, threading.Lock()

    def ask(side):
        path = make_video(tmp_path / f"{side}.mp4", np.array([one_face[:side, 64 : 64 + side]] * 4), (0, 40, 80, 120))
        client = Client(demo.local_url, verbose=False, download_files=str(tmp_path / f"got{side}"))
        result = client.predict(handle_file(path), 0.5, True, "largest", 0.5, api_name="/video")
        with lock:
            sizes[side] = (decoded(result)[0].width, len(decoded(result)), Path(result).suffix)

    threads = [threading.Thread(target=ask, args=(side,)) for side in (256, 288, 320)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sizes == {side: (2 * side, 4, ".mp4") for side in (256, 288, 320)}


def bad_clip(name, folder, portrait):
    path = folder / f"{name}.mp4"
    if name == "text":
        path.write_text("not a video")
    elif name == "empty":
        path.write_bytes(b"")
    elif name == "sound":
        sound_only(path)
    elif name == "wall":
        film(path, np.full((512, 512, 3), 90, np.uint8), 3)
    elif name == "long":
        make_video(path, times=[1000 * number for number in range(70)])
    elif name == "deep":
        film(path, portrait, 3, pixels="yuv420p10le")
    elif name == "wide":
        make_video(path, np.zeros((1, 64, 4096, 3), np.uint8), [0])
    elif name == "cut":
        whole = film(folder / "whole.mkv", portrait, 100)
        path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    return path


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("text", "This file is not a video that can be read, or it is damaged."),
        ("empty", "This file is not a video that can be read, or it is damaged."),
        ("sound", "The clip has no pictures in it."),
        ("wall", "No face was found in any picture of the clip."),
        ("long", "The clip is too long: at most 60 seconds."),
        ("deep", "The clip is HDR or has more than 8 bits"),
        ("wide", "The pictures of the clip are too large: at most 3840 × 2160."),
        ("cut", "The clip is damaged or breaks off after"),
    ],
)
def test_bad_clips_get_a_sentence(client, one_face, tmp_path, name, sentence):
    with pytest.raises(AppError) as caught:
        client.predict(handle_file(bad_clip(name, tmp_path, one_face)), api_name="/video")
    words = str(caught.value)
    assert sentence in words and words.count(".mp4") == 0 and "--" not in words and "/" not in words, words


def test_a_file_that_is_too_large_is_refused_before_it_is_opened(tmp_path):
    (tmp_path / "large.mp4").write_bytes(bytes(MAX_CLIP_BYTES + 1))
    with pytest.raises(ClipError, match="at most 50 MB"):
        count_pictures(tmp_path / "large.mp4")


@pytest.mark.parametrize(
    "values, sentence",
    [
        ((None, 1, False), "Add a clip first."),
        (("clip", 2, False), "The strength must be a number from 0 to 1."),
        (("clip", None, False), "The strength must be a number from 0 to 1."),
        (("clip", "all", False), "The strength must be a number from 0 to 1."),
        (("clip", 1, "both"), "Side by side must be true or false."),
        (("clip", 1, None), "Side by side must be true or false."),
        (("clip", 1, False, "first"), "Value: 'first' is not in the list of choices"),
        (("clip", 1, False, None), 'The faces must be "all" or "largest".'),
        (("clip", 1, False, "all", 1.5), "The share of glances must be a number from 0 to 1."),
    ],
)
def test_wrong_values_get_a_sentence(client, clip, values, sentence):
    first, *others = values
    with pytest.raises(AppError, match=sentence):
        client.predict(first and handle_file(clip), *others, api_name="/video")


def test_the_largest_face_alone(pipe, two_faces, tmp_path):
    path = make_video(tmp_path / "two.mp4", np.array([two_faces] * 3), (0, 40, 80))
    drawn = {}
    for wish in (ClipWish(strength=0.0), ClipWish(), ClipWish(faces="largest")):
        result = ClipWork(pipe, tmp_path).correct(path, wish, "me")
        drawn[wish] = decoded(result)[1].to_ndarray(format="rgb24").astype(int)
    nobody, everyone, largest = drawn.values()
    smaller, larger = np.s_[:, :540], np.s_[:, 540:]
    assert np.abs(everyone - nobody)[smaller].max() > 25 > np.abs(largest - nobody)[smaller].max()
    assert np.abs(largest - nobody)[larger].max() > 25


def test_stopped_work_leaves_nothing(pipe, clip, tmp_path):
    work, seen = ClipWork(pipe, tmp_path / "files"), []

    def at_each(done, total):
        seen.append((done, total))
        if done == 2:
            work.stop("another")
            work.stop("me")

    with pytest.raises(Stopped):
        work.correct(clip, ClipWish(), "me", at_each)
    assert seen[0] == (0, 12) and len(seen) < 12
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


def test_the_page_works_without_pyav(pipe, one_face, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)  # as if it weren't installed
    demo = build_demo(pipe)
    assert words.NO_VIDEO in str(demo.config) and "/video" not in demo.get_api_info()["named_endpoints"]
    Image.fromarray(one_face).save(tmp_path / "photo.png")
    actions = Actions(pipe, str(tmp_path / "files"))
    photo = Chosen(str(tmp_path / "photo.png"))
    _, shown, gif, _ = actions.make_clip(photo, actions.open(photo)[0], ["1"], "both", "look around")
    assert shown["value"].endswith(".gif") and gif.value
