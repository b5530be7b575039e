"""The page on a phone, in the dark and to a screen reader; and the sign and card it is known by."""

import io

import pytest
from PIL import Image

from gazehub.files.pictures import save_picture
from tests.web.axe import axe_source, grave_findings
from tests.web.page.acts import HOPPER, PHONE, opened, swipe, upload


def test_a_phone_goes_to_the_result_and_a_swipe_over_it_scrolls(chromium, url):
    page, strange = opened(chromium, url, **PHONE)
    page.wait_for_selector("#stage .all-after", timeout=10_000)
    upload(page, HOPPER)
    page.wait_for_function("Math.abs(document.querySelector('#stage').getBoundingClientRect().top) < 60")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.wait_for_timeout(500)
    line = page.get_by_role("slider", name="Line between before and after")
    before = page.evaluate("scrollY")
    swipe(page, "#stage .frame", 0, -150)
    page.wait_for_function("before => scrollY > before + 80", arg=before)
    assert line.get_attribute("aria-valuenow") == "0"
    swipe(page, "#stage .frame", 100, 0)
    assert int(line.get_attribute("aria-valuenow")) > 20
    page.context.close()
    assert strange == []


@pytest.mark.parametrize("settings", [{}, {"color_scheme": "dark"}, PHONE], ids=["desktop", "dark", "phone"])
def test_nothing_shuts_people_out(chromium, url, axe, two_faces, tmp_path, settings):
    page, strange = opened(chromium, url, **settings)
    save_picture(Image.fromarray(two_faces), tmp_path / "two.png")
    upload(page, tmp_path / "two.png")
    page.get_by_role("button", name="Only one eye").click()
    page.get_by_label("Left in the picture").wait_for()
    page.wait_for_timeout(300)
    found = grave_findings(page, axe)
    page.get_by_role("tab", name="About").click()
    found += grave_findings(page, axe)
    page.context.close()
    assert found == [] and strange == []


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    return axe_source(tmp_path_factory.mktemp("axe"))


def test_it_has_a_sign_and_a_card_of_its_own(page, url):
    icon = page.locator("link[rel~=icon]").first.get_attribute("href")
    assert "<title>An eye" in page.request.get(icon).text()
    html = page.request.get(url).text()
    assert "Click to try out the app" not in html and "@Gradio" not in html
    card = page.locator("meta[property='og:image']").get_attribute("content")
    assert Image.open(io.BytesIO(page.request.get(card).body())).size == (1200, 630)
