"""All pages of the phone app: accessible by axe-core's rules, and light to fetch."""

from __future__ import annotations

import http.client
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.phone.conftest import VIEW, Handset, Office, long

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = Path(__file__).parents[3] / "web/node_modules/axe-core/axe.min.js"
GRAVE = {"serious", "critical"}


def faults(page: Page, where: str) -> list[tuple[str, str, str]]:
    """What axe-core finds serious or worse on the page as it stands."""
    page.wait_for_timeout(150)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())  # not a script element: the page's policy allows only our own
    found: dict[str, list[dict[str, Any]]] = page.evaluate("axe.run(document)")
    assert len(found["passes"]) > 10, where
    return [(where, one["id"], one["nodes"][0]["html"][:160]) for one in found["violations"] if one["impact"] in GRAVE]


def test_axe_finds_nothing_serious_on_any_page(phone: Handset, office: Office, photo: Path, chromium: Browser) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run npm ci in web/")
    page, wrong = phone.page, []
    phone.fill(3, photo)  # sent
    phone.go("#/")
    expect(phone.count("sent")).to_have_text("1")
    office.send_back("Angkanya tidak cocok.", [("/isi/anggota", "Buku tamu: 30.")])
    phone.fill(4, photo)  # sent, and stays so
    office.publish(long())
    phone.restart()
    page = phone.page
    expect(phone.count("returned")).to_have_text("1")
    phone.offline()
    phone.start("Pengkajian panjang")
    phone.at("desa").locator('input[value="19.06.01.2002"]').check()
    wrong += faults(page, "fill")
    phone.next()
    phone.next()
    phone.at("q0").locator("input").fill("satu")
    page.locator(".fill-nav .primary").click()
    wrong += faults(page, "fill with a fault")
    page.get_by_role("button", name="Daftar isi").click()
    wrong += faults(page, "contents")
    page.keyboard.press("Escape")
    phone.start("Kunjungan")
    phone.at("desa").locator('input[value="19.06.01.2001"]').check()
    phone.next()
    phone.next()
    wrong += faults(page, "photo")
    phone.next()
    wrong += faults(page, "end")
    page.locator("button.primary.big").click()
    page.wait_for_function("() => location.hash.startsWith('#/done')")
    wrong += faults(page, "done")
    for name in ("", "forms", "villages", "village/19.06.01.2001", "drafts", "outbox", "sent", "returned", "settings", "enrol", "none"):
        phone.go(f"#/{name}")
        wrong += faults(page, name or "home")
    phone.go("#/sent")
    page.locator("main a").first.click()
    wrong += faults(page, "sent record")
    phone.go("#/returned")
    page.locator("a, button").filter(has_text="Perbaiki").first.click()
    expect(phone.at("anggota")).to_contain_text("Buku tamu: 30.")
    wrong += faults(page, "returned record")
    office.set_state("kunjungan", "closed")
    phone.online()
    phone.go("#/outbox")
    expect(page.locator("article.refused")).to_be_visible()
    wrong += faults(page, "outbox with a refused record")
    stranger = chromium.new_context(**VIEW).new_page()
    stranger.goto(office.server.address)
    expect(stranger.get_by_label("Tautan pendaftaran")).to_be_visible()
    wrong += faults(stranger, "first page")
    stranger.context.close()
    assert wrong == []


class Through(http.server.BaseHTTPRequestHandler):
    """Passes requests on and notes the size of each answer as it went over the line."""

    port = 0
    seen: list[tuple[str, int]] = []

    def do_GET(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port)
        line.request("GET", self.path, headers={name: value for name, value in self.headers.items() if name != "Connection"})
        answer = line.getresponse()
        body = answer.read()
        self.seen.append((self.path, len(body)))
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        line.close()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def measured(office: Office) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    handler = type("Measured", (Through,), {"port": office.server.port, "seen": []})
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{proxy.server_address[1]}", handler.seen  # type: ignore[attr-defined]
    proxy.shutdown()
    proxy.server_close()


def test_a_first_visit_fetches_each_file_once_and_at_most_300_kb_of_code(chromium: Browser, office: Office) -> None:
    with measured(office) as (address, seen):
        page = chromium.new_context(**VIEW).new_page()
        page.goto(address)
        page.evaluate("navigator.serviceWorker.ready")
        page.wait_for_timeout(1_000)
        page.context.close()
    code = [(path, size) for path, size in seen if not path.endswith((".png", ".svg", ".webmanifest"))]
    assets = [path for path, _ in code if path.startswith("/assets/")]
    assert len(assets) > 8 and sorted(assets) == sorted(set(assets))
    assert sum(size for _, size in code) <= 300_000, sorted(code, key=lambda one: -one[1])
