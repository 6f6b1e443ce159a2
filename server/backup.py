"""Backups: one consistent archive of all rows and files, restored into either database and checked by counts and hashes.

An archive is a tar file: `rows/<table>.jsonl.gz`, `files/<sha256>`, and at the end `manifest.json` with the migration,
the number of rows of each table and the sha256 of every member. Rows are read in one snapshot; files are only ever
added, and before the rows that name them, so files read after the rows are complete.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import orjson
from sqlalchemy import Connection, LargeBinary, Table, func, insert, inspect, select, text

from server import schema
from server.db import Base, Instant, db, now
from server.files import keeper, measure

BATCH = 500


class BadArchive(Exception):
    """The archive cannot be restored; the text says why."""


def write(target: Path) -> dict[str, Any]:
    """Write an archive; it appears under its name only once complete. Returns its manifest."""
    schema.load_models()
    fresh = target.with_name(target.name + ".part")
    manifest: dict[str, Any] = {"format": 1, "made": now().isoformat(), "migration": schema.current(), "rows": {}, "sha256": {}}
    try:
        with tarfile.open(fresh, "w") as tar:
            named = _write_rows(tar, manifest)
            for sha256 in sorted(named):
                with keeper().open(sha256) as file:
                    _add(tar, f"files/{sha256}", file, manifest)
            document = orjson.dumps(manifest, option=orjson.OPT_INDENT_2)
            info = tarfile.TarInfo("manifest.json")
            info.size = len(document)
            tar.addfile(info, io.BytesIO(document))
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
    return manifest


def _write_rows(tar: tarfile.TarFile, manifest: dict[str, Any]) -> set[str]:
    """All rows, in one snapshot; returns the hashes of the files they name."""
    named: set[str] = set()
    with db.engine.connect().execution_options(
            **({"isolation_level": "REPEATABLE READ"} if db.engine.dialect.name == "postgresql" else {})) as connection:
        for table in Base.metadata.sorted_tables:
            with tempfile.TemporaryFile() as file:
                manifest["rows"][f"{table.name}"] = _dump(connection, table, file)
                file.seek(0)
                _add(tar, f"rows/{table.name}.jsonl.gz", file, manifest)
        named |= set(connection.scalars(select(Base.metadata.tables["blobs"].c.sha256)))
    return named


def _dump(connection: Connection, table: Table, file: IO[bytes]) -> int:
    count = 0
    names = [f"{column.name}" for column in table.columns]  # plain text: SQLAlchemy's own kind of name is no JSON key
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=3, mtime=0) as packed:
        rows = connection.execute(select(table).order_by(*table.primary_key.columns).execution_options(yield_per=BATCH))
        for row in rows:
            packed.write(orjson.dumps({name: _plain(value) for name, value in zip(names, row, strict=True)}) + b"\n")
            count += 1
    return count


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else value


def _add(tar: tarfile.TarFile, name: str, file: IO[bytes], manifest: dict[str, Any]) -> None:
    digest, size = hashlib.sha256(), 0
    while part := file.read(1 << 20):
        digest.update(part)
        size += len(part)
    file.seek(0)
    info = tarfile.TarInfo(name)
    info.size = size
    tar.addfile(info, file)
    manifest["sha256"][name] = digest.hexdigest()


def check(source: Path) -> dict[str, Any]:
    """Read a whole archive and compare every hash; returns its manifest. Raises BadArchive."""
    found: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(source, "r:") as tar:
            for member in tar:
                file = tar.extractfile(member)
                if file is None:
                    raise BadArchive(f"{member.name} is not a file")
                if member.name == "manifest.json":
                    manifest = orjson.loads(file.read())
                    continue
                digest = hashlib.sha256()
                while part := file.read(1 << 20):
                    digest.update(part)
                found[member.name] = digest.hexdigest()
    except (tarfile.TarError, OSError, orjson.JSONDecodeError) as error:
        raise BadArchive(f"{source} cannot be read: {error}") from None
    if manifest is None:
        raise BadArchive(f"{source} is cut off: it has no manifest")
    wrong = [name for name, sha256 in manifest["sha256"].items() if found.get(name) != sha256]
    if wrong:
        raise BadArchive(f"{source} is damaged: {wrong[0]} is not what was saved")
    strange = [name for name in manifest["sha256"] if name.startswith("files/") and manifest["sha256"][name] != name[6:]]
    if strange:
        raise BadArchive(f"{source}: the content of {strange[0]} does not match its name")
    return manifest


def restore(source: Path) -> dict[str, Any]:
    """Restore a checked archive into an empty database, then count and hash again. Raises BadArchive."""
    manifest = check(source)
    schema.load_models()
    if schema.current() is not None and _has_rows():
        raise BadArchive("the database is not empty; restore into a fresh DATA_DIR or database")
    if manifest["migration"] not in schema.known():
        raise BadArchive(f"the archive is of migration {manifest['migration']}, which this version does not know")
    schema.migrate(manifest["migration"])
    with tarfile.open(source, "r:") as tar:
        members = {member.name: member for member in tar}
        for name, member in members.items():
            if name.startswith("files/"):
                _restore_file(tar, member)
        with db.engine.begin() as connection:
            for table in Base.metadata.sorted_tables:
                rows = members.get(f"rows/{table.name}.jsonl.gz")
                if rows is not None:
                    _load(connection, table, tar, rows)
            _continue_numbers(connection)
    _compare(manifest)
    schema.migrate()
    return manifest


def _restore_file(tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    packed = tar.extractfile(member)
    assert packed is not None
    keeper().keep(member.name.removeprefix("files/"), packed)


def _has_rows() -> bool:
    return bool(db.session.scalar(select(func.count()).select_from(Base.metadata.tables["actors"])))


def _load(connection: Connection, table: Table, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    packed = tar.extractfile(member)
    assert packed is not None
    there = {column["name"] for column in inspect(connection).get_columns(table.name)}
    with gzip.GzipFile(fileobj=packed) as lines:
        for batch in _batches(lines, table, there):
            connection.execute(insert(table), batch)


def _batches(lines: Any, table: Table, there: set[str]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for line in lines:
        row = orjson.loads(line)
        batch.append({name: _typed(table, name, value) for name, value in row.items() if name in there})
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _typed(table: Table, name: str, value: Any) -> Any:
    kind = table.columns[name].type
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return datetime.fromisoformat(value) if isinstance(kind, Instant) else value


def _continue_numbers(connection: Connection) -> None:
    """PostgreSQL hands out ids from sequences, which do not know of the restored rows.

    The log's transaction numbers are of another server; 0 sorts them before everything that follows.
    """
    if connection.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        if "id" in table.columns:
            connection.execute(text(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {table.name}), false)"))
    connection.execute(text("UPDATE events SET transaction_id = 0"))


def _compare(manifest: dict[str, Any]) -> None:
    """Count what was restored and hash its files again."""
    with db.engine.connect() as connection:
        for name, wanted in manifest["rows"].items():
            have = connection.scalar(select(func.count()).select_from(Base.metadata.tables[name]))
            if have != wanted:
                raise BadArchive(f"table {name} has {have} rows, {wanted} were saved")
    for name in manifest["sha256"]:
        if name.startswith("files/"):
            with keeper().open(name[6:]) as file:
                if measure(file).sha256 != name[6:]:
                    raise BadArchive(f"file {name[6:]} was not restored whole")
