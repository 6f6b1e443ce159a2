"""What the last visit found reaches the next one on the phone's engine, offline, through the list `desa` (EXPECTATIONS F4)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from forms.convert import convert
from forms.workbook import to_xlsx
from tests import arrivals
from tests.conftest import Person
from tests.desk.scores.conftest import Case
from tests.forms.conftest import table
from tests.villages.test_village_list import CARRYING, import_villages

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NEXT_VISIT = """
| survey   |              |         |         |                                               |         |
|          | type         | name    | label   | calculation                                   | trigger |
|          | csv-external | desa    |         |                                               |         |
|          | text         | kode    | Kode    |                                               |         |
|          | calculate    | lalu    |         | instance('desa')/root/item[code = ${kode}]/b  |         |
|          | calculate    | kapan   |         | pulldata('desa', 'period', 'code', ${kode})   |         |
|          | integer      | anggota | Anggota | ${lalu}                                       | ${kode} |
| settings | form_id      | version |         |                                               |         |
|          | berikut      | 1       |         |                                               |         |
"""
STEPS = ["set\t/kode\t19.06.01.2001", "state\t/lalu", "state\t/kapan", "state\t/anggota", "set\t/anggota\t7", "state\t/anggota"]


def values(answers: list[str]) -> list[str]:
    return [answer.rpartition("\t")[2] for answer in answers if "\t" in answer]


def test_the_facts_of_the_last_approved_visit_fill_in_the_next_one(app: Flask, project: int, admin: Person, phone_page: Any) -> None:
    import_villages(app)
    arrivals.publish(app, project, CARRYING)
    case = Case(app, project, arrivals.enrol(app, project), admin)
    case.approved(b="3")
    sent = admin.post(f"/v1/projects/{project}/forms?publish=true&ignoreWarnings=true", data=to_xlsx(table(NEXT_VISIT)),
                      content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    assert sent.status_code == 200
    file = case.phone.get("forms/berikut/attachments/desa.csv").text
    play = "([xml, lines, files]) => fillForm(xml, lines, files)"
    xml = convert(table(NEXT_VISIT)).xml.decode()
    assert values(phone_page.evaluate(play, [xml, STEPS, {"desa.csv": file}])) == ["3", "2026-S2", "3", "7"], "filled in, and the worker may change it"
    assert values(phone_page.evaluate(play, [xml, STEPS, {}])) == ["", "", "", "7"], "without the list the form works as before"
