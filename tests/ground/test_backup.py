"""A backup holds every row and file, restores into either database, and notices damage."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from server import backup, events, files
from server.accounts import store
from server.accounts.models import Actor
from server.db import db, transaction
from server.projects.models import Project
from tests.conftest import make_app

PHOTO = b"\xff\xd8 not really a photo \x00\x01"


@pytest.fixture
def archive(app: Flask, project: int, tmp_path: Path) -> Path:
    """A backup of a small database."""
    with app.app_context():
        with transaction():
            user = store.create_user("siti@contoh.id", "kata-sandi-uji", "Siti „Ayu“")
            store.assign(user.actor_id, 1)
            files.register(files.keep(io.BytesIO(PHOTO)))
            events.record("user.create", actor_id=user.actor_id, details={"nama": "Siti"})
        manifest = backup.write(tmp_path / "backup.tar")
        assert manifest["rows"]["users"] == 1
    return tmp_path / "backup.tar"


def test_a_backup_restores_into_sqlite(archive: Path, tmp_path: Path) -> None:
    fresh = make_app(f"sqlite:///{tmp_path / 'fresh.db'}", tmp_path / "fresh")
    with fresh.app_context():
        backup.restore(archive)
        _same()


def test_a_backup_restores_into_postgresql_and_ids_go_on(archive: Path, tmp_path: Path, postgres_server) -> None:  # type: ignore[no-untyped-def]
    postgres_server.create("restored")
    try:
        fresh = make_app(postgres_server.url("restored"), tmp_path / "fresh")
        with fresh.app_context():
            backup.restore(archive)
            _same()
            with transaction():
                other = store.create_user("lain@contoh.id", "kata-sandi-uji")
            assert other.actor_id > 1
            db.session.remove()
            db.engine.dispose()
    finally:
        postgres_server.drop("restored")


def _same() -> None:
    assert store.check_password("siti@contoh.id", "kata-sandi-uji") is not None
    assert db.session.scalar(select(Actor.display_name)) == "Siti „Ayu“"
    assert db.session.scalar(select(func.count()).select_from(Project)) == 1
    stored = db.session.scalars(select(files.Blob)).one()
    assert files.keeper().open(stored.sha256).read() == PHOTO
    lines, _ = events.after(events.Cursor())
    assert lines[-1].details == {"nama": "Siti"}
    db.session.rollback()


def test_a_cut_off_backup_is_refused(archive: Path, app: Flask) -> None:
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) - 12_000])
    with app.app_context(), pytest.raises(backup.BadArchive, match=r"cut off|cannot be read"):
        backup.check(archive)


def test_a_backup_with_one_changed_byte_is_refused(archive: Path, app: Flask) -> None:
    content = bytearray(archive.read_bytes())
    place = content.index(PHOTO)
    content[place + 3] ^= 1
    archive.write_bytes(content)
    with app.app_context(), pytest.raises(backup.BadArchive, match="damaged"):
        backup.check(archive)


def test_a_backup_is_never_restored_over_rows(archive: Path, app: Flask) -> None:
    with app.app_context(), pytest.raises(backup.BadArchive, match="not empty"):
        backup.restore(archive)


def test_an_archive_is_plain_tar_with_readable_names(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        names = tar.getnames()
    assert names[-1] == "manifest.json"
    assert "rows/actors.jsonl.gz" in names
