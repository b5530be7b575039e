"""What is written, and what a server of one's own sends of it."""

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gazehub.web.live.__main__ import main
from gazehub.web.live.compact import compact
from gazehub.web.live.runtime import RuntimeMissingError, read_runtime
from gazehub.web.live.serve import LiveApp

WIRE = 16e6  # bytes of a first visit


def test_a_first_visit_is_small(app_folder):
    assert sum(path.stat().st_size for path in app_folder.rglob("*") if path.is_file()) < WIRE


def test_rounded_networks_keep_their_size_and_nearly_their_weights():
    onnx = pytest.importorskip("onnx")
    from gazehub.model.runtime import BUNDLED_WEIGHTS

    before = (BUNDLED_WEIGHTS / "onnx" / "angle.onnx").read_bytes()
    after = compact(before)
    assert len(after) == len(before) and after != before
    for old, new in zip(
        onnx.load_from_string(before).graph.initializer, onnx.load_from_string(after).graph.initializer
    ):
        old, new = onnx.numpy_helper.to_array(old), onnx.numpy_helper.to_array(new)
        np.testing.assert_allclose(new, old, rtol=2**-12)


def test_a_package_that_is_another_one_is_refused(tmp_path, capsys):
    package = tmp_path / "runtime.tgz"
    package.write_bytes(b"something else")
    with pytest.raises(RuntimeMissingError, match="npm pack"):
        read_runtime(package)
    assert main(["-o", str(tmp_path / "app"), "--runtime", str(package)]) == 2
    assert not (tmp_path / "app").exists() and "error:" in capsys.readouterr().err


def of_folder(folder):
    """The files of an app that was written."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_server_sends_the_app_isolated_and_bound_to_itself(app_folder):
    client = TestClient(Starlette(routes=LiveApp(lambda: of_folder(app_folder)).routes("/live")))
    page = client.get("/live")
    assert page.status_code == 200 and page.url.path == "/live/" and "<h1>Eye contact</h1>" in page.text
    policy = page.headers["content-security-policy"]
    assert policy in page.text and "default-src 'none'" in policy and "connect-src 'self';" in policy
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert page.headers["cross-origin-embedder-policy"] == "require-corp"
    assert client.get("/live/page/page.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/live/networks/pam.onnx.gz").content == (app_folder / "networks/pam.onnx.gz").read_bytes()
    assert client.get("/live/page/../../serve.py").status_code == 404


def test_a_server_without_the_runtime_says_so_and_asks_npm_once_a_minute():
    asked = []

    def build():
        asked.append(1)
        raise RuntimeMissingError("no network")

    client = TestClient(Starlette(routes=LiveApp(build).routes("/live")))
    for _ in range(2):
        answer = client.get("/live/")
        assert answer.status_code == 503 and "could not fetch from npm" in answer.text
    assert len(asked) == 1
