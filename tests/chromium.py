"""One Chromium for all tests that need one (Playwright runs once in a process), and the phone app's engine in it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

ROOT = Path(__file__).parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
PATIENCE = 30_000  # milliseconds; a busy machine is no fault of the page


@pytest.fixture(scope="session")
def playing() -> Iterator[Playwright]:
    """Playwright; its synchronous API cannot be started a second time while it runs."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playing: Playwright) -> Iterator[Browser]:
    """The browser; skipped where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium: run make test, or install it")
    browser = playing.chromium.launch(executable_path=program, args=FLAGS)
    yield browser
    browser.close()


BUNDLE = """
import { build } from 'rolldown'
const [input, modules, file] = process.argv.slice(1)
await build({ input, resolve: { modules: [modules] }, output: { file, format: 'es' }, logLevel: 'silent' })
"""


@pytest.fixture(scope="session")
def engine_page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page with the engine of the phone app: `fillForm(xml, lines, files)`."""
    node, modules = shutil.which("node"), ROOT / "web" / "node_modules"
    if not node or not (modules / "rolldown").exists():
        pytest.skip("the front end is not installed: run make test, or npm ci in web/")
    script = tmp_path_factory.mktemp("phone") / "engine.js"
    files = [str(ROOT / "tests" / "instruments" / "phone_engine.js"), str(modules), str(script)]
    subprocess.run([node, "--input-type=module", "-e", BUNDLE, "--", *files], cwd=ROOT / "web", check=True)
    page = chromium.new_page(locale="id-ID", timezone_id="Asia/Jakarta")
    page.route("**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto("http://localhost/")
    page.add_script_tag(path=script, type="module")
    page.wait_for_function("() => Boolean(globalThis.fillForm)")
    yield page
    page.close()
