"""Schemathesis calls every operation of /v1/openapi.json on a running server: no 5xx, no answer that is not declared."""

from __future__ import annotations

import re
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.app import ROOMS, room
from server.openapi import document
from tests.conftest import PASSWORD, make_app
from tests.contracts import scene
from tests.serving import Server

pytestmark = pytest.mark.slow
CONFIG = schemathesis.Config.from_dict({
    "seed": 20261124,
    "suppress-health-check": ["all"],
    "generation": {"max-examples": 12, "deterministic": True, "no-shrink": True, "database": "none",
                   "with-security-parameters": False},
    "phases": {"coverage": {"unexpected-methods": []}, "stateful": {"enabled": False}},
})
DOCUMENT = document.build([route for name in ROOMS for route in room(name).declared], "test")
DOCUMENT["paths"].pop("/healthz")  # another server than the rest
api = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)
OPERATIONS = {way["operationId"] for item in DOCUMENT["paths"].values() for way in item.values() if isinstance(way, dict)}
WORKBOOKS = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.ms-excel")
XML_BODIES = (scene.xml(), scene.xml("uuid:tiga"), scene.xml("uuid:empat", "uuid:dua"), b"<data", b"", b"\xff\xfe<a/>")


@schemathesis.serializer(*WORKBOOKS)
def _as_it_is(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


class World:
    """A running server, somebody who may do everything in it, and what is there; made anew when a test has broken it."""

    def __init__(self, server: Server, app: Any) -> None:
        self.server, self.app, self.count = server, app, 0
        self.parts: dict[str, Any] = {}
        self.reached: set[str] = set()  # operations that succeeded at least once
        self.api = scene.Api(server.address, "")

    def mend(self) -> None:
        """See to it that the next operation meets a whole project, and that its caller is let in."""
        if self.api.call("GET", "/users/current").status_code != 200:
            self.api = scene.Api(self.server.address, self._administrator())
        if not self.parts or not self._whole():
            self.parts = scene.furnish(self.api)

    def _whole(self) -> bool:
        form = f"/projects/{self.parts['project']}/forms/kunjungan%20rumah"
        return all(self.api.call("GET", path).status_code == 200 for path in (
            f"{form}/submissions/uuid%3Asatu/attachments/foto.jpg", f"{form}/draft",
            f"/projects/{self.parts['project']}/datasets/keluarga/entities/{self.parts['uuid']}"))

    def _administrator(self) -> str:
        from server.accounts import store
        from server.db import db, transaction

        self.count += 1
        email = f"admin{self.count}@contoh.id"
        with self.app.app_context():
            with transaction():
                store.assign(store.create_user(email, PASSWORD, "Administrator").actor_id, 1)
            db.engine.dispose()
        return scene.log_in(self.server.address, email, PASSWORD)


@pytest.fixture(scope="module")
def built(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(sqlite_template, folder / "pokja.db")
    url = f"sqlite:///{folder / 'pokja.db'}"
    server = Server(url, folder, workers=1)
    server.start()
    yield World(server, make_app(url, folder))
    server.stop()


@pytest.fixture
def world(built: World) -> World:
    built.mend()
    return built


def chosen(case: schemathesis.Case, among: int) -> int:
    """A number below `among` that depends on nothing but the case."""
    return zlib.crc32(repr((case.path_parameters, case.query, case.body, case.method)).encode("utf-8", "replace")) % among


def at_home(case: schemathesis.Case, parts: dict[str, Any]) -> None:
    """Let most cases meet what is really there: random names only ever find a 404."""
    if chosen(case, 4) == 0:
        return
    known = parts | ({"version": "uuid:dua"} if "{instance}" in case.path else {}) | (
        {"name": "desa.csv"} if "{instance}" not in case.path else {})
    for name in case.path_parameters or {}:
        case.path_parameters[name] = known[name]
    if case.media_type in WORKBOOKS:
        case.body = (scene.workbook(), b"PK\x03\x04", b"\xd0\xcf\x11\xe0")[chosen(case, 3)]
    if case.media_type == "application/xml":
        case.body = XML_BODIES[chosen(case, len(XML_BODIES))]


def routed(case: schemathesis.Case) -> bool:
    """Whether the numbers of the address are such as a route takes; others lead nowhere, whatever stands behind them."""
    numbers = [str(case.path_parameters[each.name]) for each in case.operation.path_parameters if each.definition["schema"]["type"] == "integer"]
    return all(re.fullmatch(r"[0-9]{1,18}", number) for number in numbers)


def check(case: schemathesis.Case, world: World) -> None:
    """Send a case; its answer must be one that the document declares."""
    at_home(case, world.parts)
    try:
        answer = case.call(base_url=world.api.address, headers=dict(world.api.session.headers), timeout=30, allow_redirects=False)
    except requests.exceptions.InvalidHeader:
        return  # never left this machine
    assert answer.status_code < 500 or answer.status_code == 501, (answer.status_code, case.as_curl_command(), answer.text)
    if answer.status_code < 400:
        world.reached.add(case.operation.definition.raw["operationId"])
    if answer.status_code != 404 or routed(case):
        case.validate_response(answer, checks=[status_code_conformance, content_type_conformance, response_schema_conformance])


def _test_of(operation_id: str) -> Callable[..., None]:
    """A test of one operation. Schemathesis names all tests of a function alike, and xdist takes tests of one name for one."""
    @api.include(operation_id=operation_id).parametrize()
    def test(case: schemathesis.Case, world: World) -> None:
        check(case, world)

    return test


globals().update({f"test_every_answer_is_declared_of_{re.sub('[.]', '_', operation_id)}": _test_of(operation_id)
                  for operation_id in sorted(OPERATIONS)})


def test_most_operations_were_reached(built: World) -> None:
    """Otherwise the test above has only seen refusals."""
    assert len(built.reached) >= 0.8 * len(OPERATIONS), " ".join(sorted(OPERATIONS - built.reached))
