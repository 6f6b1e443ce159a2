"""Alembic's environment: the application's engine, batch mode so that SQLite can alter tables."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from flask import current_app

from server.db import Base, Instant, db


def same_type(_context: Any, _inspected: Any, _column: Any, inspected_type: Any, metadata_type: Any) -> bool | None:
    """Instant is a plain timestamp underneath; comparing its decorator would always differ."""
    return False if isinstance(metadata_type, Instant) else None


def short_types(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types by name, not with their module."""
    return f"{type(item).__name__}()" if kind == "type" and isinstance(item, Instant) else False


def run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _on(connection)
        return
    with current_app.app_context(), db.engine.connect() as fresh:
        _on(fresh)
        fresh.commit()


def _on(connection: Any) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True,
                      compare_type=same_type,
                      render_item=short_types, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


run()
