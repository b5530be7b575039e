"""The page in a real browser."""

import pytest

from gazehub.web.server import serve
from tests.web.browser import browser
from tests.web.page.acts import opened


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
    page, strange = opened(chromium, url)
    yield page
    page.context.close()
    assert strange == []
