"""The migrated database equals the models, and every migration goes up and down with rows in it."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import insert, inspect, text

from server import schema
from server.db import Base, db, now


def test_the_migrated_schema_equals_the_models(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        schema.load_models()
        context = MigrationContext.configure(connection, opts={"compare_type": False, "render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []


def test_all_migrations_go_down_and_up_again_with_rows(app: Flask) -> None:
    from server.accounts.models import Actor
    from server.files import Blob
    from server.projects.models import Project
    from server.submissions.models import Quarantined, QuarantinedFile

    with app.app_context():
        with db.engine.begin() as connection:
            connection.execute(insert(Actor).values(type="user", display_name="Siti", created_at=now()))
            connection.execute(insert(Project).values(id=1, name="Pokja", created_at=now()))
            connection.execute(insert(Blob).values(sha256="a" * 64, md5="a" * 32, size=0, created_at=now()))
            for number, state in enumerate(("waiting", "discarded"), 1):
                connection.execute(insert(Quarantined).values(
                    id=number, project_id=1, state=state, code="404.6", reason="", message="", xml_form_id="", form_version="",
                    instance_id="", xml=b"\xff", xml_sha256=f"{number}", size=1, created_at=now(), last_seen_at=now(), decision=""))
            connection.execute(insert(QuarantinedFile).values(quarantine_id=1, name="a.jpg", sha256="a" * 64, size=0))
        schema.migrate("base")
        assert [name for name in inspect(db.engine).get_table_names() if name != "alembic_version"] == []
        schema.migrate()
        assert schema.current() == schema.head()


def test_sqlite_is_durable_and_keeps_its_constraints(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            return
        pragmas = {name: db.session.scalar(text(f"PRAGMA {name}")) for name in
                   ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}
        assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}
