"""A server with two small forms, and phones on it whose network and memory a test can take away."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from server.assets import STATIC
from tests.chromium import PATIENCE
from tests.conftest import PASSWORD, make_app
from tests.serving import Server

VIEW: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "locale": "id-ID", "timezone_id": "Asia/Jakarta",
                        "is_mobile": True, "has_touch": True}
SHORT = "kunjungan"
LONG = "panjang"


def workbook(form_id: str, title: str, version: str, rows: list[dict[str, str]]) -> Any:
    from forms.workbook import Workbook

    return Workbook({
        "survey": rows,
        "choices": [{"list_name": "desa", "name": f"19.06.01.200{n}", "label": name}
                    for n, name in ((1, "Lalang Jaya"), (2, "Kurnia Jaya"))],
        "settings": [{"form_id": form_id, "form_title": title, "version": version, "style": "pages", "area_field": "desa",
                      "instance_name": "concat('Desa ', jr:choice-name(${desa}, '${desa}'), ' ', ${anggota})"}]}, title)


def short(version: str = "1", *more: dict[str, str]) -> Any:
    """Three pages: the village, two numbers, a photo."""
    return workbook(SHORT, "Kunjungan", version, [
        {"type": "select_one desa", "name": "desa", "label": "Desa"},
        {"type": "begin_group", "name": "isi", "label": "Isi", "appearance": "field-list"},
        {"type": "integer", "name": "anggota", "label": "Jumlah anggota"},
        {"type": "text", "name": "catatan", "label": "Catatan"},
        {"type": "end_group"},
        {"type": "image", "name": "foto", "label": "Foto kegiatan"}, *more])


def long() -> Any:
    """Forty numbers, four a page."""
    rows = [{"type": "select_one desa", "name": "desa", "label": "Desa"},
            {"type": "integer", "name": "anggota", "label": "Jumlah anggota"}]
    for page in range(10):
        rows.append({"type": "begin_group", "name": f"g{page}", "label": f"Bagian {page + 1}", "appearance": "field-list"})
        rows += [{"type": "integer", "name": f"q{4 * page + n}", "label": f"Angka {4 * page + n + 1}"} for n in range(4)]
        rows.append({"type": "end_group"})
    return workbook(LONG, "Pengkajian panjang", "1", rows)


@dataclass
class Office:
    """The server, and what is done at the district office meanwhile."""

    server: Server
    app: Flask
    project: int
    admin: int
    _phones: int = field(default=0)

    @contextmanager
    def _inside(self) -> Iterator[None]:
        from server.db import db, transaction

        with self.app.app_context():
            with transaction():
                yield
            db.session.remove()
            db.engine.dispose()

    def enrol(self) -> str:
        """The link of a new phone."""
        from server.accounts import store

        self._phones += 1
        with self._inside():
            token = store.create_app_user(self.project, f"Petugas {self._phones}", self.admin).token
        return f"{self.server.address}/#token={token}&project={self.project}"

    def publish(self, sheets: Any) -> None:
        from server.publishing import store

        with self._inside():
            store.publish_workbook(self.project, sheets, self.admin)

    def set_state(self, form: str, state: str) -> None:
        from server.publishing import store

        with self._inside():
            store.set_state(store.get_form(self.project, form), state, self.admin)

    def send_back(self, reason: str, comments: list[tuple[str | None, str]]) -> None:
        """Returns the submission of SHORT that arrived last."""
        from sqlalchemy import select

        from server.db import db
        from server.publishing import store as publishing
        from server.reviews import store as reviews
        from server.submissions import store as submissions
        from server.submissions.models import Submission

        with self._inside():
            form = publishing.get_form(self.project, SHORT)
            found = db.session.scalars(select(Submission).where(Submission.form_id == form.id).order_by(Submission.id.desc())).first()
            assert found is not None
            reviews.decide(found, submissions.current(found.id).id, "hasIssues", reason, self.admin, None, comments)

    def stored(self) -> tuple[int, int]:
        """How many submissions there are, and how many photos of theirs."""
        from sqlalchemy import text

        from server.db import db

        with self._inside():
            records = db.session.execute(text("select count(*) from submissions")).scalar_one()
            files = db.session.execute(text("select count(*) from submission_attachments where sha256 is not null")).scalar_one()
        return int(records), int(files)


@pytest.fixture
def office(sqlite_template: Path, tmp_path: Path) -> Iterator[Office]:
    if not (STATIC / "app" / "index.html").exists():
        pytest.skip("the phone app is not built: run make test, or npm run build in web/")
    from server.accounts import store as accounts
    from server.db import db, transaction
    from server.projects.store import create
    from server.villages.models import Village

    shutil.copy(sqlite_template, tmp_path / "pokja.db")
    url = f"sqlite:///{tmp_path / 'pokja.db'}"
    app = make_app(url, tmp_path)
    with app.app_context():
        with transaction():
            project = create("Pokja Kampung KB").id
            person = accounts.create_user("kantor@contoh.id", PASSWORD, "Kantor").actor_id
            for n, name in ((1, "Lalang Jaya"), (2, "Kurnia Jaya")):
                db.session.add(Village(code=f"19.06.01.200{n}", name=name, subdistrict_code="19.06.01", subdistrict="Manggar",
                                       lat=-2.87, lon=108.27 + n / 100))
        db.session.remove()
        db.engine.dispose()
    server = Server(url, tmp_path, workers=1)
    server.start()
    made = Office(server, app, project, person)
    made.publish(short())
    yield made
    server.stop()


@dataclass
class Handset:
    """A phone: its browser's memory outlives its pages."""

    context: BrowserContext
    office: Office
    page: Page = field(init=False)

    def enrol(self, link: str) -> None:
        """Opens the link with network; returns when everything is there for days without."""
        self.page = self.context.new_page()
        self.page.goto(link)
        expect(self.page.get_by_role("link", name="Isi formulir")).to_be_visible()
        self.page.evaluate("navigator.serviceWorker.ready")

    def restart(self) -> Page:
        """The page is gone without a word, and the icon is tapped again."""
        self.page.close()
        self.page = self.context.new_page()
        self.page.goto(self.office.server.address)
        return self.page

    def offline(self) -> None:
        self.context.set_offline(True)

    def online(self) -> None:
        self.context.set_offline(False)
        self.page.evaluate("dispatchEvent(new Event('online'))")

    def go(self, fragment: str) -> None:
        self.page.evaluate("fragment => { location.hash = fragment }", fragment)

    def count(self, name: str) -> Locator:
        return self.page.get_by_test_id(f"count-{name}")

    def at(self, name: str) -> Locator:
        return self.page.locator(f'.question[data-reference$="/{name}"]')

    def next(self) -> None:
        before = self.page.locator(".place p").first.inner_text()
        self.page.locator(".fill-nav .primary").click()
        self.page.wait_for_function("before => document.querySelector('.place p')?.textContent !== before", arg=before)

    def start(self, form: str = "Kunjungan") -> None:
        """From home to the first page of a form."""
        self.go("#/")
        self.page.get_by_role("link", name="Isi formulir").click()
        named = self.page.get_by_role("link", name=form)
        expect(named.or_(self.page.locator(".fill-nav")).first).to_be_visible()
        if named.count():
            named.click()
        expect(self.page.locator(".fill-nav")).to_be_visible()

    def finish(self) -> None:
        while self.page.locator(".fill-nav .primary").count():
            self.next()
        self.page.locator("button.primary.big").click()
        self.page.wait_for_function("() => location.hash.startsWith('#/done')")

    def fill(self, members: int, photo: Path | None = None) -> None:
        """One whole record of the short form."""
        self.start()
        self.at("desa").locator('input[value="19.06.01.2001"]').check()
        self.next()
        self.at("anggota").locator("input").fill(str(members))
        self.at("catatan").locator("input").fill("semua baik")
        self.next()
        if photo:
            self.at("foto").locator("input[type=file]").first.set_input_files(photo)
            expect(self.at("foto").locator("img.photo")).to_be_visible()
        self.finish()


@pytest.fixture
def handset(chromium: Browser, office: Office) -> Iterator[Callable[[], Handset]]:
    """Makes phones; a script error on any of them fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make() -> Handset:
        context = chromium.new_context(**VIEW)
        context.set_default_timeout(PATIENCE)
        context.on("page", lambda page: page.on("pageerror", lambda error: errors.append(str(error))))
        contexts.append(context)
        return Handset(context, office)

    yield make
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def phone(handset: Callable[[], Handset], office: Office) -> Handset:
    """An enrolled phone."""
    made = handset()
    made.enrol(office.enrol())
    return made


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kamera") / "kamera.jpg"
    Image.effect_noise((1200, 900), 60).convert("RGB").save(path, quality=85)
    return path

