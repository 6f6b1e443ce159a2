"""Entities by REST: made, changed, deleted, restored, and their history (PROTOCOL §6 "Entity")."""

from __future__ import annotations

from typing import Any

import pytest

from tests.datasets.conftest import ONE, THREE, TWO, Keeper, code


@pytest.fixture
def trees(keeper: Keeper) -> Keeper:
    return keeper.has("pohon", "jenis", "tinggi")


def test_an_entity_is_made_and_shows_every_key(trees: Keeper) -> None:
    made = trees.post("/pohon/entities", json={"uuid": ONE, "label": "Jati", "data": {"jenis": "x"}}, headers={"User-Agent": "uji/1"}).json
    current = made.pop("currentVersion")
    assert {**made, "createdAt": ""} == {"uuid": ONE, "creatorId": trees.person.id, "conflict": None, "createdAt": "", "updatedAt": None,
                                         "deletedAt": None}
    assert {**current, "createdAt": ""} == {
        "label": "Jati", "current": True, "createdAt": "", "creatorId": trees.person.id, "userAgent": "uji/1", "version": 1,
        "baseVersion": None, "conflictingProperties": None, "data": {"jenis": "x"}, "dataReceived": {"jenis": "x", "label": "Jati"}}
    (listed,) = trees.get("/pohon/entities").json
    assert "data" not in listed["currentVersion"]


def test_the_server_makes_a_uuid_when_none_is_given_and_normalises_one_that_is(trees: Keeper) -> None:
    assert len(trees.post("/pohon/entities", json={"label": "a", "data": {}}).json["uuid"]) == 36
    assert trees.post("/pohon/entities", json={"uuid": f"uuid:{ONE.upper()}", "label": "a", "data": {}}).json["uuid"] == ONE
    assert trees.get(f"/pohon/entities/{ONE.upper()}").json["uuid"] == ONE


@pytest.mark.parametrize(("body", "number"), [
    ({"uuid": ONE, "data": {}}, 400.2),
    ({"uuid": ONE, "label": " ", "data": {}}, 400.8),
    ({"uuid": ONE, "label": 3, "data": {}}, 400.11),
    ({"uuid": ONE, "label": None, "data": {}}, 400.11),
    ({"uuid": "x", "label": "a", "data": {}}, 400.11),
    ({"uuid": 3, "label": "a", "data": {}}, 400.11),
    ({"uuid": ONE.replace("4b1e", "1b1e"), "label": "a", "data": {}}, 400.11),
    ({"uuid": ONE, "label": "a", "data": {"warna": "x"}}, 400.28),
    ({"uuid": ONE, "label": "a", "data": {"tinggi": 3}}, 400.11),
    ({"uuid": ONE, "label": "a", "data": {"tinggi": None}}, 400.11),
    ({"uuid": ONE, "label": "a", "data": ["x"]}, 400.11),
    ({"uuid": ONE, "label": "a", "data": {}, "warna": "x"}, 400.31),
    ({"uuid": ONE, "label": "a\0", "data": {}}, 400.8),
    ({"uuid": ONE, "label": "a", "data": {"jenis": "\ud800"}}, 400.11),
    ([1], 400.11), ("x", 400.11), (None, 400.11),
])
def test_an_entity_that_cannot_be_is_refused(trees: Keeper, body: Any, number: float) -> None:
    assert code(trees.post("/pohon/entities", json=body)) == number
    assert trees.get("/pohon/entities").json == []


def test_a_body_that_is_no_json_is_refused(trees: Keeper) -> None:
    assert code(trees.call("POST", "/pohon/entities", data=b"{", content_type="application/json")) == 400.11


def test_what_ruodk_sends_is_taken(trees: Keeper) -> None:
    """Its addresses end in a slash, and an empty list of R arrives as an empty array."""
    made = trees.post("/pohon/entities/", json={"label": "Jati", "data": []}, headers={"X-Action-Notes": "ditanam%202019"})
    assert (made.status_code, made.json["currentVersion"]["data"]) == (200, {})
    changed = trees.patch(f"/pohon/entities/{made.json['uuid']}?baseVersion=1", json={"label": "Jati tua", "data": []})
    assert changed.json["currentVersion"]["label"] == "Jati tua"
    assert code(trees.post("/pohon/entities", json={"label": "x", "data": ["y"]})) == 400.11
    assert [line["notes"] for line in trees.get(f"/pohon/entities/{made.json['uuid']}/audits").json] == [None, "ditanam 2019"]


def test_a_uuid_is_taken_once_even_by_one_in_the_trash(trees: Keeper) -> None:
    trees.holds(ONE)
    assert code(trees.post("/pohon/entities", json={"uuid": ONE, "label": "a", "data": {}})) == 409.3
    assert trees.call("DELETE", f"/pohon/entities/{ONE}").status_code == 200
    assert code(trees.post("/pohon/entities", json={"uuid": ONE, "label": "a", "data": {}})) == 409.3


def test_many_come_at_once_or_not_at_all(trees: Keeper) -> None:
    source = {"name": "pohon.csv", "size": 2}
    many = [{"label": str(number), "data": {"jenis": "x"}} for number in range(2500)]
    assert trees.post("/pohon/entities", json={"entities": many, "source": source}).json == {"success": True}
    assert len(trees.get("/pohon/entities").json) == 2500
    bad = [{"uuid": ONE, "label": "a", "data": {}}, {"uuid": TWO, "label": "b", "data": {"warna": "x"}}]
    answer = trees.post("/pohon/entities", json={"entities": bad, "source": source})
    assert code(answer) == 400.28
    assert answer.json["message"].startswith("Entity 2 of 2: ")
    bad[1] = {"uuid": ONE, "label": "b", "data": {}}
    assert code(trees.post("/pohon/entities", json={"entities": bad, "source": source})) == 409.3
    assert code(trees.post("/pohon/entities", json={"entities": many})) == 400.2
    assert code(trees.post("/pohon/entities", json={"entities": {}, "source": source})) == 400.11
    assert len(trees.get("/pohon/entities").json) == 2500
    uuid = trees.get("/pohon/entities?limit=1").json[0]["uuid"]
    (version,) = trees.get(f"/pohon/entities/{uuid}/versions").json
    assert version["source"] == source
    assert [each["action"] for each in trees.get(f"/pohon/entities/{uuid}/audits").json] == ["entity.bulk.create"]


