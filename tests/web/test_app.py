"""The page's API through a real client, its limits, and the same pixels by every way in."""

import base64
import io
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from gazehub.cli import main
from gazehub.files.provenance import CREATOR_TOOL, read_mark
from gazehub.web.actions import Actions
from gazehub.web.page import CACHE_SECONDS, build_demo
from gazehub.web.parts import Chosen
from gazehub.web.samples import SAMPLES as PAGE_SAMPLES
from gazehub.web.visit import MAX_BYTES, MAX_MEGAPIXELS
from tests.conftest import SAMPLES
from tests.drawn import write_bad_files
from tests.web.browser import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture
def photo(one_face, tmp_path):
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    Image.fromarray(one_face).save(tmp_path / "photo.png", exif=exif)
    return tmp_path / "photo.png"


def test_the_same_pixels_by_every_way_in(client, pipe, weights, photo, tmp_path):
    by_api = Image.open(client.predict(handle_file(photo), api_name="/correct"))
    assert main(["correct", str(photo), "-o", str(tmp_path / "cli.png"), "--weights", str(weights)]) == 0
    by_python = np.asarray(pipe.correct(photo).image)
    assert by_api.format == "PNG"
    assert np.array_equal(np.asarray(by_api), by_python)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "cli.png")), by_python)


def test_results_are_marked_and_carry_no_camera_data(client, photo):
    result = Image.open(client.predict(handle_file(photo), api_name="/correct"))
    assert read_mark(result) == CREATOR_TOOL
    assert not dict(result.getexif()) and "exif" not in result.info


def test_redirect(client, pipe, photo):
    result = Image.open(client.predict(handle_file(photo), 15, -5, "left", api_name="/redirect"))
    assert np.array_equal(np.asarray(result), np.asarray(pipe.redirect(photo, 15, -5, eyes="left").image))


@pytest.mark.parametrize("file_format", ["gif", "mp4"])
def test_animate(client, photo, file_format):
    path = client.predict(handle_file(photo), 0, 1, 6, file_format, api_name="/animate")
    assert Path(path).suffix == f".{file_format}" and Path(path).stat().st_size > 1000
    if file_format == "gif":
        with Image.open(path) as clip:
            assert clip.n_frames > 1 and clip.size == (512, 512)


def test_analyze(client, pipe, photo):
    faces = client.predict(handle_file(photo), api_name="/analyze")
    assert faces == json.loads(json.dumps([report.to_json() for report in pipe.inspect(photo)]))
    assert faces[0]["usable"] is True


