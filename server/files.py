"""Content-addressed files: written and durable before the rows that name them; a name is never a path (DESIGN §3)."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

from flask import current_app
from sqlalchemy import BigInteger, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Instant, db, now

CHUNK = 1 << 20


class Blob(Base):
    """What is known of the bytes kept under a sha256: md5 (hex) and size in bytes."""

    __tablename__ = "blobs"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    md5: Mapped[str] = mapped_column(String(32))
    size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is safely kept: sha256 and md5 as hex, size in bytes."""

    sha256: str
    md5: str
    size: int


class Keeper(Protocol):
    """Where bytes lie. `keep` returns only when they would survive a power cut."""

    def keep(self, sha256: str, source: IO[bytes]) -> None: ...
    def open(self, sha256: str) -> IO[bytes]: ...
    def has(self, sha256: str) -> bool: ...
    def all(self) -> Iterator[str]: ...


class Folder:
    """Files in a folder of this machine, two levels deep by hash."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256

    def keep(self, sha256: str, source: IO[bytes]) -> None:
        target = self.path(sha256)
        if target.exists():
            _sync_folder(target.parent)  # whoever wrote it may not have come so far yet
            return
        if not target.parent.exists():
            target.parent.mkdir(exist_ok=True)
            _sync_folder(self.root)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                while part := source.read(CHUNK):
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)

    def open(self, sha256: str) -> IO[bytes]:
        return self.path(sha256).open("rb")

    def has(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def all(self) -> Iterator[str]:
        for path in sorted(self.root.glob("??/*")):
            if not path.name.startswith("."):
                yield path.name


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keeper() -> Keeper:
    """The place this application keeps its files."""
    place: Keeper = current_app.extensions["pokja.files"]
    return place


def measure(source: IO[bytes]) -> Stored:
    """Hashes and size of a seekable source, which is left at its beginning."""
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    while part := source.read(CHUNK):
        sha256.update(part)
        md5.update(part)
        size += len(part)
    source.seek(0)
    return Stored(sha256.hexdigest(), md5.hexdigest(), size)


def keep(source: IO[bytes]) -> Stored:
    """Keep the bytes of a seekable source for good; the same bytes twice are one file. Writes no row."""
    stored = measure(source)
    keeper().keep(stored.sha256, source)
    return stored


def register(stored: Stored) -> None:
    """Write the row of a kept file in the running transaction; twice changes nothing."""
    insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    db.session.execute(insert(Blob).values(
        sha256=stored.sha256, md5=stored.md5, size=stored.size, created_at=now()).on_conflict_do_nothing())


def find(sha256: str) -> Stored | None:
    """What is known of a kept file."""
    row = db.session.execute(select(Blob.sha256, Blob.md5, Blob.size).where(Blob.sha256 == sha256)).first()
    return Stored(*row) if row else None
