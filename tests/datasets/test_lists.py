"""Entity lists and their properties (PROTOCOL §6 "List")."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Person
from tests.datasets.conftest import ONE, TWO, Keeper, code


def test_a_list_is_made_and_shows_every_key(keeper: Keeper) -> None:
    made = keeper.post(json={"name": "pohon"}).json
    assert set(made) == {"name", "projectId", "createdAt", "approvalRequired", "ownerOnly", "areaProperty", "lastUpdate", "linkedForms",
                         "sourceForms", "properties"}
    assert (made["name"], made["projectId"], made["approvalRequired"], made["ownerOnly"]) == ("pohon", keeper.project, False, False)
    assert keeper.get("/pohon").json == made
    assert keeper.get().json == [made]


def test_properties_come_in_the_order_they_were_made_with_their_odata_names(keeper: Keeper) -> None:
    keeper.has("pohon", "tinggi.cm", "jenis")
    shown = keeper.get("/pohon").json["properties"]
    assert [(each["name"], each["odataName"], each["forms"]) for each in shown] == [("tinggi.cm", "tinggi_cm", []), ("jenis", "jenis", [])]
    assert all(each["publishedAt"].endswith("Z") for each in shown)


@pytest.mark.parametrize(("body", "number"), [
    ({"name": "__pohon"}, 400.8), ({"name": "9"}, 400.8), ({"name": ""}, 400.8), ({"name": "po hon"}, 400.8), ({}, 400.2),
    ({"name": 3}, 400.11), ({"name": "pohon"}, 409.3), ({"name": "Pohon"}, 409.16), ({"name": "x", "areaProperty": "label"}, 400.8),
])
def test_a_list_that_cannot_be_is_refused(keeper: Keeper, body: dict[str, object], number: float) -> None:
    keeper.has("pohon")
    assert code(keeper.post(json=body)) == number
    assert [each["name"] for each in keeper.get().json] == ["pohon"]


@pytest.mark.parametrize(("name", "number"), [("__x", 400.8), ("Name", 400.8), ("label", 400.8), (":x", 400.8), ("jenis", 409.3),
                                              ("JENIS", 409.17)])
def test_a_property_that_cannot_be_is_refused(keeper: Keeper, name: str, number: float) -> None:
    keeper.has("pohon", "jenis")
    assert code(keeper.post("/pohon/properties", json={"name": name})) == number


def test_what_is_not_there_is_404(keeper: Keeper) -> None:
    assert code(keeper.get("/pohon")) == 404.1
    assert code(keeper.post("/pohon/properties", json={"name": "x"})) == 404.1
    assert keeper.person.get("/v1/projects/99/datasets").status_code == 404


def test_a_list_changes_and_is_deleted_and_its_name_becomes_free(keeper: Keeper) -> None:
    keeper.has("pohon", "jenis").holds(ONE)
    changed = keeper.patch("/pohon", json={"approvalRequired": True, "ownerOnly": True}).json
    assert (changed["approvalRequired"], changed["ownerOnly"]) == (True, True)
    assert keeper.call("DELETE", "/pohon").json == {"success": True}
    assert keeper.get().json == []
    assert code(keeper.get(f"/pohon/entities/{ONE}")) == 404.1
    keeper.has("pohon")
    assert keeper.get("/pohon/entities").json == []


def test_pyodk_gets_form_ids_and_everybody_else_gets_counts_on_request(keeper: Keeper) -> None:
    keeper.has("pohon").holds(ONE)
    shown = keeper.get("/pohon", headers={"X-Extended-Metadata": "true"}).json
    assert (shown["entities"], shown["conflicts"]) == (1, 0)
    assert shown["lastEntity"] == keeper.entity(ONE)["createdAt"]
    projects = keeper.person.get(f"/v1/projects/{keeper.project}", headers={"X-Extended-Metadata": "true"}).json
    assert (projects["datasets"], projects["lastEntity"]) == (1, shown["lastEntity"])


def test_the_area_of_a_list_must_be_one_of_its_properties(keeper: Keeper) -> None:
    keeper.has("pohon", "jenis")
    assert code(keeper.patch("/pohon", json={"areaProperty": "desa"})) == 400.28
    assert keeper.patch("/pohon", json={"areaProperty": "jenis"}).json["areaProperty"] == "jenis"


@pytest.mark.parametrize(("role", "reads", "writes"), [("viewer", 200, 403), ("manager", 200, 200), ("reviewer", 200, 403), ("formfill", 403, 403)])
def test_roles_read_and_write_lists_as_their_verbs_say(keeper: Keeper, person: Callable[..., Person], role: str, reads: int, writes: int) -> None:
    keeper.has("pohon", "jenis").holds(ONE)
    other = Keeper(person("b@contoh.id", role=role, project=keeper.project), keeper.project)
    for tail in ("", "/pohon", "/pohon/entities", f"/pohon/entities/{ONE}", "/pohon/entities.csv", "/pohon.svc/Entities"):
        assert other.get(tail).status_code == reads, tail
    assert other.post(json={"name": "rumah"}).status_code == writes
    assert other.post("/pohon/entities", json={"uuid": TWO, "label": "x", "data": {}}).status_code == writes
    assert other.patch(f"/pohon/entities/{ONE}?force=true", json={"label": "y"}).status_code == writes
    assert other.call("DELETE", f"/pohon/entities/{ONE}").status_code == writes


def test_whoever_works_in_an_area_sees_and_changes_its_entities_only(keeper: Keeper, person: Callable[..., Person],
                                                                     caplog: pytest.LogCaptureFixture) -> None:
    keeper.has("pohon", "jenis", areaProperty="desa")
    keeper.holds(ONE, desa="19.06.01.2001")
    keeper.holds(TWO, desa="19.06.02.2001")
    reader = Keeper(person("r@contoh.id", role="reviewer", project=keeper.project, area="19.06.01"), keeper.project)
    assert [each["uuid"] for each in reader.get("/pohon/entities").json] == [ONE]
    assert [each["__id"] for each in reader.get("/pohon.svc/Entities").json["value"]] == [ONE]
    assert reader.get("/pohon/entities.csv").text.count("\r\n") == 2
    assert code(reader.get(f"/pohon/entities/{TWO}")) == 404.1
    assert "outside the own area" in caplog.text
    for tail in ("versions", "diffs", "audits"):
        assert reader.get(f"/pohon/entities/{TWO}/{tail}").status_code == 404
    manager = Keeper(person("m@contoh.id", role="manager", project=keeper.project, area="19.06.01"), keeper.project)
    assert code(manager.patch(f"/pohon/entities/{TWO}?force=true", json={"label": "x"})) == 404.1
    assert code(manager.patch(f"/pohon/entities/{ONE}?force=true", json={"data": {"desa": "19.06.02.2001"}})) == 403.1
    assert code(manager.post("/pohon/entities", json={"label": "x", "data": {"desa": "19.06.02"}})) == 403.1
    assert code(manager.call("DELETE", f"/pohon/entities/{TWO}")) == 404.1
    assert manager.patch("/pohon", json={"ownerOnly": True}).status_code == 403, "a list is everybody's"
    assert manager.patch(f"/pohon/entities/{ONE}?force=true", json={"label": "x"}).status_code == 200
    shown = reader.get("/pohon", headers={"X-Extended-Metadata": "true"}).json
    assert shown["entities"] == 1
