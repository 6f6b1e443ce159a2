"""A keeper of entity lists: calls the API of one project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conftest import Person

ONE = "1c6cd3a0-8f5a-4b1e-9d7e-2f0a3b4c5d6e"
TWO = "2c6cd3a0-8f5a-4b1e-9d7e-2f0a3b4c5d6e"
THREE = "3c6cd3a0-8f5a-4b1e-9d7e-2f0a3b4c5d6e"


@dataclass
class Keeper:
    """Keeps lists of one project."""

    person: Person
    project: int

    def url(self, tail: str = "") -> str:
        return f"/v1/projects/{self.project}/datasets{tail}"

    def get(self, tail: str = "", **more: Any) -> TestResponse:
        return self.call("GET", tail, **more)

    def post(self, tail: str = "", json: Any = None, **more: Any) -> TestResponse:
        return self.call("POST", tail, json=json, **more)

    def patch(self, tail: str, json: Any = None, **more: Any) -> TestResponse:
        return self.call("PATCH", tail, json=json, **more)

    def call(self, method: str, tail: str, **more: Any) -> TestResponse:
        return self.person.call(method, self.url(tail), **more)  # type: ignore[no-any-return]

    def has(self, name: str = "pohon", *properties: str, **settings: Any) -> Keeper:
        """Make a list with properties."""
        assert self.post(json={"name": name, **settings}).status_code == 200
        for each in properties:
            assert self.post(f"/{name}/properties", json={"name": each}).status_code == 200
        return self

    def holds(self, uuid: str, label: str = "Jati", name: str = "pohon", **data: str) -> dict[str, Any]:
        """Make an entity."""
        answer = self.post(f"/{name}/entities", json={"uuid": uuid, "label": label, "data": data})
        assert answer.status_code == 200, answer.text
        return answer.json  # type: ignore[no-any-return]

    def entity(self, uuid: str, name: str = "pohon") -> dict[str, Any]:
        return self.get(f"/{name}/entities/{uuid}").json  # type: ignore[no-any-return]


@pytest.fixture
def keeper(admin: Person, project: int) -> Keeper:
    return Keeper(admin, project)


def code(answer: TestResponse) -> float:
    """The protocol's number of a refusal, whose integer part is its status."""
    found = float(answer.json["code"])
    assert int(found) == answer.status_code
    return found
