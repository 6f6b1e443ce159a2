"""The villages as an entity list: the last visit's facts travel to phones (PROTOCOL §6; issue: point 3)."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask import Flask

from tests import arrivals
from tests.arrivals import Phone
from tests.conftest import Person
from tests.desk.conftest import VILLAGES
from tests.desk.scores.conftest import BEFORE, PADANG, PERIOD, SHEETS, Case

VISIT = {"survey": [{"type": "select_one_from_file desa.csv", "name": "desa", "label": "Desa"}], "choices": [], "scoring": [],
         "settings": [{"form_id": "kunjungan", "version": "1", "form_title": "Kunjungan"}]}
CARRYING = {**SHEETS, "settings": [{**SHEETS["settings"][0], "carried_fields": "b, a2 label tidakada"}]}


def import_villages(app: Flask, text: str = VILLAGES) -> None:
    from server.db import transaction
    from server.villages import store

    with app.app_context(), transaction():
        store.import_csv(text.encode())


@pytest.fixture
def case(app: Flask, project: int, admin: Person) -> Case:
    import_villages(app)
    arrivals.publish(app, project, CARRYING)
    arrivals.publish(app, project, VISIT)
    return Case(app, project, arrivals.enrol(app, project, "Siti"), admin)


def villages(phone: Phone) -> dict[str, dict[str, str]]:
    """The list by village code, as the phone's file has it."""
    answer = phone.get("forms/kunjungan/attachments/desa.csv")
    assert answer.status_code == 200, answer.text
    return {row["code"]: row for row in csv.DictReader(io.StringIO(answer.text, newline=""))}


def fetched(phone: Phone) -> str:
    (form,) = [each for each in phone.get("changes").json["forms"] if each["xmlFormId"] == "kunjungan"]
    return form["attachments"][0]["hash"]  # type: ignore[no-any-return]


def test_a_project_whose_forms_ask_for_villages_has_them_as_a_list(case: Case) -> None:
    found = villages(case.phone)
    assert [(row["label"], row["kecamatan"], row["period"], row["__version"]) for row in found.values()] == [
        ("Padang (Manggar)", "Manggar", "", "1"), ("Lalang (Manggar)", "Manggar", "", "1"), ("Gantung (Gantung)", "Gantung", "", "1")]
    shown = case.admin.get(f"/v1/projects/{case.project}/datasets/desa").json
    assert [each["name"] for each in shown["properties"]] == [
        "code", "kecamatan", "kecamatan_code", "period", "status", "score", "class", "visited", "b", "a2"]
    assert shown["areaProperty"] == "code"
    assert [each["xmlFormId"] for each in shown["linkedForms"]] == ["kunjungan"]


def test_an_approval_brings_the_visits_facts_and_taking_it_back_takes_them_away(case: Case) -> None:
    before = fetched(case.phone)
    case.send()
    assert fetched(case.phone) == before, "nobody has approved it yet"
    case.review("uuid:satu", "approved")
    facts = villages(case.phone)[PADANG]
    assert {name: facts[name] for name in ("period", "status", "score", "class", "visited", "b", "a2", "__version")} == {
        "period": PERIOD, "status": "aktif", "score": "82.50", "class": "tinggi", "visited": "2026-08-11", "b": "3", "a2": "2", "__version": "2"}
    assert fetched(case.phone) != before
    case.review("uuid:satu", None)
    assert (villages(case.phone)[PADANG]["period"], villages(case.phone)[PADANG]["b"]) == ("", "")


def test_the_newest_period_counts_whichever_was_approved_last(case: Case) -> None:
    case.approved("uuid:dua", b="4")
    case.approved("uuid:lama", periode=BEFORE, b="1", tgl="2026-02-01")
    assert (villages(case.phone)[PADANG]["period"], villages(case.phone)[PADANG]["b"]) == (PERIOD, "4")


def test_a_village_that_was_scored_wrongly_gets_its_facts_back(case: Case) -> None:
    case.approved()
    case.send("uuid:dua", deprecated="uuid:satu", desa="19.06.02.2001")
    case.review("uuid:satu", "approved")
    found = villages(case.phone)
    assert (found[PADANG]["period"], found["19.06.02.2001"]["period"]) == ("", PERIOD)


def test_a_phone_hears_only_of_its_own_villages(case: Case, app: Flask) -> None:
    other = arrivals.enrol(app, case.project, "HP Gantung", "19.06.02")
    assert list(villages(other)) == ["19.06.02.2001"]
    before = fetched(other)
    case.approved()
    assert fetched(other) == before
    case.approved("uuid:dua", desa="19.06.02.2001")
    assert fetched(other) != before


def test_villages_imported_later_and_renamed_ones_reach_the_list(app: Flask, project: int, admin: Person) -> None:
    arrivals.publish(app, project, CARRYING)
    arrivals.publish(app, project, VISIT)
    phone = arrivals.enrol(app, project)
    assert phone.get("forms/kunjungan/attachments/desa.csv").status_code == 404
    import_villages(app)
    assert len(villages(phone)) == 3
    token = fetched(phone)
    import_villages(app)
    assert fetched(phone) == token, "the same again is nothing new"
    import_villages(app, VILLAGES.replace("Lalang,", "Lalang Jaya,"))
    assert villages(phone)["19.06.01.2002"]["label"] == "Lalang Jaya (Manggar)"
    assert fetched(phone) != token


def test_somebodys_own_list_of_that_name_is_left_alone(app: Flask, project: int, admin: Person) -> None:
    assert admin.post(f"/v1/projects/{project}/datasets", json={"name": "Desa"}).status_code == 200
    import_villages(app)
    arrivals.publish(app, project, SHEETS)
    assert [(each["name"], each["properties"]) for each in admin.get(f"/v1/projects/{project}/datasets").json] == [("Desa", [])]


def test_a_project_that_asks_for_no_villages_gets_no_list(app: Flask, project: int, admin: Person) -> None:
    import_villages(app)
    plain: dict[str, Any] = {"survey": [{"type": "text", "name": "a", "label": "A"}], "settings": [{"form_id": "a", "version": "1", "form_title": "A"}]}
    from forms.workbook import Workbook
    from server.db import transaction
    from server.publishing import store

    with app.app_context(), transaction():
        store.publish_workbook(project, Workbook(sheets=plain, name="a.xlsx"))
    assert admin.get(f"/v1/projects/{project}/datasets").json == []


def test_without_a_form_that_carries_a_list_phones_hear_nothing_of_it(app: Flask, project: int, admin: Person) -> None:
    import_villages(app)
    arrivals.publish(app, project, CARRYING)
    case = Case(app, project, arrivals.enrol(app, project, "Siti"), admin)
    other = arrivals.enrol(app, project, "HP lain")
    cursor = other.get("changes").json["cursor"]
    case.approved()
    assert [each["label"] for each in _rows(case) if each["period"]] == ["Padang (Manggar)"]
    assert "forms" not in other.get(f"changes?since={cursor}").json


def _rows(case: Case) -> list[dict[str, Any]]:
    return case.admin.get(f"/v1/projects/{case.project}/datasets/desa.svc/Entities").json["value"]  # type: ignore[no-any-return]
