import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

import app

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def page(pipe):
    demo = app.build_demo(pipe)
    demo.launch(prevent_thread_lock=True, quiet=True)
    yield demo
    demo.close()


@pytest.fixture(scope="module")
def client(page, tmp_path_factory):
    return Client(page.local_url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))


def test_a_photo_comes_back_corrected(client, pipe, one_face, tmp_path):
    Image.fromarray(one_face).save(tmp_path / "a.png")
    result = client.predict(handle_file(tmp_path / "a.png"), api_name="/correct")
    image = Image.open(result)
    assert image.format == "PNG" and image.size == (512, 512)
    assert np.array_equal(np.asarray(image.convert("RGB")), np.asarray(pipe.correct(one_face).image))


def test_a_photo_without_a_face_gives_a_sentence(client, tmp_path):
    Image.new("RGB", (300, 200), (120, 130, 140)).save(tmp_path / "a.png")
    with pytest.raises(AppError, match="No face was found"):
        client.predict(handle_file(tmp_path / "a.png"), api_name="/correct")


def test_no_photo_gives_a_sentence(client):
    with pytest.raises(AppError, match="Choose a photo"):
        client.predict(None, api_name="/correct")


def test_nothing_is_kept_and_nobody_is_told(page):
    assert page.delete_cache == (app.CACHE_SECONDS, app.CACHE_SECONDS) and page.analytics_enabled is False


def test_the_page_runs_from_the_root_of_the_repository(weights):
    code = "import sys; sys.path.insert(0, '.'); import app, gazehub; print(gazehub.__file__)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == str(ROOT / "gazehub" / "__init__.py")
