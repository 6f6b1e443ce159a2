"""What lists cost, and that their counts stay inside the caller's villages (DESIGN §4.3, §9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import Engine, event

from tests import arrivals
from tests.conftest import Person
from tests.publishing.conftest import VISIT, Author, xlsx


@contextmanager
def watched() -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_list_of_forms_opens_no_form_and_costs_the_same_for_ten_as_for_one(author: Author) -> None:
    def cost() -> int:
        with watched() as said:
            assert author.get().status_code == 200
        large = [statement for statement in said if "form_versions.xml" in statement.replace("xml_form_id", "") or "definition" in statement]
        assert large == []
        return len(said)

    author.published()
    one = cost()
    for number in range(9):
        settings = f"\n| settings | form_id | version |\n| | f{number} | 1 |\n"
        assert author.create(xlsx(VISIT + settings, version=None), publish="true").status_code == 200
    assert cost() == one <= 7


def test_extended_counts_stay_inside_the_callers_villages(app: Flask, admin: Person, person: Callable[..., Person], project: int) -> None:
    arrivals.publish(app, project)
    phone = arrivals.enrol(app, project)
    for number, village in enumerate(("19.06.01.2001", "19.06.01.2002", "19.06.02.2001")):
        sent = phone.send(arrivals.instance(f"uuid:{number}", body=f"<desa>{village}</desa>"))
        assert sent.status_code == 201, sent.text
    extended = {"X-Extended-Metadata": "true"}
    part = person("r@contoh.id", role="reviewer", project=project, area="19.06.01")
    other = person("o@contoh.id", role="reviewer", project=project, area="19.06.09")
    told = {}
    for name, someone in (("all", admin), ("part", part), ("other", other)):
        form = someone.get(f"/v1/projects/{project}/forms/pokja", headers=extended).json
        last = someone.get(f"/v1/projects/{project}", headers=extended).json["lastSubmission"]
        told[name] = (form["submissions"], form["reviewStates"]["received"], form["lastSubmission"] is not None, last is not None)
    assert told == {"all": (3, 3, True, True), "part": (2, 2, True, True), "other": (0, 0, False, False)}


def test_trial_data_goes_when_the_draft_is_published(app: Flask, author: Author) -> None:
    from forms.workbook import Workbook
    from server.db import transaction
    from server.publishing import store
    from server.publishing.sources import from_workbook

    with app.app_context(), transaction():
        store.create_form(author.project, from_workbook(Workbook(sheets=arrivals.SHEETS, name="uji.xlsx")))
    token = author.get("/pokja/draft").json["draftToken"]
    phone = arrivals.enrol(app, author.project)
    base = f"/v1/test/{token}/projects/{author.project}/forms/pokja/draft"
    for number in range(2):
        assert phone.send(arrivals.instance(f"uuid:{number}"), base=base).status_code == 201
    assert author.post("/pokja/draft/publish").json == {"success": True}
    assert phone.send(arrivals.instance("uuid:0"), base=base).status_code == 404
    assert author.get("/pokja", headers={"X-Extended-Metadata": "true"}).json["submissions"] == 0
    assert phone.send(arrivals.instance("uuid:0")).status_code == 201, "the trial's instanceID is free again"
