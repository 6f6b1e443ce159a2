"""Take the README's screenshots from a running demo: `pokja demo && pokja serve`, then this with the phone link."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
IMAGES = Path(__file__).parent / "images"
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True, "device_scale_factor": 1.5}
PLACE = {"locale": "id-ID", "timezone_id": "Asia/Jakarta"}


def main(link: str, email: str, password: str) -> None:
    """Phone home and one question, a record on the desk, the scores of the kabupaten and of one village."""
    with sync_playwright() as playing:
        browser = playing.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        phone(browser, link)
        desk(browser, "{0.scheme}://{0.netloc}".format(urlsplit(link)), email, password)
        browser.close()


def phone(browser: Browser, link: str) -> None:
    page = browser.new_context(**PLACE, **PHONE).new_page()
    page.goto(link)
    page.get_by_role("link", name="Isi formulir").wait_for()
    page.wait_for_timeout(2500)
    page.screenshot(path=IMAGES / "phone-home.png")
    page.get_by_role("link", name="Perbaiki").or_(page.get_by_role("button", name="Perbaiki")).first.click()
    page.locator(".fill-nav").wait_for(timeout=60_000)
    page.wait_for_timeout(800)
    page.screenshot(path=IMAGES / "phone-question.png")


def desk(browser: Browser, address: str, email: str, password: str) -> None:
    page = browser.new_context(**PLACE, viewport={"width": 1280, "height": 860}).new_page()
    page.goto(f"{address}/desk")
    page.fill("input[name=email]", email)
    page.fill("input[type=password]", password)
    page.locator("main form button").first.click()
    page.locator("main a[href*='/records/']").first.click()
    page.wait_for_timeout(1500)
    page.screenshot(path=IMAGES / "desk-record.png")
    page.goto(f"{address}/desk/scores")
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / "desk-scores.png")
    best = page.locator("main table a[href*='/villages/']").first.get_attribute("href")
    page.goto(f"{address}{best}")
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / "desk-village.png")


if __name__ == "__main__":
    main(*sys.argv[1:4])
