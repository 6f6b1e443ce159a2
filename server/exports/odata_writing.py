"""The JSON of a table, written while it is read (PROTOCOL §4 "Rows", DESIGN §9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import quote

import msgspec
import orjson

from forms import odata_rows, odata_typed
from forms.odata_rows import SYSTEM, Choice, Nested, address, below
from server.exports import skiptokens, store
from server.exports.odata_asking import Asked
from server.exports.store import Place, Record
from server.streams import Snapshot

Rows = list[Any]  # dictionaries, or what forms.odata_typed makes of a submission
_System = msgspec.defstruct("System", [(name, Any) for name in SYSTEM], gc=False)
AT_ONCE = 100  # rows: few enough to stay in the processor's cache, enough for one write


@dataclass
class Writer:
    """One answer. `base` is the service's absolute address, `options` the query's as they came, for the next link."""

    asked: Asked
    snapshot: Snapshot
    base: str
    path: str
    options: list[tuple[str, str]] = field(default_factory=list)

    def body(self) -> Iterator[bytes]:
        """Yield the whole document in pieces of some hundred kilobytes."""
        total = self._total() if self.asked.count else None
        yield b'{"value":['
        last: skiptokens.Token | None = None
        comma = b""
        if self.asked.limit != 0:
            for rows, place in self._parts():
                last = place
                if rows:
                    yield comma + odata_typed.write(rows)[1:-1]
                    comma = b","
        yield b'],"@odata.context":' + orjson.dumps(f"{self.base}/$metadata#{self.asked.table.name}")
        if last is not None:
            yield b',"@odata.nextLink":' + orjson.dumps(self._next(last))
        if total is not None:
            yield b',"@odata.count":' + str(total).encode()
        yield b"}"

    def _next(self, token: skiptokens.Token) -> str:
        kept = [(name, value) for name, value in self.options if name not in ("$skip", "$skiptoken")]
        kept.append(("$skiptoken", skiptokens.write(token)))
        return f"{self.base}/{self.path}?" + "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in kept)

    def _total(self) -> int:
        """How many rows there are, paging aside."""
        if self.asked.table.parent is None:
            return store.count(self.snapshot, self.asked.wanted)
        mark = self.asked.table.path
        return sum(_instances(answers, mark) for answers in store.answers(self.snapshot, self.asked.wanted))

    def _parts(self) -> Iterator[tuple[Rows, skiptokens.Token | None]]:
        """Rows in batches; with the last batch, the place to go on from, if rows remain."""
        return _Root(self).parts() if self.asked.table.parent is None else _Repeat(self).parts()


def _instances(answers: dict[str, str], path: str) -> int:
    """How many rows one submission has in a repeat's table: each has a key of its own, "/a[1]/b[2]"."""
    steps = path.split("/")
    depth, last = len(steps), steps[-1] + "["
    return sum(1 for key in answers if key[-1:] == "]" and key.count("/") == depth - 1 and key.rpartition("/")[2].startswith(last)
               and _plain(key) == path)


def _plain(key: str) -> str:
    return "/".join(step.partition("[")[0] for step in key.split("/"))


def _place(record: Record) -> Place:
    return Place(datetime.fromisoformat(record.created_at), record.id)


class _Root:
    """Rows of the table Submissions."""

    def __init__(self, writer: Writer) -> None:
        self.writer, self.asked = writer, writer.asked
        whole = self.asked.choice is None and not self.asked.expand
        self.make = typed_maker(self.asked) if whole else maker(self.asked)
        self.opened = not whole

    def parts(self) -> Iterator[tuple[Rows, skiptokens.Token | None]]:
        asked, token = self.asked, self.asked.token
        wanted = replace(asked.wanted, skip=asked.skip, limit=None if asked.limit is None else asked.limit + 1)
        upto: Place | None = None
        if asked.ordered:
            upto = token.place if token else store.newest(self.writer.snapshot, replace(wanted, condition=None))
            wanted = replace(wanted, upto=upto, skip=(token.skip or 0) if token else asked.skip)
        elif token:
            wanted = replace(wanted, after=token.place)
        found = store.records(self.writer.snapshot, wanted, opened=self.opened)
        left, last = asked.limit, None
        while left is None or left > 0:
            rows = []
            for last in islice(found, AT_ONCE if left is None else min(left, AT_ONCE)):
                rows.append(self.make(last))  # and not all records first: their answers would crowd the cache
            if not rows:
                return
            yield rows, None
            left = None if left is None else left - len(rows)
        if last is not None and next(found, None) is not None:
            yield [], skiptokens.Token(upto, skip=wanted.skip + (asked.limit or 0)) if upto else skiptokens.Token(_place(last))


