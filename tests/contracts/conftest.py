"""A running `pokja serve` (gunicorn) on a free port of loopback, for real clients."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import PASSWORD, make_app


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


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
    port = free_port()
    environment = {**os.environ, "DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "SECRET_KEY": "only for tests"}
    with (tmp_path / "server.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "server.cli", "serve", "--port", str(port), "--workers", "1"],
                                   env=environment, stdout=log, stderr=log, cwd=Path(__file__).parents[2])
    try:
        _wait(f"http://127.0.0.1:{port}", process, tmp_path / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            pytest.fail(f"the server ended at once:\n{log.read_text()}")
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=5)
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the server does not answer:\n{log.read_text()}")
