"""`submissions.csv.zip`: every table, the audit logs as one, the files, and what the archive is about (PROTOCOL §5)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO

from server.exports import store
from server.exports.about import About
from server.exports.archive import Archive, member_name
from server.exports.store import Medium, Wanted
from server.exports.tables import Table, as_csv
from server.files import Keeper
from server.streams import Snapshot

AUDIT = ("event", "node", "start", "end", "latitude", "longitude", "accuracy", "old-value", "new-value", "user", "change-reason")
CHUNK = 256 << 10
ROW = 8 << 10  # bytes of a table's row, generously


@dataclass
class Zip:
    """One archive. `keeper` is where the files lie: the body outlives the request in which it can be asked for."""

    tables: list[Table]
    snapshot: Snapshot
    wanted: Wanted
    about: About
    keeper: Keeper
    with_files: bool = True
    notes: list[str] = field(default_factory=list)

    def body(self) -> Iterator[bytes]:
        archive = Archive(self.snapshot.moment)
        for table in self.tables:
            yield from archive.member(f"{member_name(table.file)}.csv", as_csv(table, self.snapshot, self.wanted),
                                      size=self.about.total * ROW)
        if self.tables[0].form.by_path.get("/meta/audit"):
            name = member_name(f"{self.tables[0].form.xml_form_id} - audit.csv")
            yield from archive.member(name, audit_csv(self.snapshot, self.wanted, self._open), size=self.about.total * ROW * 16)
        if self.with_files:
            yield from self._media(archive)
        yield from archive.member("about.txt", [self.about.text(self.notes).encode()])
        yield archive.end()

    def _media(self, archive: Archive) -> Iterator[bytes]:
        """Files by name. The same name with other bytes gets a part of its hash into the name, and a line in about.txt."""
        named, sent = "", set[str]()
        for medium in store.media(self.snapshot, self.wanted):
            name = member_name(medium.name)
            if name != named:
                named, sent = name, set()
            if medium.sha256 in sent:
                continue
            source = self._open(medium)
            if source is None:
                continue
            if sent:
                name = _apart(name, medium.sha256)
                self.notes.append(f"media/{name}: {medium.name} ({medium.instance_id})")
            sent.add(medium.sha256)
            yield from archive.member(f"media/{name}", _chunks(source), packed=False, size=medium.size)

    def _open(self, medium: Medium) -> IO[bytes] | None:
        try:
            return self.keeper.open(medium.sha256)
        except FileNotFoundError:
            self.notes.append(f"Berkas tidak ada di server (file missing on the server): {medium.name} ({medium.instance_id})")
            return None


def _apart(name: str, sha256: str) -> str:
    stem, dot, end = name.rpartition(".")
    return f"{stem or end}-{sha256[:12]}{dot}{end}" if dot else f"{name}-{sha256[:12]}"


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    with source:
        while part := source.read(CHUNK):
            yield part


def audit_csv(snapshot: Snapshot, wanted: Wanted, opened: Callable[[Medium], IO[bytes] | None]) -> Iterator[bytes]:
    """All audit logs as one table: columns by name, whatever their order in each log."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(("instance ID", *AUDIT))
    for medium in store.audits(snapshot, wanted):
        source = opened(medium)
        if source is None:
            continue
        with source, io.TextIOWrapper(source, "utf-8-sig", errors="replace", newline="") as lines:
            for row in csv.DictReader(_whole(lines)):
                writer.writerow((medium.instance_id, *(row.get(name) for name in AUDIT)))
                if buffer.tell() > CHUNK:
                    yield _emptied(buffer)
    yield _emptied(buffer)


def _whole(lines: io.TextIOWrapper) -> Iterator[str]:
    """Lines without what would stop the reader: a log is whatever a phone sent."""
    for line in lines:
        if len(line) < 100_000:
            yield line.replace("\0", "")


def _emptied(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


