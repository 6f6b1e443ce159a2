"""A world with one of everything, for tests that try all routes; nothing that they do is kept."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from server.blueprints import Declared
from tests import arrivals, postgres
from tests.conftest import PASSWORD, make_app

CALLERS = ("nobody", "phone", "filler", "viewer", "reviewer", "elsewhere", "manager", "admin")
ENTITY = "6f2b1f0e-9d1e-4f6d-8a51-0b8a3c4d5e6f"
BODIES = {"accounts.change_password": {"old": "", "new": "sepuluh-huruf"},  # read before the view looks whose it is
          "accounts.verify_reset": {"new": "sepuluh-huruf"}}
_PART = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")


@dataclass
class World:
    """An application with one of everything, and how each caller is known to it."""

    app: Flask
    parts: dict[str, Any]
    keys: dict[str, dict[str, str]]
    phone: str

    def call(self, caller: str, route: Declared, method: str, more: dict[str, Any] | None = None, **other: Any) -> TestResponse:
        """One request; `more` is for the test client, `other` are parts of the address that differ."""
        parts = self.parts | ({"version": "uuid:satu"} if "<instance>" in route.rule else {}) | other
        if route.face == "page" and "<int:version>" in route.rule:
            parts["version"] = 1
        path = _PART.sub(lambda found: str(parts[found[2]]), route.rule)
        if caller == "phone":
            path = path.replace("/v1/", f"/v1/key/{self.phone}/", 1) if path.startswith("/v1/") else f"{path}?st={self.phone.replace('$', '%24')}"
        headers = {"X-OpenRosa-Version": "1.0"} | self.keys[caller]
        body = {"json": BODIES.get(route.endpoint, {})} if route.face == "json" and method not in ("GET", "DELETE") else {}
        return self.app.test_client().open(path, method=method, headers=headers, **(body if more is None else more))


def _furnish(app: Flask) -> World:
    from server import grants
    from server.accounts import store
    from server.db import transaction
    from server.projects.store import create
    from server.publishing import store as publishing

    with app.app_context(), transaction():
        project = create("Pokja").id
        spare = store.create_user("lain@contoh.id", PASSWORD, "Lain").actor_id
    arrivals.publish(app, project)
    phone = arrivals.enrol(app, project, area="")
    assert phone.send(arrivals.instance(body="<desa>19.06.01.2001</desa><foto>foto.jpg</foto>"), {"foto.jpg": b"x"}).status_code == 201
    assert phone.send(arrivals.instance("uuid:tertahan", version="99"), {"foto.jpg": b"x"}).status_code == 404
    keys: dict[str, dict[str, str]] = {"nobody": {}, "phone": {}}
    roles = {"filler": ("formfill", project, ""), "viewer": ("viewer", project, ""), "reviewer": ("reviewer", project, "19.06.01"),
             "elsewhere": ("reviewer", project, "19.06.02"), "manager": ("manager", project, ""), "admin": ("admin", None, "")}
    with app.app_context(), transaction():
        for name, (role, where, area) in roles.items():
            user = store.create_user(f"{name}@contoh.id", PASSWORD, name.title())
            store.assign(user.actor_id, grants.BY_SYSTEM[role].id, where, area=area)
            keys[name] = {"Authorization": f"Bearer {store.open_session(user, 24)[0]}"}
        publishing.create_draft(publishing.get_form(project, "pokja"), None)
        draft = publishing.draft_version(publishing.get_form(project, "pokja").id)
        assert draft is not None
        token = draft.draft_token
    _list_with_an_entity(app, f"/v1/projects/{project}/datasets", keys["admin"])
    parts = {"project": project, "form": "pokja", "instance": "uuid%3Asatu", "version": "1", "name": "foto.jpg", "user": spare,
             "person": spare, "phone": phone.id, "actor": spare, "role": "viewer", "token": token, "number": 1,
             "table": "Submissions", "dataset": "warga", "uuid": ENTITY, "held": 1, "code": "19.06.01.2001", "folder": "icons"}
    return World(app, parts, keys, phone.token)


def _list_with_an_entity(app: Flask, lists: str, key: dict[str, str]) -> None:
    """Its property `desa` says which area may see it."""
    client = app.test_client()
    for path, body in ((lists, {"name": "warga"}), (f"{lists}/warga/properties", {"name": "desa"}),
                       (f"{lists}/warga/entities", {"uuid": ENTITY, "label": "Siti", "data": {"desa": "19.06.01.2001"}})):
        assert client.post(path, json=body, headers=key).status_code == 200, path
    assert client.patch(f"{lists}/warga", json={"areaProperty": "desa"}, headers=key).status_code == 200


@contextmanager
def unchanged(app: Flask) -> Iterator[World]:
    """The world of an application on a migrated database; every transaction is rolled back, so all callers meet the same."""
    from server import blueprints, db

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blueprints, "transaction", db.transaction)  # another such world may be there already
        built = _furnish(app)

    @contextmanager
    def tried(write: bool = True, **more: Any) -> Iterator[None]:
        with db.transaction(write, **more):
            yield
            db.db.session.rollback()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blueprints, "transaction", tried)
        yield built
    with app.app_context():
        db.db.session.remove()
        db.db.engine.dispose()


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """On SQLite: who may do what is decided before the database matters."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copy(sqlite_template, folder / "pokja.db")
    with unchanged(make_app(f"sqlite:///{folder / 'pokja.db'}", folder)) as built:
        yield built


@pytest.fixture(scope="module")
def world_on_postgres(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """On PostgreSQL, which is stricter with texts and numbers."""
    server: postgres.Server = request.getfixturevalue("postgres_server")
    name = server.copy(request.getfixturevalue("postgres_template"))
    with unchanged(make_app(server.url(name), tmp_path_factory.mktemp("world"))) as built:
        yield built
    server.drop(name)
