"""The fill pages and the form engine in a real Chromium, without a server (WEBFORMS §3, §7)."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pyxform.xls2xform import convert

from forms.convert import convert as convert_form
from forms.workbook import read_folder
from tests.chromium import PATIENCE

WEB = Path(__file__).parents[3] / "web"
CHROMIUM = "/usr/bin/chromium"


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
def lab_browser(chromium: Browser) -> Browser:
    return chromium


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
    context.set_default_timeout(PATIENCE)
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


class Filler:
    """Drives the fill pages as a thumb would, and reads the phone's store."""

    def __init__(self, page: Page, xform: Callable[[str], str]) -> None:
        self.page = page
        self.xform = xform

    def start(
        self,
        table: str,
        *,
        name: str = "Formulir uji",
        village: str = "",
        media: dict[str, str] | None = None,
        **form: object,
    ) -> str:
        """Publishes the form to the phone and starts a record; gives the form's key."""
        xml = table if table.startswith("<") else self.xform(table)
        key = self.page.evaluate(
            "([x, more, media]) => lab.putForm(x, more, media)", [xml, {"name": name, **form}, media or {}]
        )
        self.go(f"#/fill/new/{key}" + (f"?village={village}" if village else ""))
        self.page.locator(".fill-nav").wait_for()
        return str(key)

    def go(self, fragment: str) -> None:
        self.page.evaluate("fragment => { location.hash = fragment }", fragment)

    def at(self, path: str) -> Locator:
        """The frame of the question at a path that ends so."""
        return self.page.locator(f'.question[data-reference$="{path}"]')

    def next(self) -> None:
        before = self.place
        self.page.locator(".fill-nav .primary").click()
        self.page.wait_for_function("before => document.querySelector('.place p')?.textContent !== before", arg=before)

    def next_anyway(self) -> None:
        """Leaves a page that has faults: the second press passes."""
        self.page.locator(".fill-nav .primary").click()
        self.page.locator(".notice.warn[role=alert]").wait_for()
        self.next()

    def back(self) -> None:
        self.page.locator(".fill-nav .button").first.click()

    @property
    def place(self) -> str:
        return self.page.locator(".place p").first.inner_text()

    def saved(self) -> None:
        """Waits until everything typed is on disk."""
        self.page.wait_for_timeout(550)
        expect(self.page.locator(".save-state")).to_have_text("Tersimpan di HP")

    def until(self, script: str, arg: Any = None, seconds: float = PATIENCE / 1000) -> None:
        """Waits until an async script says true; Playwright's wait_for_function takes the promise itself for true."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(script, arg):
            assert time.monotonic() < end, f"not true within {seconds} s: {script}"
            self.page.wait_for_timeout(50)

    def rows(self, *statuses: str) -> list[dict[str, Any]]:
        return list(self.page.evaluate("statuses => lab.db.listInstances(...statuses)", list(statuses)))

    def row(self) -> dict[str, Any]:
        (row,) = self.rows()
        return row

    def files(self, instance_id: str) -> list[dict[str, Any]]:
        script = """async id => Promise.all((await lab.db.listBlobs(id)).map(async b => {
            const bitmap = b.type.startsWith('image/') ? await createImageBitmap(b.blob) : null
            const bytes = new Uint8Array(await b.blob.arrayBuffer())
            return {name: b.name, type: b.type, size: b.size, width: bitmap?.width, height: bitmap?.height,
                    exif: String.fromCharCode(...bytes.slice(0, 4000)).includes('Exif')} }))"""
        return list(self.page.evaluate(script, instance_id))

    def reload(self) -> None:
        """What a killed browser does: the page starts anew at the same address."""
        self.page.reload()
        self.page.locator("html[data-ready]").wait_for(state="attached")

    def value(self, path: str) -> str | None:
        """An answer as the stored XML has it, None where the element is missing."""
        root = ElementTree.fromstring(self.row()["xml"])
        for step in path.strip("/").split("/"):
            found = next((child for child in root if child.tag.split("}")[-1] == step), None)
            if found is None:
                return None
            root = found
        return root.text or ""


@pytest.fixture
def fill(lab_page: Page, xform: Callable[[str], str]) -> Filler:
    return Filler(lab_page, xform)


@pytest.fixture(scope="session")
def shipped_form() -> str:
    """XForm text of the shipped instrument."""
    return convert_form(read_folder(WEB.parent / "instruments/pokja-kampung-kb")).xml.decode()