def maker(asked: Asked) -> Callable[[Record], dict[str, Any]]:
    """A function from a record to its row, with all decisions taken beforehand."""
    choice, form = asked.choice, asked.scope.form
    nested = Nested(form, as_wkt=asked.as_wkt) if asked.expand and form.repeats else None
    made = odata_rows.maker(asked.table.fields, choice, as_wkt=asked.as_wkt, expanded=nested is not None)
    linked = bool(form.repeats)
    system = _system_maker(choice)
    with_id = choice is None or "__id" in choice

    def make(record: Record) -> dict[str, Any]:
        instance_id = record.instance_id
        row = made(record.answers.get, address(instance_id) if linked else "",
                   nested.of(instance_id, record.answers) if nested else None)
        if with_id:
            row["__id"] = instance_id
        if system:
            row["__system"] = system(record)
        return row

    return make


def typed_maker(asked: Asked) -> Callable[[Record], Any]:
    """The same for whole rows, from answers that were not opened."""
    form = asked.scope.form
    made = odata_typed.maker(form, as_wkt=asked.as_wkt)
    linked = bool(form.repeats)

    def make(record: Record) -> Any:
        instance_id = record.instance_id
        return made(record.stored, address(instance_id) if linked else "", instance_id, _System(*_told(record)))

    return make


def _system_maker(choice: Choice | None) -> Callable[[Record], dict[str, Any]] | None:
    """A function that tells what is wanted of `__system`; None when nothing is."""
    if choice is None:
        return _system
    if "__system" not in choice:
        return None
    inner = choice["__system"]
    if inner is None:
        return _system
    wanted = tuple(name for name in SYSTEM if name in inner)

    def some(record: Record) -> dict[str, Any]:
        told = _system(record)
        return {name: told[name] for name in wanted}

    return some


def _system(record: Record) -> dict[str, Any]:
    return dict(zip(SYSTEM, _told(record), strict=True))


def _told(record: Record) -> tuple[Any, ...]:
    """What `__system` says, in the order of SYSTEM."""
    submitter = record.submitter_id
    return (record.created_at, record.updated_at, None if submitter is None else str(submitter), record.submitter, *record.files,
            None, record.review_state, record.device_id, record.edits, record.first_version, record.deleted_at)


class _Repeat:
    """Rows of a repeat's table, submission by submission."""

    def __init__(self, writer: Writer) -> None:
        self.writer, self.asked = writer, writer.asked
        table = self.asked.table
        self.make = odata_rows.maker(table.fields, self.asked.choice, as_wkt=self.asked.as_wkt, above=table.path)

    def parts(self) -> Iterator[tuple[Rows, skiptokens.Token | None]]:
        asked = self.asked
        rows = islice(self._rows(), asked.skip, None)
        left = asked.limit
        place: skiptokens.Token | None = None
        while left is None or left > 0:
            part = list(islice(rows, AT_ONCE if left is None else min(left, AT_ONCE)))
            if not part:
                return
            place = part[-1][1]
            yield [row for row, _ in part], None
            left = None if left is None else left - len(part)
        if next(rows, None) is not None:
            yield [], place

    def _rows(self) -> Iterator[tuple[dict[str, Any], skiptokens.Token]]:
        """Every row with the place behind it. A submission may be cut by a page: the token counts its rows."""
        asked, token = self.asked, self.asked.token
        wanted, done, upto = asked.wanted, 0, None
        if asked.ordered:
            upto = token.place if token else store.newest(self.writer.snapshot, replace(wanted, condition=None))
            wanted = replace(wanted, upto=upto, skip=(token.skip or 0) if token else 0)
            done = token.rows if token else 0
        elif token:
            wanted, done = replace(wanted, upto=token.place), token.rows
        number = wanted.skip
        for record in store.records(self.writer.snapshot, wanted):
            cut = number == wanted.skip if upto else token is not None and record.id == token.place.id
            sent = done if cut else 0
            for count, row in enumerate(islice(self._of(record), sent, None), sent + 1):
                yield row, skiptokens.Token(upto, count, number) if upto else skiptokens.Token(_place(record), count)
            number += 1

    def _of(self, record: Record) -> Iterator[dict[str, Any]]:
        asked = self.asked
        return below(asked.scope.form, asked.table, self.make, record.instance_id, record.answers, asked.choice)
