"""Content-addressed files: written and durable before the rows that name them; a name is never a path (DESIGN §3)."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol
from uuid import uuid4

from flask import current_app
from sqlalchemy import BigInteger, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from server.baton import away
from server.db import Base, Instant, db, now

CHUNK = 1 << 20


class Blob(Base):
    """What is known of the bytes kept under a sha256: size in bytes, and md5 (hex), empty unless form lists need it."""

    __tablename__ = "blobs"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    md5: Mapped[str] = mapped_column(String(32))
    size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is safely kept: sha256 as hex, size in bytes, md5 as hex if it was asked for, else empty."""

    sha256: str
    size: int
    md5: str = ""


class Keeper(Protocol):
    """Where bytes lie. `keep` returns only when they would survive a power cut."""

    def keep(self, sha256: str, source: IO[bytes]) -> None: ...
    def open(self, sha256: str) -> IO[bytes]: ...
    def has(self, sha256: str) -> bool: ...
    def all(self) -> Iterator[str]: ...


class Folder:
    """Files in a folder of this machine, two levels deep by hash."""

    def __init__(self, root: Path) -> None:
        self.root, self._root = root, str(root)
        root.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256

    def keep(self, sha256: str, source: IO[bytes]) -> None:
        folder = f"{self._root}/{sha256[:2]}"
        target = f"{folder}/{sha256}"
        with away():  # once for all of it: each return to the line costs more than what lies between two waits
            if not os.access(target, os.F_OK):
                self._write(folder, target, source)
            _sync(folder)  # also when the file was here: whoever wrote it may not have come so far yet

    def _write(self, folder: str, target: str, source: IO[bytes]) -> None:
        """A file has its name only once its bytes are durable."""
        temporary = f"{folder}/.new-{uuid4().hex}"
        try:
            with self._new(folder, temporary) as file:
                while part := source.read(CHUNK):
                    left = memoryview(part)
                    while left:
                        left = left[file.write(left):]
                os.fsync(file.fileno())
            os.replace(temporary, target)  # noqa: PTH105 (half the time of Path.replace)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _new(self, folder: str, path: str) -> io.FileIO:
        try:
            return io.FileIO(path, "x")
        except FileNotFoundError:
            Path(folder).mkdir(exist_ok=True)
            _sync(self._root)
            return io.FileIO(path, "x")

    def open(self, sha256: str) -> IO[bytes]:
        return self.path(sha256).open("rb")

    def has(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def all(self) -> Iterator[str]:
        for path in sorted(self.root.glob("??/*")):
            if not path.name.startswith("."):
                yield path.name


def _sync(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keeper() -> Keeper:
    """The place this application keeps its files."""
    place: Keeper = current_app.extensions["pokja.files"]
    return place


def measure(source: IO[bytes], md5: bool = False) -> Stored:
    """Hash and size of a seekable source, which is left at its beginning; `md5` too where phones compare by it."""
    hashes = [hashlib.sha256(), *([hashlib.md5(usedforsecurity=False)] if md5 else [])]
    size = 0
    while part := source.read(CHUNK):
        for each in hashes:
            each.update(part)
        size += len(part)
    source.seek(0)
    return Stored(hashes[0].hexdigest(), size, hashes[1].hexdigest() if md5 else "")


def keep(source: IO[bytes], md5: bool = False) -> Stored:
    """Keep the bytes of a seekable source for good; the same bytes twice are one file. Writes no row."""
    stored = measure(source, md5)
    keeper().keep(stored.sha256, source)
    return stored


def register(stored: Stored) -> None:
    """Write the row of a kept file in the running transaction; twice changes nothing but an md5 that was not known."""
    insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(Blob).values(sha256=stored.sha256, md5=stored.md5, size=stored.size, created_at=now())
    db.session.execute(row.on_conflict_do_update(
        index_elements=[Blob.sha256], set_={"md5": stored.md5}, where=Blob.md5 == "") if stored.md5 else row.on_conflict_do_nothing())


def find(sha256: str) -> Stored | None:
    """What is known of a kept file."""
    row = db.session.execute(select(Blob.sha256, Blob.size, Blob.md5).where(Blob.sha256 == sha256)).first()
    return Stored(*row) if row else None
