"""Entities from submissions: once, in order of arrival, on approval, never at the submission's cost (PROTOCOL §6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests import arrivals
from tests.arrivals import Phone
from tests.conftest import Person
from tests.datasets.conftest import ONE, THREE, TWO, Keeper

SURVEY = [{"type": "text", "name": "desa", "label": "Desa", "save_to": "desa"},
          {"type": "text", "name": "jenis", "label": "Jenis", "save_to": "jenis"},
          {"type": "text", "name": "pohon", "label": "Pohon"}]
ENTITIES = [{"list_name": "pohon", "label": "${jenis}", "entity_id": "${pohon}", "create_if": "${pohon} = ''", "update_if": "${pohon} != ''"}]
SHEETS = {"survey": SURVEY, "entities": ENTITIES}


@pytest.fixture
def phone(app: Flask, project: int) -> Phone:
    arrivals.publish(app, project, SHEETS)
    return arrivals.enrol(app, project)


def record(number: int | str, attributes: str, label: str = "", *, deprecated: str | None = None, **answers: str) -> bytes:
    """A filled form whose entity has these attributes."""
    body = "".join(f"<{name}>{value}</{name}>" for name, value in answers.items())
    xml = arrivals.instance(f"uuid:{number}", deprecated=deprecated, body=body).decode()
    entity = f'<entity dataset="pohon" {attributes}><label>{label}</label></entity>'
    return xml.replace("<meta>", f"<meta>{entity}").encode()


def create(number: int | str = 1, uuid: str = ONE, label: str = "Jati", **more: Any) -> bytes:
    return record(number, f'id="{uuid}" create="1"', label, **more)


def update(number: int | str, base: int, trunk: int | str = "", branch: str = "", uuid: str = ONE, label: str = "", **answers: str) -> bytes:
    return record(number, f'id="{uuid}" update="1" baseVersion="{base}" trunkVersion="{trunk}" branchId="{branch}"', label, **answers)


def sent(phone: Phone, *records: bytes) -> None:
    for xml in records:
        answer = phone.send(xml)
        assert answer.status_code == 201, answer.text


def errors(keeper: Keeper) -> list[dict[str, Any]]:
    from server import events

    with keeper.person.client.application.app_context():
        return [line.details for line in reversed(events.newest(keeper.project, action_prefix="entity.error"))]


def now(keeper: Keeper, uuid: str = ONE) -> dict[str, Any]:
    """What an entity says: conflict, version, label, data."""
    found = keeper.entity(uuid)
    current = found["currentVersion"]
    return {"conflict": found["conflict"], "version": current["version"], "label": current["label"], "data": current["data"]}


def test_a_record_creates_an_entity_on_arrival(phone: Phone, keeper: Keeper) -> None:
    sent(phone, create(desa="19.06.01", jenis="keras"))
    assert now(keeper) == {"conflict": None, "version": 1, "label": "Jati", "data": {"desa": "19.06.01", "jenis": "keras"}}
    assert keeper.entity(ONE)["creatorId"] == phone.id
    (version,) = keeper.get(f"/pohon/entities/{ONE}/versions").json
    assert version["source"]["submission"]["instanceId"] == "uuid:1"
    (line,) = keeper.get(f"/pohon/entities/{ONE}/audits").json
    assert (line["action"], line["actorId"]) == ("entity.create", phone.id)


def test_a_record_sent_again_changes_nothing(phone: Phone, keeper: Keeper) -> None:
    sent(phone, create(jenis="keras"), create(jenis="keras"))
    keeper.patch(f"/pohon/entities/{ONE}?force=true", json={"label": "Sono"})
    sent(phone, create(jenis="keras"))
    assert (now(keeper)["version"], now(keeper)["label"]) == (2, "Sono")
    assert errors(keeper) == []


def test_a_record_updates_what_it_gives(phone: Phone, keeper: Keeper) -> None:
    sent(phone, create(desa="19.06.01", jenis="keras"), update(2, 1, jenis="lunak"))
    assert now(keeper) == {"conflict": None, "version": 2, "label": "Jati", "data": {"desa": "19.06.01", "jenis": "lunak"}}


def test_two_records_from_one_version_conflict_softly_or_hard(phone: Phone, keeper: Keeper) -> None:
    sent(phone, create(desa="19.06.01", jenis="keras"), update(2, 1, jenis="lunak"), update(3, 1, desa="19.06.02"))
    assert now(keeper) == {"conflict": "soft", "version": 3, "label": "Jati", "data": {"desa": "19.06.02", "jenis": "lunak"}}
    sent(phone, update(4, 1, jenis="besi"))
    assert (now(keeper)["conflict"], now(keeper)["data"]["jenis"]) == ("hard", "besi")
    assert keeper.entity(ONE)["currentVersion"]["conflictingProperties"] == ["jenis"]
    assert keeper.get("/pohon", headers={"X-Extended-Metadata": "true"}).json["conflicts"] == 1
    assert [each["uuid"] for each in keeper.get("/pohon/entities?conflict=hard").json] == [ONE]
    sent(phone, update(5, 4, jenis="ulin"))
    assert now(keeper)["conflict"] == "hard", "until somebody has looked"
    resolved = keeper.patch(f"/pohon/entities/{ONE}?resolve=true&baseVersion=5")
    assert (resolved.json["conflict"], resolved.json["currentVersion"]["version"]) == (None, 5)
    assert all(each["resolved"] for each in keeper.get(f"/pohon/entities/{ONE}/versions").json)
    assert keeper.get(f"/pohon/entities/{ONE}/audits").json[0]["action"] == "entity.update.resolve"


@pytest.mark.parametrize(("bad", "number"), [
    (create(2, uuid="bukan-uuid"), 400.11), (create(2, uuid=TWO, label=""), 400.2), (create(2), 409.3), (update(2, 1, uuid=TWO), 404.8),
    (update(2, 9), 404.9), (update(2, "x"), 400.11),  # type: ignore[arg-type]
    (create(2).replace(b'dataset="pohon"', b'dataset="rumah"'), 404.7)])
def test_a_bad_entity_never_fails_its_submission(phone: Phone, keeper: Keeper, bad: bytes, number: float) -> None:
    sent(phone, create(), bad)
    assert phone.get("forms/pokja/submissions/uuid:2/receipt").status_code == 200
    (error,) = errors(keeper)
    assert error["problem"] == {"problemCode": number}
    assert error["errorMessage"]
    assert error["instanceId"] == "uuid:2"
    assert now(keeper)["version"] == 1
    assert [each["uuid"] for each in keeper.get("/pohon/entities").json] == [ONE]


def test_a_corrected_record_does_what_the_first_one_could_not_and_nothing_twice(phone: Phone, keeper: Keeper) -> None:
    sent(phone, create(1, label="", jenis="keras"), create(2, deprecated="uuid:1", jenis="lunak"))
    assert now(keeper)["data"] == {"jenis": "lunak"}
    sent(phone, create(3, deprecated="uuid:2", jenis="besi"))
    assert now(keeper) == {"conflict": None, "version": 1, "label": "Jati", "data": {"jenis": "lunak"}}, "it made its entity already"
    assert len(errors(keeper)) == 1


def test_trials_of_a_draft_make_no_entities(app: Flask, keeper: Keeper) -> None:
    arrivals.publish(app, keeper.project, SHEETS)
    base = f"/v1/projects/{keeper.project}/forms/pokja"
    assert keeper.person.post(f"{base}/draft").status_code == 200
    token = keeper.person.get(f"{base}/draft").json["draftToken"]
    phone = arrivals.enrol(app, keeper.project)
    assert phone.send(create(), base=f"/v1/test/{token}/projects/{keeper.project}/forms/pokja/draft").status_code == 201
    assert keeper.get("/pohon/entities").json == []


# Approval


def review(keeper: Keeper, number: int | str, state: str) -> None:
    answer = keeper.person.call("PATCH", f"/v1/projects/{keeper.project}/forms/pokja/submissions/uuid:{number}", json={"reviewState": state})
    assert answer.status_code == 200, answer.text


def test_a_list_that_needs_approval_gets_its_entities_on_approval(phone: Phone, keeper: Keeper) -> None:
    keeper.patch("/pohon", json={"approvalRequired": True})
    sent(phone, create(1, jenis="keras"), create(2, TWO), create(3, THREE))
    assert keeper.get("/pohon/entities").json == []
    review(keeper, 1, "hasIssues")
    assert keeper.get("/pohon/entities").json == []
    sent(phone, create("1b", deprecated="uuid:1", jenis="lunak"))
    review(keeper, 1, "approved")
    assert now(keeper)["data"] == {"jenis": "lunak"}, "as it was approved"
    review(keeper, 1, "rejected")
    review(keeper, 1, "approved")
    assert now(keeper)["version"] == 1
    sent(phone, update(4, 1, jenis="besi"))
    assert now(keeper)["data"] == {"jenis": "besi"}, "an update needs no approval"
    assert keeper.patch("/pohon?convert=true", json={"approvalRequired": False}).status_code == 200
    assert {each["uuid"] for each in keeper.get("/pohon/entities").json} == {ONE, TWO, THREE}


def test_what_lies_outside_the_senders_area_waits_for_approval(app: Flask, phone: Phone, keeper: Keeper) -> None:
    assert keeper.get("/pohon").json["areaProperty"] == "desa"
    narrow = arrivals.enrol(app, keeper.project, "HP 2", "19.06.01")
    sent(narrow, create(1, desa="19.06.01.2001"), create(2, TWO, desa="19.06.02.2001"))
    assert [each["uuid"] for each in keeper.get("/pohon/entities").json] == [ONE]
    sent(phone, create(3, THREE, desa="19.06.02.2001"))
    sent(narrow, update(4, 1, uuid=THREE, jenis="x"), update(5, 1, desa="19.06.02.2001"))
    assert (now(keeper, THREE)["version"], now(keeper)["version"]) == (1, 1)
    for number in (2, 4, 5):
        review(keeper, number, "approved")
    assert keeper.entity(TWO)["currentVersion"]["label"] == "Jati"
    assert (now(keeper, THREE)["version"], now(keeper)["version"]) == (2, 2)
    assert errors(keeper) == []


# Offline branches

BRANCH = "9c6cd3a0-8f5a-4b1e-9d7e-2f0a3b4c5d6e"
OFFLINE = [create(0, jenis="0"), update(1, 1, "", BRANCH, jenis="1"), update(2, 2, "", BRANCH, desa="19.06", jenis="2"),
           update(3, 3, "", BRANCH, jenis="3")]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1)])
def test_what_a_phone_did_offline_ends_the_same_in_whatever_order_it_arrives(phone: Phone, keeper: Keeper, order: tuple[int, ...]) -> None:
    for number in order:
        sent(phone, OFFLINE[number], OFFLINE[order[0]])
    assert now(keeper) == {"conflict": None, "version": 4, "label": "Jati", "data": {"desa": "19.06", "jenis": "3"}}
    versions = keeper.get(f"/pohon/entities/{ONE}/versions").json
    assert [each["data"]["jenis"] for each in versions] == ["0", "1", "2", "3"]
    assert [each["branchBaseVersion"] for each in versions] == [None, 1, 2, 3]
    assert errors(keeper) == []


def test_a_branch_from_a_version_of_the_servers_is_translated(phone: Phone, keeper: Keeper) -> None:
    sent(phone, create(0, jenis="0"))
    keeper.patch(f"/pohon/entities/{ONE}?force=true", json={"data": {"jenis": "a"}})
    sent(phone, update(2, 3, 2, BRANCH, jenis="c"))
    assert now(keeper)["version"] == 2, "its predecessor is missing"
    sent(phone, update(1, 2, 2, BRANCH, jenis="b"))
    assert now(keeper) == {"conflict": None, "version": 4, "label": "Jati", "data": {"jenis": "c"}}


def test_somebody_elses_change_in_the_middle_of_a_branch_is_a_conflict(phone: Phone, keeper: Keeper) -> None:
    sent(phone, create(0, jenis="0"), update(1, 1, 1, BRANCH, jenis="1"))
    keeper.patch(f"/pohon/entities/{ONE}?force=true", json={"data": {"desa": "19.06"}})
    sent(phone, update(2, 2, 1, BRANCH, jenis="2"))
    assert now(keeper) == {"conflict": "soft", "version": 4, "label": "Jati", "data": {"jenis": "2", "desa": "19.06"}}


def forced(app: Flask, days: float) -> int:
    from server.datasets import store
    from server.db import db, transaction
    from server.db import now as present

    with app.app_context(), transaction():
        done = store.force(present() + timedelta(days=days))
        db.session.flush()
        return done


def test_after_five_days_an_update_goes_on_without_its_predecessor(app: Flask, phone: Phone, keeper: Keeper) -> None:
    sent(phone, OFFLINE[0], OFFLINE[3], OFFLINE[2])
    assert forced(app, 4.9) == 0
    assert now(keeper)["version"] == 1
    assert forced(app, 5.1) == 2
    assert now(keeper) == {"conflict": None, "version": 3, "label": "Jati", "data": {"desa": "19.06", "jenis": "3"}}
    assert forced(app, 5.1) == 0
    sent(phone, OFFLINE[1])
    assert now(keeper)["conflict"] == "hard", "it comes after all, and says something else"


def test_after_five_days_an_update_with_a_label_makes_the_entity_that_never_came(app: Flask, phone: Phone, keeper: Keeper) -> None:
    sent(phone, update(1, 1, "", BRANCH, label="Jati", jenis="1"), update(2, 1, "", BRANCH, uuid=TWO, jenis="1"))
    assert forced(app, 6) == 2
    assert now(keeper) == {"conflict": None, "version": 1, "label": "Jati", "data": {"jenis": "1"}}
    (error,) = errors(keeper)
    assert (error["problem"]["problemCode"], error["uuid"]) == (400.2, TWO)
    sent(phone, create(0, desa="19.06"))
    assert now(keeper) == {"conflict": None, "version": 2, "label": "Jati", "data": {"jenis": "1", "desa": "19.06"}}


def test_an_arrival_looks_after_what_waited_too_long(app: Flask, phone: Phone, keeper: Keeper) -> None:
    from sqlalchemy import update as change

    from server.datasets.models import Wish
    from server.db import db, transaction

    sent(phone, OFFLINE[0], OFFLINE[2])
    with app.app_context(), transaction():
        db.session.execute(change(Wish).values(at=datetime(2020, 1, 1, tzinfo=UTC)))
    sent(phone, create(9, TWO))
    assert now(keeper)["version"] == 2


def test_housekeeping_looks_after_it_too(app: Flask, phone: Phone, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    from click.testing import CliRunner

    from server.cli import main

    config = app.extensions["pokja.config"]
    monkeypatch.setenv("DATABASE_URL", config.database_url)
    monkeypatch.setenv("DATA_DIR", str(config.data_dir))
    done = CliRunner().invoke(main, ["housekeeping"])
    assert (done.exit_code, done.output) == (0, "0 entity updates went on without their predecessors.\n")


def test_repeats_make_an_entity_each_and_several_lists_are_written(app: Flask, keeper: Keeper) -> None:
    arrivals.publish(app, keeper.project, {
        "survey": [{"type": "text", "name": "alamat", "label": "A", "save_to": "rumah#alamat"},
                   {"type": "begin repeat", "name": "orang", "label": "O"}, {"type": "text", "name": "nama", "label": "N", "save_to": "orang#nama"},
                   {"type": "end repeat", "name": "", "label": ""}],
        "entities": [{"list_name": "rumah", "label": "${alamat}"}, {"list_name": "orang", "label": "${nama}"}]})
    people = "".join(f'<orang><nama>{name}</nama><meta><entity dataset="orang" id="{uuid}" create="1"><label>{name}</label></entity></meta></orang>'
                     for name, uuid in (("Siti", ONE), ("Budi", TWO)))
    xml = arrivals.instance("uuid:1", body=f"<alamat>Jl. 1</alamat>{people}").decode()
    house = f'<entity dataset="rumah" id="{THREE}" create="1"><label>Jl. 1</label></entity>'
    head, tail = xml.rsplit("<meta>", 1)
    sent(arrivals.enrol(app, keeper.project), f"{head}<meta>{house}{tail}".encode())
    assert [(each["currentVersion"]["label"]) for each in keeper.get("/orang/entities").json] == ["Budi", "Siti"]
    assert keeper.get(f"/rumah/entities/{THREE}").json["currentVersion"]["data"] == {"alamat": "Jl. 1"}


def test_a_reviewer_of_an_area_decides_on_entities_of_that_area(app: Flask, phone: Phone, keeper: Keeper, person: Callable[..., Person]) -> None:
    keeper.patch("/pohon", json={"approvalRequired": True})
    sent(phone, create(1, desa="19.06.01.2001"))
    reviewer = Keeper(person("r@contoh.id", role="reviewer", project=keeper.project, area="19.06.01"), keeper.project)
    review(reviewer, 1, "approved")
    assert [each["uuid"] for each in reviewer.get("/pohon/entities").json] == [ONE]


def test_what_was_done_offline_to_an_entity_that_waits_for_approval_follows_its_approval(app: Flask, phone: Phone, keeper: Keeper) -> None:
    keeper.patch("/pohon", json={"approvalRequired": True})
    sent(phone, OFFLINE[0], update(1, 1, "", BRANCH, label="Jati", jenis="1"), OFFLINE[2])
    assert forced(app, 6) == 0
    assert keeper.get("/pohon/entities").json == [], "an update alone makes nothing that needs approval"
    review(keeper, 0, "approved")
    assert now(keeper) == {"conflict": None, "version": 3, "label": "Jati", "data": {"desa": "19.06", "jenis": "2"}}
