"""Fixtures of all tests: the application on a real SQLite and a real PostgreSQL database."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from server import config as settings
from tests import postgres
from tests.chromium import chromium, engine_page, playing  # noqa: F401 (fixtures)

PASSWORD = "kata-sandi-uji"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", default="both", choices=("sqlite", "postgresql", "both"), help="databases to test on")


# A busy machine is no fault of the code: nothing here asserts a time.
hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("patient")

MEMORY, ROOM = Path("/dev/shm"), 1 << 30


def pytest_configure() -> None:
    """Databases, files and browser profiles lie in memory where there is room: on a disk, half the time goes into fsync."""
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)  # for the programs that tests start, and for this process


# What takes longest begins first; then what is left at the end is short, and no process waits long for the other.
LONGEST = ("shape/test_hostile_doors", "contracts/test_schemathesis", "browser/story", "browser/", "exports/", "contracts/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In the order in which two processes take them, file by file (see the Makefile)."""
    items.sort(key=lambda item: next((place for place, part in enumerate(LONGEST) if part in item.nodeid), len(LONGEST)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--db")
        metafunc.parametrize("engine", ["sqlite", "postgresql"] if chosen == "both" else [chosen], indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`: a test that uses the application runs on each."""
    return str(request.param)


def configured(url: str, folder: Path, **more: str) -> settings.Config:
    """Settings for a database and a folder."""
    return settings.read({"DATABASE_URL": url, "DATA_DIR": str(folder), "SECRET_KEY": "only for tests", **more})


def make_app(url: str, folder: Path, **more: str) -> Flask:
    """An application of its own settings, its database not yet migrated."""
    from server.app import create_app

    app = create_app(configured(url, folder, **more))
    app.config["TESTING"] = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[PasswordHasher]:
    """Argon2 at its least, because most tests make a person; what it costs in earnest is what this fixture gives."""
    from server.accounts import store

    with pytest.MonkeyPatch.context() as patch:
        in_earnest = store._hasher
        patch.setattr(store, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield in_earnest


def _migrated(app: Flask) -> None:
    from server import schema
    from server.db import db

    with app.app_context():
        schema.migrate()
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database that tests copy."""
    folder = tmp_path_factory.mktemp("template")
    _migrated(make_app(f"sqlite:///{folder / 'pokja.db'}", folder))
    return folder / "pokja.db"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Server]:
    """A PostgreSQL server of our own, started once and stopped at the end."""
    with postgres.running(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a migrated, empty PostgreSQL database that tests copy."""
    postgres_server.create("pokja_template")
    _migrated(make_app(postgres_server.url("pokja_template"), tmp_path_factory.mktemp("template")))
    return "pokja_template"


@pytest.fixture(scope="session")
def sqlite_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the SQLite database of the running test lies."""
    return tmp_path_factory.mktemp("sqlite")


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Address of a fresh, migrated database: the same address for each test of a process, see `app`."""
    if engine == "sqlite":
        place: Path = request.getfixturevalue("sqlite_place")
        for left in ("pokja.db", "pokja.db-wal", "pokja.db-shm"):
            (place / left).unlink(missing_ok=True)
        shutil.copy(request.getfixturevalue("sqlite_template"), place / "pokja.db")
        yield f"sqlite:///{place / 'pokja.db'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_server")
    server.copy(request.getfixturevalue("postgres_template"), "pokja_test")
    yield server.url("pokja_test")
    server.drop("pokja_test")


@dataclass
class Standing:
    """An application that stays at its address, and what belonged to it before it answered anything."""

    app: Flask
    extensions: dict[str, Any]

    def as_new(self, config: settings.Config) -> Flask:
        """Without what earlier requests left on it, and with its files elsewhere."""
        from server.app import keeper_of

        self.app.extensions.clear()
        self.app.extensions.update(self.extensions, **{"pokja.config": config, "pokja.files": keeper_of(config)})
        return self.app


@pytest.fixture(scope="session")
def standing() -> dict[str, Standing]:
    """The applications of this process by their addresses, made when first asked for."""
    return {}


@pytest.fixture
def app(database_url: str, tmp_path: Path, standing: dict[str, Standing]) -> Iterator[Flask]:
    """The application on a fresh, migrated database, with its files in a temporary folder.

    Making one, and compiling its statements and pages anew, takes longer than most tests do. So the tests of a process
    share it, as requests do in production. One that changes the application itself takes `make_app`.
    """
    from server.db import db

    if database_url not in standing:
        made = make_app(database_url, tmp_path)
        standing[database_url] = Standing(made, dict(made.extensions))
    app = standing[database_url].as_new(configured(database_url, tmp_path))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@dataclass
class Person:
    """A logged-in test person: calls the API with its token."""

    id: int
    email: str
    token: str
    client: FlaskClient

    def call(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **more)

    def get(self, path: str, **more: Any) -> Any:
        return self.call("GET", path, **more)

    def post(self, path: str, **more: Any) -> Any:
        return self.call("POST", path, **more)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def person(app: Flask) -> Callable[..., Person]:
    """Makes people: `person("a@b.id", role="reviewer", project=1, area="19.06.01")`."""
    from server import grants
    from server.accounts import store
    from server.db import transaction

    def make(email: str = "admin@contoh.id", role: str | None = "admin", project: int | None = None,
             area: str = "", name: str = "") -> Person:
        with app.app_context(), transaction():
            user = store.create_user(email, PASSWORD, name or email.partition("@")[0].title())
            if role:
                store.assign(user.actor_id, grants.BY_SYSTEM[role].id, project, area=area)
            token, _ = store.open_session(user, 24)
            return Person(user.actor_id, email, token, app.test_client())

    return make


@pytest.fixture
def admin(person: Callable[..., Person]) -> Person:
    return person()


@pytest.fixture
def project(app: Flask) -> int:
    """Id of a project."""
    from server.db import db, now, transaction
    from server.projects.models import Project

    with app.app_context(), transaction():
        row = Project(name="Pokja Kampung KB", created_at=now())
        db.session.add(row)
        db.session.flush()
        return row.id
