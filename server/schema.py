"""The state of the database: migrate it, and tell whether it is migrated (DESIGN §2)."""

from __future__ import annotations

import importlib
from pathlib import Path

from alembic import command
from alembic.config import Config as Alembic
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from server.db import db

FOLDER = Path(__file__).parent / "migrations"
ROOMS_WITH_TABLES = ("accounts", "projects", "datasets", "publishing", "submissions", "reviews", "villages")
_LOCK = 7_196_201  # any number of our own: two servers that start at once must not both migrate


def load_models() -> None:
    """Import every room's tables, so that the metadata is whole."""
    for name in ROOMS_WITH_TABLES:
        importlib.import_module(f"server.{name}.models")
    importlib.import_module("server.events")
    importlib.import_module("server.files")


def _alembic() -> Alembic:
    config = Alembic(str(FOLDER / "alembic.ini"))
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


def head() -> str:
    """The newest migration this code knows."""
    return ScriptDirectory(str(FOLDER)).get_current_head() or ""


def known() -> set[str]:
    """All migrations this code knows."""
    return {script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions()}


def answered() -> str | None:
    """The migration the database says it is at, asked in the running transaction."""
    found: str | None = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def current() -> str | None:
    """The migration the database is at; None for an empty one."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(to: str = "head") -> tuple[str | None, str | None]:
    """Bring the database to a migration (default: the newest). Returns the states before and after."""
    load_models()
    before = current()
    with db.engine.connect() as connection:
        postgres = connection.dialect.name == "postgresql"
        if postgres:
            connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            connection.commit()
        try:
            _go(connection, to)
        finally:
            if postgres:
                connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
                connection.commit()
    return before, current()


def _go(connection: object, to: str) -> None:
    config = _alembic()
    config.attributes["connection"] = connection
    if to == "base" or (to != "head" and to.startswith("-")):
        command.downgrade(config, to)
    else:
        command.upgrade(config, to)
    connection.commit()  # type: ignore[attr-defined]
