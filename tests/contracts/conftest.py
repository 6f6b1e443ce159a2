"""A running `pokja serve` (gunicorn) on a free port of loopback, for real clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PASSWORD, make_app
from tests.serving import Server


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[str]:
    """Address of a running server with one administrator, admin@contoh.id, and project 1."""
    from server.accounts import store
    from server.db import db, transaction
    from server.projects.store import create

    app = make_app(database_url, tmp_path)
    with app.app_context():
        with transaction():
            store.assign(store.create_user("admin@contoh.id", PASSWORD, "Administrator").actor_id, 1)
            create("Pokja Kampung KB")
        db.engine.dispose()
    server = Server(database_url, tmp_path, workers=1)
    server.start()
    yield server.address
    server.stop()
