"""What is sent while it is read: one moment, flat memory, and nothing left open (DESIGN §9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from server.db import db, now, transaction
from server.submissions.models import Submission, SubmissionVersion
from tests.conftest import Person

MANY = 3000


@pytest.fixture
def many(app: Flask, send: Callable[..., str]) -> None:
    """Some thousand submissions, copies of one."""
    send("uuid:satu")
    with app.app_context(), transaction():
        first, version = db.session.scalars(select(Submission)).one(), db.session.scalars(select(SubmissionVersion)).one()
        for kind, row, more in ((Submission, first, "id"), (SubmissionVersion, version, "submission_id")):
            columns = [column.name for column in kind.__table__.columns if column.name not in ("id", "instance_id", "submission_id")]
            values = {name: getattr(row, name) for name in columns}
            db.session.execute(insert(kind), [values | {"instance_id": f"uuid:{number}", more: 1000 + number, "id": 1000 + number}
                                              for number in range(MANY)])


def opened(app: Flask) -> int:
    with app.app_context():
        return db.engine.pool.checkedout()  # type: ignore[attr-defined, no-any-return]


@pytest.fixture(params=[".svc/Submissions", ".svc/Submissions.ling_kungan.kegiatan", "/submissions.csv", "/submissions.csv.zip",
                        "/submissions.geojson"])
def address(request: pytest.FixtureRequest, project: int) -> str:
    return f"/v1/projects/{project}/forms/pokja{request.param}"


def test_a_snapshot_is_given_back_when_the_client_hangs_up(app: Flask, many: None, admin: Person, address: str) -> None:
    answer = admin.get(address, buffered=False)
    assert answer.status_code == 200 and next(answer.iter_encoded())
    assert opened(app) == 1
    answer.close()
    assert opened(app) == 0


def test_a_snapshot_is_given_back_at_the_end_and_when_nothing_is_sent(app: Flask, many: None, admin: Person, address: str) -> None:
    whole = admin.get(address)
    assert len(whole.data) > 100_000 or "zip" in address
    assert opened(app) == 0
    head = admin.call("HEAD", address)
    assert (head.status_code, head.data) == (200, b"")
    assert admin.get(address, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    assert admin.get(address, query_string={"$filter": "__id eq"}).status_code == 400
    assert opened(app) == 0


def test_what_arrives_meanwhile_is_not_in_it(app: Flask, many: None, admin: Person, send: Callable[..., str], address: str) -> None:
    answer = admin.get(address, buffered=False)
    pieces = answer.iter_encoded()
    held = next(pieces)
    send("uuid:meanwhile")
    held += b"".join(pieces)
    assert b"uuid:meanwhile" not in held
    assert b"uuid:meanwhile" in admin.get(address).data or "zip" in address


def test_rows_of_a_million_are_read_a_few_at_a_time(app: Flask, many: None, engine: str) -> None:
    from server.streams import Snapshot

    with app.app_context(), Snapshot() as snapshot:
        batches = snapshot.batches(select(Submission.id).order_by(Submission.id), 100)
        assert len(next(batches)) == 100
        assert snapshot.connection.scalar(select(func.count()).select_from(Submission)) == MANY + 1  # another statement in between
        assert len(next(batches)) == 100
        batches.close()  # type: ignore[attr-defined]


def test_an_error_while_the_body_is_made_is_told_before_the_answer_begins(app: Flask, many: None, admin: Person, project: int,
                                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    from server.exports import odata_writing

    def broken(*_: Any) -> Any:
        raise RuntimeError("planned")

    monkeypatch.setattr(odata_writing, "_told", broken)
    answer = admin.get(f"/v1/projects/{project}/forms/pokja.svc/Submissions")
    assert answer.json["code"] == 500.1
    assert opened(app) == 0


def test_moments_are_written_alike_by_both_databases(app: Flask, admin: Person, send: Callable[..., str], project: int) -> None:
    send("uuid:satu")
    before = now()
    (row,) = admin.get(f"/v1/projects/{project}/forms/pokja.svc/Submissions").json["value"]
    listed = admin.get(f"/v1/projects/{project}/forms/pokja/submissions").json[0]
    assert row["__system"]["submissionDate"] == listed["createdAt"] <= before.isoformat()


def test_a_snapshot_closed_early_leaves_nothing_on_its_connection(app: Flask, many: None) -> None:
    from server.exports import store
    from server.streams import Snapshot

    with app.app_context():
        form_id = db.session.scalars(select(Submission.form_id)).first()
        assert form_id is not None
        db.session.rollback()
        for _ in range(5):
            with Snapshot() as snapshot:
                rows = store.records(snapshot, store.Wanted(form_id, ("",)))
                next(rows)
            with Snapshot() as other:  # the same connection, from the pool
                other.connection.execute(select(Submission.id).limit(1)).all()
                rows.close()  # type: ignore[attr-defined]
                assert other.connection.scalar(select(func.count()).select_from(Submission)) == MANY + 1
