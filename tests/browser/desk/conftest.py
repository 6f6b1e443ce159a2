"""A real server with the small form of the desk tests, some submissions, and a supervisor's browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from server.desk.assets import built
from tests import arrivals
from tests.chromium import PATIENCE
from tests.conftest import PASSWORD, make_app
from tests.desk.conftest import SHEETS, VILLAGES, answers, jpeg
from tests.serving import Server

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
SCORED = "<s1>4</s1><s2>2</s2>"


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """The server: two villages of one supervisor, three submissions of them, one of them resent after a return."""
    if not built():
        pytest.skip("the desk's files are not built: run make test, or npm run build in web/")
    app = make_app(database_url, tmp_path)
    _fill(app)
    server = Server(database_url, tmp_path)
    server.start()
    yield server
    server.stop()


def _fill(app: object) -> None:
    from flask import Flask

    from server.accounts import store as accounts
    from server.db import db, transaction
    from server.projects.store import create
    from server.reviews import store as reviews
    from server.submissions import store as submissions
    from server.villages import store as villages

    assert isinstance(app, Flask)
    with app.app_context(), transaction():
        project = create("Pokja Kampung KB").id
        villages.import_csv(VILLAGES.encode())
        for email, name, role, area in (("rahma@b.id", "Rahmawati", 10, "19.06.01"), ("budi@b.id", "Budi", 10, ""), ("bos@b.id", "Bos", 1, "")):
            person = accounts.create_user(email, PASSWORD, name)
            accounts.assign(person.actor_id, role, project if role != 1 else None, area=area)
    form = arrivals.publish(app, project, SHEETS)
    phone = arrivals.enrol(app, project, "Siti Aminah")
    photo = {"sk.jpg": jpeg()}
    phone.send(arrivals.instance("uuid:satu", body=answers(foto="sk.jpg", more=SCORED)), photo)
    phone.send(arrivals.instance("uuid:dua", body=answers("19.06.01.2002", lokasi="-2.7 108 0 9", more=SCORED)))
    phone.send(arrivals.instance("uuid:tiga", body=answers(more=SCORED)))
    with app.app_context(), transaction():
        found = submissions.find(form, "uuid:tiga")
        assert found is not None
        reviews.decide(found, submissions.current(found.id).id, "hasIssues", "Periksa", None, None, [("/isi/anggota", "Notulen memuat 9 nama")])
    phone.send(arrivals.instance("uuid:tiga-b", deprecated="uuid:tiga", body=answers(anggota="9", more=SCORED)))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def visit(chromium: Browser, desk: Server) -> Iterator[Callable[..., Page]]:
    """Opens a logged-in page: `visit("rahma@b.id", phone=True)`. A script error or a refused resource fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(email: str = "rahma@b.id", phone: bool = False, scripts: bool = True) -> Page:
        context = chromium.new_context(viewport=PHONE if phone else WIDE, locale="id-ID", timezone_id="Asia/Jakarta",  # type: ignore[arg-type]
                                       java_script_enabled=scripts, base_url=desk.address, has_touch=phone)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" and "status of 4" not in message.text else None)
        page.goto("/desk")
        page.get_by_label("Alamat surel").fill(email)
        page.get_by_label("Kata sandi").fill(PASSWORD)
        page.get_by_role("button", name="Masuk").click()
        page.wait_for_url("**/queue")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