def test_curl_as_the_readme_shows_it(demo, photo):
    """The commands of the README, with this server's address and the answers of one put into the next."""
    block = next(
        b for b in re.findall(r"```bash\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL) if "curl" in b
    )
    commands = block.replace("http://127.0.0.1:7860/", demo.local_url).replace("@photo.jpg", f"@{photo}").splitlines()

    def curl(command):
        return subprocess.run(command, shell=True, capture_output=True, text=True, check=True, timeout=60).stdout

    path = json.loads(curl(commands[0]))[0]
    event = json.loads(curl(commands[1].replace("PATH", path)))["event_id"]
    answer = curl(commands[2].replace("EVENT_ID", event))
    assert "event: complete" in answer and "gaze_degrees" in answer


def test_only_the_named_endpoints_are_public_and_documented(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == {"/correct", "/redirect", "/animate", "/analyze", "/video"}
    assert [p["parameter_name"] for p in endpoints["/redirect"]["parameters"]] == ["photo", "yaw", "pitch", "eyes"]
    assert all(endpoint["description"] for endpoint in endpoints.values())


def test_the_endpoints_are_mcp_tools(demo):
    with urllib.request.urlopen(f"{demo.local_url}gradio_api/mcp/schema") as answer:
        tools = {tool["name"]: tool for tool in json.load(answer)}
    assert set(tools) == {"correct", "redirect", "animate", "analyze", "video"}
    assert "degrees" in tools["redirect"]["inputSchema"]["properties"]["yaw"]["description"]


@pytest.mark.parametrize("name", ["empty.jpg", "text.jpg", "pixel.png", "huge.png", "cut.jpg", "noface.png"])
@pytest.mark.parametrize("endpoint", ["/correct", "/analyze"])
def test_bad_files_get_a_sentence(client, one_face, tmp_path, name, endpoint):
    path, _ = write_bad_files(tmp_path, one_face)[name]
    with pytest.raises(AppError) as caught:
        client.predict(handle_file(path), api_name=endpoint)
    words = str(caught.value)
    assert any(word in words for word in ("not a picture", "too large", "No face", "damaged", "empty")), words
    assert str(tmp_path) not in words and "Traceback" not in words


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(client, tmp_path):
    Image.new("L", (8000, 6000)).save(tmp_path / "large.png")
    with pytest.raises(AppError, match=f"at most {MAX_MEGAPIXELS} megapixels"):
        client.predict(handle_file(tmp_path / "large.png"), api_name="/correct")


def test_a_file_that_is_too_large_is_refused(client, tmp_path):
    (tmp_path / "large.png").write_bytes(os.urandom(MAX_BYTES + 1))
    with pytest.raises(Exception, match="[Mm]ax|size|large"):
        client.predict(handle_file(tmp_path / "large.png"), api_name="/correct")


@pytest.mark.parametrize("endpoint, others", [("correct", [1, "both"]), ("analyze", []), ("video", [1, False])])
@pytest.mark.parametrize(
    "first",
    ["photo.jpg", 3, [1, 2], {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}],
    ids=["text", "number", "list", "foreign file"],
)
def test_a_value_of_the_wrong_kind_gets_a_sentence(demo, capfd, endpoint, others, first):
    for data, sentence in (([first, *others], "A value is missing or of the wrong kind"), ([], " first.")):
        body, headers = json.dumps({"data": data}).encode(), {"Content-Type": "application/json"}
        address = f"{demo.local_url}gradio_api/call/{endpoint}"
        with urllib.request.urlopen(urllib.request.Request(address, body, headers)) as answer:
            event = json.load(answer)["event_id"]
        with urllib.request.urlopen(f"{address}/{event}") as answer:
            words = answer.read().decode()
        assert sentence in words and "passwd" not in words
    assert "Traceback" not in "".join(capfd.readouterr())


def test_no_photo_gives_a_sentence(client):
    with pytest.raises(AppError, match="Choose a photo"):
        client.predict(None, api_name="/correct")


def test_a_photo_that_was_forgotten_is_read_again_and_one_that_was_deleted_is_said(pipe, photo, tmp_path):
    actions, chosen = Actions(pipe, str(tmp_path / "files")), Chosen(str(photo))
    visit, stage = actions.draw(chosen, None, ["1"], "both", "pad", 1.0, 1.0, (5, 5))
    assert visit.key == stage["key"] == str(photo)
    photo.unlink()
    for action, values in ((actions.draw, ("line", 1.0, 0.5, (0, 0))), (actions.make_clip, ("look around",))):
        with pytest.raises(gr.Error, match="deleted after a while"):
            action(chosen, None, ["1"], "both", *values)
    with pytest.raises(gr.Error, match="deleted after a while"):
        list(actions.save(chosen, visit, ["1"], "both", "strength", 1.0, 1.0, (0, 0)))


def test_nothing_is_drawn_of_a_photo_that_was_left(pipe, photo, tmp_path):
    actions = Actions(pipe, str(tmp_path / "files"))
    visit = actions.open(Chosen(str(photo)))[0]
    answer = actions.draw(Chosen("next.png"), visit, ["1"], "both", "line", 1.0, 0.5, (0, 0))
    assert answer == (gr.skip(), gr.skip())
    stage = actions.draw(None, None, ["1"], "both", "line", 1.0, 0.5, (0, 0))[1]  # none yet: the sample on show
    assert stage["key"] == PAGE_SAMPLES[0].name


def test_a_photo_in_use_is_kept_and_a_large_one_takes_little_memory(pipe, one_face, tmp_path):
    path = tmp_path / "large.jpg"
    Image.fromarray(one_face).resize((4000, 4000)).save(path)
    actions, chosen = Actions(pipe, str(tmp_path / "files")), Chosen(str(path))
    visit = actions.open(chosen)[0]
    held = [visit.whole.pixels, *(view.pixels for view in visit.close_ups)]
    held += [eye.patch for face in visit.reading.faces for eye in face.eyes]
    assert sum(each.nbytes for each in held) < 8 * 2**20 and all(each.base is None for each in held[:2])
    os.utime(path, (0, 0))
    actions.draw(chosen, visit, ["1"], "both", "strength", 0.5, 1.0, (0, 0))
    assert path.stat().st_mtime > 1e9


def test_only_edited_pictures_of_the_page_are_marked(pipe, photo, tmp_path):
    actions = Actions(pipe, str(tmp_path / "files"))
    stage = actions.open(Chosen(str(photo)))[2]

    def mark(address):
        return read_mark(Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))))

    assert mark(stage["before"]) is None and mark(stage["closeUpsBefore"][0]) is None
    assert mark(stage["after"]) == mark(stage["closeUps"][0]) == CREATOR_TOOL


def test_health(demo):
    with urllib.request.urlopen(f"{demo.local_url}health") as answer:
        assert json.load(answer)["status"] == "ok"


def test_nothing_is_kept_and_nobody_is_told(demo):
    assert demo.delete_cache == (300, CACHE_SECONDS)
    assert demo.analytics_enabled is False and demo.run_history is False


def test_app_py_needs_no_installed_package(weights):
    """It serves the weights that the environment names, from the root of the repository."""
    code = "import sys; sys.path.insert(0, '.'); import app, gazehub; print(gazehub.__file__, app.build_demo.__name__)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == [str(ROOT / "gazehub" / "__init__.py"), build_demo.__name__], done.stderr


def test_app_py_serves_the_weights_of_the_environment(weights, tmp_path):
    port = str(free_port())
    env = {**os.environ, "GAZEHUB_WEIGHTS": str(weights), "GRADIO_SERVER_PORT": port}
    server = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert any(f"http://127.0.0.1:{port}" in line for line in server.stdout)
        result = Client(f"http://127.0.0.1:{port}", verbose=False, download_files=str(tmp_path)).predict(
            handle_file(SAMPLES / "grace_hopper.jpg"), api_name="/correct"
        )
        assert Image.open(result).size == (512, 600)
    finally:
        server.terminate()
        server.wait()
