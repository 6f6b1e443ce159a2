"""Every route × every role × area: who is let in is what PROTOCOL §1 and DESIGN §4.3 say, written out here once more."""

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

from server.app import ROOMS, room
from server.blueprints import PUBLIC, SIGNED_IN, Declared
from tests import arrivals
from tests.conftest import PASSWORD, make_app

CALLERS = ("nobody", "phone", "filler", "viewer", "reviewer", "elsewhere", "manager", "admin")
READERS = {"viewer", "reviewer", "elsewhere", "manager", "admin"}
MANAGERS = {"manager", "admin"}
ADMINS = {"admin"}
FILLERS = {"phone", "filler", "manager", "admin"}
REVIEWERS = {"reviewer", "elsewhere", "manager", "admin"}
# Who holds each verb in the project: not read from server/grants.py, or this test would agree with any mistake there.
HOLDERS = {
    "project.read": READERS | {"filler"}, "form.read": READERS, "submission.list": READERS, "submission.read": READERS,
    "dataset.list": READERS, "dataset.read": READERS, "entity.list": READERS, "entity.read": READERS, "score.read": READERS,
    "open_form.read": READERS | FILLERS, "submission.create": FILLERS,
    "submission.update": REVIEWERS, "submission.review": REVIEWERS,
    **dict.fromkeys((
        "project.update", "project.delete", "form.create", "form.update", "form.delete", "form.restore", "submission.delete",
        "submission.restore", "dataset.create", "dataset.update", "dataset.delete", "entity.create", "entity.update",
        "entity.delete", "entity.restore", "field_key.list", "field_key.create", "field_key.delete", "assignment.list",
        "assignment.create", "assignment.delete", "audit.read", "period.lock"), MANAGERS),
    **dict.fromkeys(("project.create", "user.list", "user.create", "user.update", "user.delete", "village.update"), ADMINS),
}
# Routes of the whole server, not of a project: a manager of one project does not hold the verb there.
SITE = {"assignment.list", "assignment.create", "assignment.delete"}
# What any account may call, but only some are served: oneself, or who holds the verb.
INNER = {
    "accounts.get_user": {"admin"}, "accounts.change_user": {"admin"}, "accounts.change_password": {"admin"},
    "accounts.close_session": set(), "accounts.close_current": set(CALLERS) - {"nobody", "phone"},
    "publishing.list_forms": READERS | {"filler"},
}
# Which refusal of somebody let in is right.
NARROWED = {
    "openrosa.integrity": {"phone", "filler"},  # no form of theirs uses the list of this test
    "desk.log_in": set(CALLERS),  # without a password the page comes again, as 401
}
BODIES = {"accounts.change_password": {"old": "", "new": "sepuluh-huruf"}}  # read before the view looks whose it is
ROUTES = [pytest.param(route, method, id=f"{route.endpoint}-{method}") for name in ROOMS for route in room(name).declared
          for method in route.methods if method != "HEAD"]
ENTITY = "6f2b1f0e-9d1e-4f6d-8a51-0b8a3c4d5e6f"
_PART = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")


@dataclass
class World:
    """An application with one of everything, and how each caller is known to it."""

    app: Flask
    parts: dict[str, Any]
    keys: dict[str, dict[str, str]]
    phone: str

    def call(self, caller: str, route: Declared, method: str, **other: Any) -> TestResponse:
        parts = self.parts | ({"version": "uuid:satu"} if "<instance>" in route.rule else {}) | other
        if route.face == "page" and "<int:version>" in route.rule:
            parts["version"] = 1
        path = _PART.sub(lambda found: str(parts[found[2]]), route.rule)
        if caller == "phone":
            path = path.replace("/v1/", f"/v1/key/{self.phone}/", 1) if path.startswith("/v1/") else f"{path}?st={self.phone.replace('$', '%24')}"
        headers = {"X-OpenRosa-Version": "1.0"} | self.keys[caller]
        body = {"json": BODIES.get(route.endpoint, {})} if route.face == "json" and method not in ("GET", "DELETE") else {}
        return self.app.test_client().open(path, method=method, headers=headers, **body)


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
             "table": "Submissions", "dataset": "warga", "uuid": ENTITY, "code": "19.06.01.2001", "folder": "icons"}
    return World(app, parts, keys, phone.token)


def _list_with_an_entity(app: Flask, lists: str, key: dict[str, str]) -> None:
    """Its property `desa` says which area may see it."""
    client = app.test_client()
    for path, body in ((lists, {"name": "warga"}), (f"{lists}/warga/properties", {"name": "desa"}),
                       (f"{lists}/warga/entities", {"uuid": ENTITY, "label": "Siti", "data": {"desa": "19.06.01.2001"}})):
        assert client.post(path, json=body, headers=key).status_code == 200, path
    assert client.patch(f"{lists}/warga", json={"areaProperty": "desa"}, headers=key).status_code == 200


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """On SQLite: who may do what is decided before the database matters."""
    from server import blueprints, db

    folder = tmp_path_factory.mktemp("rights")
    shutil.copy(sqlite_template, folder / "pokja.db")
    built = _furnish(make_app(f"sqlite:///{folder / 'pokja.db'}", folder))

    @contextmanager
    def tried(write: bool = True, **more: Any) -> Iterator[None]:
        """Nothing is kept, so that all callers meet the same world."""
        with db.transaction(write, **more):
            yield
            db.db.session.rollback()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blueprints, "transaction", tried)
        yield built
    with built.app.app_context():
        db.db.engine.dispose()


def holders(route: Declared) -> set[str]:
    """Who is let in."""
    if route.need == PUBLIC:
        return set(CALLERS)
    if route.endpoint in INNER:
        return INNER[route.endpoint]
    if route.need == SIGNED_IN:
        return set(CALLERS) - {"nobody"}
    found = HOLDERS[route.need.verb]
    if route.need.verb in SITE and "<int:project>" not in route.rule:
        return {"admin"}
    return found | FILLERS if route.need.own else found


def refused(answer: TestResponse) -> bool:
    """Whether the answer says: not you."""
    to_log_in = answer.status_code == 302 and "/desk/login" in answer.headers["Location"]
    return to_log_in or answer.status_code in (401, 403)


@pytest.mark.parametrize(("route", "method"), ROUTES)
def test_who_is_let_in(world: World, route: Declared, method: str) -> None:
    let_in = {caller for caller in CALLERS if not refused(world.call(caller, route, method))}
    assert let_in == holders(route) - NARROWED.get(route.endpoint, set())


RECORDS = [each for each in ROUTES if re.search("<(instance|uuid)>", getattr(each.values[0], "rule", ""))]


@pytest.mark.parametrize(("route", "method"), RECORDS)
def test_a_record_of_another_area_is_like_an_unknown_one(world: World, route: Declared, method: str) -> None:
    if "elsewhere" not in holders(route):
        pytest.skip("nobody with an area is let in")
    there, nowhere = world.call("elsewhere", route, method), world.call(
        "elsewhere", route, method, instance="uuid%3Atidak-ada", uuid=ENTITY[:-1] + "0")
    assert there.status_code == nowhere.status_code
    assert there.status_code in (400, 404), "400: the body is read first, and says nothing of the record"
    assert b"19.06.01" not in there.data and b"Siti" not in there.data
    if method == "GET":
        assert there.status_code == 404
        assert world.call("reviewer", route, method).status_code != 404 or route.endpoint in EMPTY


# Without a choice or an indicator in the query these have nothing to show to anybody.
EMPTY = {"desk.decide_form", "desk.rate_form"}
