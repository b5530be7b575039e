"""A page that is served, and a client of it."""

import pytest
from gradio_client import Client

from gazehub.web.server import serve


@pytest.fixture(scope="module")
def demo(pipe):
    demo = serve(pipe, block=False, quiet=True)
    yield demo
    demo.close()


@pytest.fixture(scope="module")
def client(demo, tmp_path_factory):
    return Client(demo.local_url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))