def test_a_change_merges_and_counts_on(trees: Keeper) -> None:
    trees.holds(ONE, jenis="x", tinggi="3")
    changed = trees.patch(f"/pohon/entities/{ONE}?baseVersion=1", json={"data": {"tinggi": "4"}}).json
    assert changed["updatedAt"] is not None
    assert (changed["currentVersion"]["version"], changed["currentVersion"]["baseVersion"], changed["currentVersion"]["label"]) == (2, 1, "Jati")
    assert changed["currentVersion"]["data"] == {"jenis": "x", "tinggi": "4"}
    assert changed["currentVersion"]["dataReceived"] == {"tinggi": "4"}
    cleared = trees.patch(f"/pohon/entities/{ONE}?force=true", json={"label": "Sono", "data": {"tinggi": ""}}).json
    assert (cleared["currentVersion"]["label"], cleared["currentVersion"]["data"]) == ("Sono", {"jenis": "x"})


@pytest.mark.parametrize(("query", "body", "number"), [
    ("baseVersion=2", {"label": "x"}, 409.15), ("", {"label": "x"}, 400.2), ("force=true", {}, 400.2),
    ("force=true", {"label": ""}, 400.8), ("force=true", {"data": {"warna": ""}}, 400.28), ("force=true", {"uuid": TWO}, 400.31),
    ("baseVersion=x", {"label": "x"}, 400.11), ("resolve=true&baseVersion=1", None, 400.32), ("force=true", {"data": {"tinggi": 3}}, 400.11),
])
def test_a_change_that_cannot_be_is_refused(trees: Keeper, query: str, body: Any, number: float) -> None:
    trees.holds(ONE)
    assert code(trees.patch(f"/pohon/entities/{ONE}?{query}", json=body)) == number
    assert trees.entity(ONE)["currentVersion"]["version"] == 1


def test_a_deleted_entity_is_in_the_trash_until_it_is_restored(trees: Keeper) -> None:
    trees.holds(ONE)
    assert trees.call("DELETE", f"/pohon/entities/{ONE}").json == {"success": True}
    assert code(trees.call("DELETE", f"/pohon/entities/{ONE}")) == 404.1
    assert code(trees.patch(f"/pohon/entities/{ONE}?force=true", json={"label": "x"})) == 404.1
    assert trees.get("/pohon/entities").json == []
    assert code(trees.get(f"/pohon/entities/{ONE}")) == 404.1
    assert trees.get(f"/pohon/entities/{ONE}?deleted=True").json["deletedAt"] is not None
    (gone,) = trees.get("/pohon/entities?deleted=True").json
    assert gone["deletedAt"] is not None
    assert trees.post(f"/pohon/entities/{ONE}/restore").json == {"success": True}
    assert code(trees.post(f"/pohon/entities/{ONE}/restore")) == 404.1
    assert [each["uuid"] for each in trees.get("/pohon/entities").json] == [ONE]
    assert [each["action"] for each in trees.get(f"/pohon/entities/{ONE}/audits").json] == ["entity.restore", "entity.delete", "entity.create"]


def test_several_are_deleted_at_once_or_not_at_all(trees: Keeper) -> None:
    trees.holds(ONE)
    trees.holds(TWO)
    answer = trees.post("/pohon/entities/bulk-delete", json={"ids": [ONE, THREE]})
    assert code(answer) == 404.1
    assert answer.json["details"]["uuids"] == [THREE]
    assert len(trees.get("/pohon/entities").json) == 2
    assert trees.post("/pohon/entities/bulk-delete", json={"ids": [ONE, f"uuid:{TWO}"]}).json == {"success": True}
    assert trees.get("/pohon/entities").json == []


def test_history_tells_versions_and_what_each_changed(trees: Keeper) -> None:
    trees.holds(ONE, jenis="x")
    trees.patch(f"/pohon/entities/{ONE}?baseVersion=1", json={"label": "Sono", "data": {"tinggi": "4"}})
    trees.patch(f"/pohon/entities/{ONE}?baseVersion=2", json={"data": {"jenis": ""}})
    versions = trees.get(f"/pohon/entities/{ONE}/versions").json
    assert [(each["version"], each["current"], each["baseVersion"]) for each in versions] == [(1, False, None), (2, False, 1), (3, True, 2)]
    assert versions[0]["creator"]["displayName"] == "Admin"
    assert trees.get(f"/pohon/entities/{ONE}/diffs").json == [
        [{"propertyName": "label", "old": "Jati", "new": "Sono"}, {"propertyName": "tinggi", "old": None, "new": "4"}],
        [{"propertyName": "jenis", "old": "x", "new": None}]]


def test_lists_take_limit_and_offset_newest_first(trees: Keeper) -> None:
    for uuid in (ONE, TWO, THREE):
        trees.holds(uuid)
    assert [each["uuid"] for each in trees.get("/pohon/entities?limit=2").json] == [THREE, TWO]
    assert [each["uuid"] for each in trees.get("/pohon/entities?limit=2&offset=2").json] == [ONE]
    assert code(trees.get("/pohon/entities?limit=x")) == 400.11
