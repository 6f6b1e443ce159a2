"""The fill pages and the form engine in a real Chromium, without a server (WEBFORMS §3, §7)."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pyxform.xls2xform import convert

WEB = Path(__file__).parents[3] / "web"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Static files under the headers the real server sends."""

    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}

    def end_headers(self) -> None:
        self.send_header(
            "Content-Security-Policy",
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; "
            "media-src 'self' blob:; style-src 'self'; connect-src 'self'",
        )
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def lab_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the built lab page; skipped where the front end is not installed."""
    node = shutil.which("node")
    vite = WEB / "node_modules/vite/bin/vite.js"
    if not node or not vite.exists() or not Path(CHROMIUM).exists():
        pytest.skip("the front end is not installed: run make test, or npm ci in web/")
    out = tmp_path_factory.mktemp("lab")
    command = [node, str(vite), "build", "--config", "test/lab/vite.config.ts", "--outDir", str(out)]
    subprocess.run(command, cwd=WEB, check=True, capture_output=True)
    handler = functools.partial(QuietHandler, directory=str(out))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def lab_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def lab_context(lab_browser: Browser) -> Iterator[BrowserContext]:
    context = lab_browser.new_context(
        viewport={"width": 360, "height": 740},
        locale="id-ID",
        timezone_id="Asia/Jakarta",
        is_mobile=True,
        has_touch=True,
        permissions=["geolocation"],
        geolocation={"latitude": -2.8651, "longitude": 108.0712, "accuracy": 4},
    )
    context.set_default_timeout(8000)
    yield context
    context.close()


@pytest.fixture
def lab_page(lab_context: BrowserContext, lab_url: str) -> Iterator[Page]:
    """The lab page; a script error on it fails the test."""
    page = lab_context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(lab_url)
    page.wait_for_selector("html[data-ready]", state="attached")
    yield page
    assert errors == []


@pytest.fixture(scope="session")
def xform() -> Callable[[str], str]:
    """XForm text of a markdown XLSForm."""

    def build(table: str) -> str:
        return str(convert(table, file_type=".md", pretty_print=False).xform)

    return build


@pytest.fixture
def bench(lab_page: Page, xform: Callable[[str], str]) -> Callable[..., Any]:
    """Runs a script body in the page with `form`, `open(mode, xml?, deprecatedId?, media?)`, `at(path)` at hand."""

    def run(table: str, body: str, **given: object) -> Any:
        script = f"async ([xml, given]) => {{ const t = lab.bench(xml, given); {body} }}"
        return lab_page.evaluate(script, [xform(table), given])

    return run
