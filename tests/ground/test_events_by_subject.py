"""Lines of the log about one thing are found by an index that arrivals do not pay for."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite

from server import events
from server.db import db, now, transaction
from server.events import Event, Wanted
from tests import arrivals
from tests.conftest import Person


def _lines(project: int) -> list[dict[str, object]]:
    return [{"action": "submission.create" if number % 2 else "review.decide", "project_id": project, "subject": f"uuid:{number // 2}",
             "details": {}, "logged_at": now()} for number in range(4000)]


def test_both_databases_read_only_the_lines_of_the_subject(app: Flask, project: int) -> None:
    with app.app_context():
        with transaction():
            db.session.execute(insert(Event), _lines(project))
        on_sqlite = db.engine.dialect.name == "sqlite"
        with db.engine.connect() as connection:
            connection.execute(text("ANALYZE events"))
            connection.commit()
            wanted = Wanted((project,), subject="uuid:7").narrow(select(Event)).order_by(Event.id.desc()).limit(1000)
            dialect = sqlite.dialect() if on_sqlite else postgresql.dialect()  # type: ignore[no-untyped-call]
            said = wanted.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
            plan = "\n".join(str(row) for row in connection.execute(text(f"EXPLAIN {'QUERY PLAN ' if on_sqlite else ''}{said}".replace(":", r"\:"))))
        assert "ix_events_subject" in plan and "SCAN events" not in plan and "Seq Scan" not in plan and "SORT" not in plan.upper().replace("INCREMENTAL", ""), plan
        assert [line.action for line in events.newest(project, subject="uuid:7")] == ["review.decide"]


def test_the_line_of_an_arrival_reads_as_the_log_has_it(app: Flask, project: int, admin: Person) -> None:
    arrivals.publish(app, project)
    phone = arrivals.enrol(app, project)
    assert phone.send(arrivals.instance("uuid:satu")).status_code == 201
    one = f"/v1/projects/{project}/forms/pokja/submissions/uuid%3Asatu"
    assert admin.call("PATCH", one, json={"reviewState": "hasIssues"}).status_code == 200
    assert phone.send(arrivals.instance("uuid:dua", deprecated="uuid:satu")).status_code == 201
    told = admin.get(f"{one}/audits", headers={"X-Extended-Metadata": "true"}).json
    assert [each["action"] for each in told][-1] == "submission.create"
    assert [each["action"] for each in told].count("submission.create") == 1
    written = next(each for each in admin.get("/v1/audits?action=submission.create", headers={"X-Extended-Metadata": "true"}).json)
    same = ("actorId", "action", "acteeId", "details", "notes", "actor")
    assert {name: told[-1][name] for name in same} == {name: written[name] for name in same}
    assert told[-1]["loggedAt"][:19] == written["loggedAt"][:19] or told[-1]["loggedAt"] <= written["loggedAt"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Event).where(Event.action == "submission.create")) == 1
