"""The tables of an export as rows of cells: one of submissions, one for each repeat (PROTOCOL §5)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from forms import csv_columns, walk
from forms.answers import generic_path
from forms.csv_columns import Columns
from forms.form import Form
from forms.merge import with_deleted
from forms.rows import rows
from server.exports import store
from server.exports.scope import Scope
from server.exports.store import Record, Wanted
from server.publishing import store as publishing
from server.streams import Snapshot

BEHIND = ("KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "Status", "ReviewState", "DeviceID",
          "Edits", "FormVersion")
Cells = list[Any]
PART = 64 << 10  # characters, before they are sent


@dataclass(frozen=True, slots=True)
class Options:
    """How a table is to look. `labels`: a language of the form, "" for its default, None for no label columns."""

    group_paths: bool = True
    split: bool = False
    deleted_fields: bool = False
    safe: bool = False
    labels: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its file's base name, the whole header, and its answer columns."""

    form: Form
    path: str
    file: str
    header: tuple[str, ...]
    columns: Columns
    safe: bool

    @property
    def first(self) -> int:
        """Place of the first answer in a row."""
        return 0 if self.path else 1

    def rows(self, record: Record) -> Iterable[Cells]:
        made = self._below(record) if self.path else (self._root(record),)
        return map(self._safe, made) if self.safe else made

    def _root(self, record: Record) -> Cells:
        return [record.created_at, *self.columns.cells(record.answers.get), record.instance_id, record.submitter_id, record.submitter,
                *record.files, None, record.review_state, record.device_id, record.edits, record.first_version]

    def _below(self, record: Record) -> Iterator[Cells]:
        for row in rows(record.answers, self.form)[self.path]:
            yield [*self.columns.cells(row.get), f"{record.instance_id}{row['__parent']}", f"{record.instance_id}{row['__key']}"]

    def _safe(self, cells: Cells) -> Cells:
        numbers = self.columns.numbers
        return [csv_columns.safe(cell, place - self.first in numbers) if type(cell) is str else cell
                for place, cell in enumerate(cells)]


def tables(scope: Scope, snapshot: Snapshot, wanted: Wanted, options: Options) -> list[Table]:
    """All tables of a form, the root first."""
    form = _form(scope, options)
    split = _occurring(form, snapshot, wanted) if options.split else None
    made = []
    for path, file in csv_columns.table_files(form).items():
        fields = form.by_path[path].children if path else form.fields
        found = csv_columns.columns(form, fields, above=path, group_paths=options.group_paths, split=split, labels=options.labels)
        header = (*found.header, "PARENT_KEY", "KEY") if path else ("SubmissionDate", *found.header, *BEHIND)
        made.append(Table(form, path, file, header, found, options.safe))
    return made


def _form(scope: Scope, options: Options) -> Form:
    if not options.deleted_fields:
        return scope.form
    return with_deleted(scope.form, (publishing.definition(version) for version in publishing.versions(scope.row.id)))


def _occurring(form: Form, snapshot: Snapshot, wanted: Wanted) -> dict[str, list[str]]:
    """The values that occur in each select-multiple field, sorted: one pass over the answers before the first row."""
    many = {found.path for found in walk(form.fields) if found.select == "many"}
    inside = any(path.startswith(tuple(f"{repeat}/" for repeat in form.repeats)) for path in many)
    seen: dict[str, set[str]] = {path: set() for path in many}
    for answers in store.answers(snapshot, wanted):
        for path in answers if inside else many:
            value = answers.get(path)
            if value and (generic := generic_path(path) if inside else path) in seen:
                seen[generic].update(value.split())
    return {path: sorted(values) for path, values in seen.items()}


def as_csv(table: Table, snapshot: Snapshot, wanted: Wanted) -> Iterator[bytes]:
    """The table as RFC 4180 in pieces, its header first even when nothing follows."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(table.header)
    for record in store.records(snapshot, wanted):
        for cells in table.rows(record):
            line = plain_line(cells)
            if line is None:
                writer.writerow(cells)
            else:
                buffer.write(line)
        if buffer.tell() > PART:
            yield _emptied(buffer)
    yield _emptied(buffer)


def plain_line(cells: Cells) -> str | None:
    """A row of which no cell wants quotes; None when one does. Half the time of the csv writer, which asks every letter."""
    line = ",".join(["" if cell is None else cell if type(cell) is str else str(cell) for cell in cells])
    if line.count(",") != len(cells) - 1 or not line or '"' in line or "\n" in line or "\r" in line:
        return None
    return line + "\r\n"


def _emptied(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")
