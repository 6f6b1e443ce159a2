"""The queue's order, taken from the heads of an index, is that of a plain sort; and it is read from the index."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert

from tests import arrivals

STATES = (None, "edited", "hasIssues", "approved", "rejected")
AREAS = ("19.06.01.2001", "19.06.01.2002", "19.06.02.2001", "19.06.1.2001")


@pytest.fixture
def rows(app: Flask, project: int, phone: arrivals.Phone) -> list[dict[str, Any]]:
    """Submissions of three forms in every state and area, some of them trials or in the trash; what they are."""
    from server.db import db, now, transaction
    from server.publishing.models import FormVersion
    from server.submissions.models import Submission, SubmissionVersion

    forms = [arrivals.publish(app, project, form_id=name) for name in ("satu", "dua", "tiga")]
    chance, made = random.Random(7), list[dict[str, Any]]()
    with app.app_context(), transaction():
        version = {form: db.session.query(FormVersion.id).filter_by(form_id=form).scalar() for form in forms}
        start = now()
        for number in range(300):
            state = chance.choice(STATES)
            made.append({"id": 1000 + number, "form_id": chance.choice(forms), "trial": chance.random() < 0.1, "instance_id": f"uuid:{number}",
                         "submitter_id": phone.id, "review_state": state, "area": chance.choice(AREAS), "period": chance.choice(("A", "B")),
                         "kind": "", "edits": 0, "risk": chance.choice((0, 5, 5, 20)), "created_at": start + timedelta(seconds=chance.randrange(50)),
                         "updated_at": start + timedelta(seconds=chance.randrange(100)) if state else None,
                         "deleted_at": start if chance.random() < 0.1 else None})
        db.session.execute(insert(Submission), made)
        db.session.execute(insert(SubmissionVersion), [
            {"id": row["id"], "submission_id": row["id"], "form_id": row["form_id"], "trial": row["trial"], "current": True,
             "form_version_id": version[row["form_id"]], "instance_id": row["instance_id"], "xml": b"<data/>", "xml_sha256": "0" * 64,
             "answers": {}, "disagreements": [], "created_at": row["created_at"]} for row in made])
    return made


def expected(rows: list[dict[str, Any]], state: str, area: str = "", period: str = "") -> list[int]:
    """The same by reading everything and sorting it."""
    waits = state == "waiting"
    found = [row for row in rows if not row["trial"] and row["deleted_at"] is None and period in ("", row["period"])
             and (area in ("", row["area"]) or row["area"].startswith(area + "."))
             and (state == "all" or (row["review_state"] in (None, "edited") if waits else row["review_state"] == state))]
    if waits:
        found.sort(key=lambda row: (row["review_state"] != "edited", -row["risk"], row["created_at"], row["id"]))
    else:
        found.sort(key=lambda row: (row["updated_at"] or row["created_at"], row["id"]), reverse=True)
    return [row["id"] for row in found]


@pytest.mark.parametrize("most_parts", [60, 1])
@pytest.mark.parametrize("area", ["", "19.06.01"])
@pytest.mark.parametrize("state", ["waiting", "all", "hasIssues", "approved", "rejected"])
def test_pages_in_order_make_the_sorted_whole(app: Flask, project: int, rows: list[dict[str, Any]], state: str, area: str, most_parts: int,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    from server.reviews import store

    monkeypatch.setattr(sys.modules["server.reviews.store.queue"], "MOST_PARTS", most_parts)
    filters = store.Filters(state, area=area, period="A" if area else "")
    with app.app_context():
        pages = [store.queue(project, ("",), filters, 7, offset) for offset in range(0, 301, 7)]
        assert [line.submission.id for page in pages for line in page] == (right := expected(rows, state, area, filters.period))
        counted = store.counts(project, ("",), filters)
        assert counted[state] == len(right)
        assert counted["all"] == len(expected(rows, "all", area, filters.period))
        assert [instance for _, instance in store.order(project, ("",), filters)] == [f"uuid:{number - 1000}" for number in right]


@pytest.fixture
def plans(app: Flask, rows: list[dict[str, Any]]) -> Iterator[list[str]]:
    """How the database finds the rows of each statement that is run meanwhile."""
    from server.db import db

    with app.app_context():
        postgresql, found, asked = db.engine.dialect.name == "postgresql", list[str](), list[Any]()
        def plan(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if asked:
                return
            asked.append(statement)
            if postgresql:
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # with 300 rows it would read them all, and be right
                connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
            told = connection.exec_driver_sql(("EXPLAIN " if postgresql else "EXPLAIN QUERY PLAN ") + statement, parameters)
            found.extend(str(row[-1]) for row in told)
            asked.clear()

        event.listen(db.engine, "before_cursor_execute", plan)
        yield found
        event.remove(db.engine, "before_cursor_execute", plan)


@pytest.mark.parametrize(("state", "index"), [("waiting", "ix_submissions_waiting"), ("all", "ix_submissions_touched"),
                                              ("approved", "ix_submissions_touched")])
def test_the_order_comes_from_an_index(project: int, plans: list[str], state: str, index: str) -> None:
    from server.reviews import store

    store.queue(project, ("",), store.Filters(state), 7)
    assert [line for line in plans if index in line], plans


def test_what_is_to_be_weighed_has_a_place_in_the_index(project: int, plans: list[str]) -> None:
    from server.reviews import store

    assert not store.any_unweighed(project)
    own = [line for line in plans if "submissions" in line and "ix_" in line]
    assert own and all("ix_submissions_waiting" in line for line in own), plans
