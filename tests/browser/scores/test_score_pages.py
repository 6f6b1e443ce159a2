"""The score pages in a real browser, with the whole demo: print, phone, keyboard, contrast, clicks (EXPECTATIONS P13, M2, M11, F15)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from server.desk.assets import built
from tests.conftest import make_app
from tests.serving import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = Path(__file__).parents[3] / "web/node_modules/axe-core/axe.min.js"
OVERVIEW = "/desk/1/scores"
# Scored with a rating by two, evidence refused, too little data, readiness, not assessed, provisional.
VILLAGES = ("19.06.01.2003", "19.06.04.2003", "19.06.04.2005", "19.06.01.2007", "19.06.01.2013", "19.06.05.2005")
PAGES = (OVERVIEW, *(f"/desk/1/villages/{code}" for code in VILLAGES))


@pytest.fixture(scope="module")
def demo(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo in it."""
    if not built():
        pytest.skip("the desk's files are not built: run make test, or npm run build in web/")
    from server.db import db, transaction
    from server.demo import making

    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(sqlite_template, folder / "pokja.db")
    url = f"sqlite:///{folder / 'pokja.db'}"
    with make_app(url, folder).app_context():
        with transaction():
            making.make()
        db.session.remove()
        db.engine.dispose()
    server = Server(url, folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def page(chromium: Browser, demo: Server) -> Iterator[Page]:
    """The viewer's page, logged in. The policy is set aside only so that the accessibility checker can be loaded."""
    from server.demo import people

    context = chromium.new_context(locale="id-ID", timezone_id="Asia/Jakarta", base_url=demo.address, bypass_csp=True)
    page = context.new_page()
    page.goto("/desk/login")
    page.fill("[name=email]", people.VIEWER.email)
    page.fill("[name=password]", people.PASSWORD)
    page.click("main button")
    page.wait_for_url("**/scores")
    yield page
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_it_prints_on_one_a4_page(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(path)
    printed = page.pdf(format="A4", prefer_css_page_size=True, print_background=False)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_phone(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(path)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [360, 1280])
def test_no_rule_of_wcag_aa_is_broken(page: Page, path: str, width: int) -> None:
    if not AXE.exists():
        pytest.skip("the accessibility checker is not installed: run npm ci in web/")
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run({ runOnly: ['wcag2a', 'wcag2aa'] })")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []


def test_from_the_headline_to_answer_and_photo_in_three_clicks(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(OVERVIEW)
    page.click("table.villages >> text=Cendil")
    page.click("table.sum >> text=C. Pelaksanaan kegiatan")
    row = page.locator("#i-C8")
    assert "menolak bukti dukung" in row.inner_text()
    photo = row.locator("a.photo-link").get_attribute("href")
    row.get_by_text("lihat jawaban").click()
    assert "Berapa kali penggerakan atau pelayanan KB-KR" in page.locator(":target").inner_text()
    assert photo is not None
    answer = page.request.get(photo)
    assert answer.status == 200 and answer.headers["content-type"] == "image/jpeg"
