"""Chromium, a phone's worth of it, and a server with the shipped form, one worker and one supervisor."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.conftest import PASSWORD, make_app
from tests.serving import Server

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"]
PHONE = {"viewport": {"width": 360, "height": 740}, "locale": "id-ID", "timezone_id": "Asia/Jakarta", "is_mobile": True,
         "has_touch": True, "geolocation": {"latitude": -2.8721, "longitude": 108.2719, "accuracy": 8},
         "permissions": ["geolocation"]}


@dataclass
class Office:
    """What the district office has set up."""

    server: Server
    link: str
    supervisor: str
    password: str


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    """A running server: villages, the published form, a worker's phone link, a supervisor of Kecamatan Manggar."""
    from server import shipped
    from server.accounts import store
    from server.db import db, transaction
    from server.projects.store import create
    from server.publishing import sources
    from server.publishing import store as publishing
    from server.villages import store as villages

    app = make_app(database_url, tmp_path)
    with app.app_context():
        with transaction():
            villages.import_csv(shipped.villages().read_bytes())
            project = create("Pokja Kampung KB")
            publishing.publish_workbook(project.id, sources.from_path(shipped.instrument()))
            person = store.create_user("penyelia@contoh.id", PASSWORD, "Penyelia Manggar")
            store.assign(person.actor_id, 10, project.id, area="19.06.01")
            phone = store.create_app_user(project.id, "Siti Rahmah", person.actor_id, area="19.06.01")
            token = phone.token
        db.session.remove()
        db.engine.dispose()
    server = Server(database_url, tmp_path)
    server.start()
    try:
        yield Office(server, f"{server.address}/#token={token}&project=1", "penyelia@contoh.id", PASSWORD)
    finally:
        server.stop()


@pytest.fixture
def play(playing: Playwright) -> Playwright:
    return playing


@pytest.fixture
def desk_browser(play: Playwright) -> Iterator[Browser]:
    browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
    yield browser
    browser.close()
