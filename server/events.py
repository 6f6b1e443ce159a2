"""The log of each project: append-only, one line a change, written in the change's own transaction (DESIGN §3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import unquote

from flask import has_request_context, request
from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    String,
    Table,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.expression import FunctionElement

from server.db import Base, Id, Instant, Json, db, link, now
from server.prepared import Prepared


class current_transaction(FunctionElement[int]):  # noqa: N801 (named as the SQL function it stands for)
    """Number of the running transaction; 0 on SQLite, where writers queue and ids alone are in order."""

    type = BigInteger()
    inherit_cache = True


@compiles(current_transaction)
def _no_transaction(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "0"


@compiles(current_transaction, "postgresql")
def _postgres_transaction(_element: Any, _compiler: Any, **_options: Any) -> str:
    return "(pg_current_xact_id()::text::bigint)"


NOTES, MAX_NOTES = "notes", 10_000

# Lines that are found by what they are about. That a submission arrived is written in its own row too: arrivals, by far
# the most lines, are spared an index whose every entry falls on another page.
FOUND_BY_SUBJECT = "action <> 'submission.create'"


class Event(Base):
    """One change: what was done (`action`), by whom, to what (`subject`, our own id as text), with details."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_project_order", "project_id", "transaction_id", "id"),
                      Index("ix_events_action", "action", "id"),
                      Index("ix_events_subject", "subject", "id",
                            sqlite_where=text(FOUND_BY_SUBJECT), postgresql_where=text(FOUND_BY_SUBJECT)))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    transaction_id: Mapped[int] = mapped_column(BigInteger, server_default=current_transaction())
    project_id: Mapped[int | None] = mapped_column(Id, ForeignKey("projects.id"))
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(300), default="")
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    logged_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the log: after the line `id` of transaction `transaction`, written at `stamp` (ms since 1970).

    The stamp tells a line from another one of the same number, in a log restored from an older backup.
    """

    transaction: int = 0
    id: int = 0
    stamp: int = 0

    def __str__(self) -> str:
        return f"{self.transaction}-{self.id}-{self.stamp}"

    @classmethod
    def behind(cls, line: Any) -> Cursor:
        """The cursor behind a line, or behind a row of its (transaction_id, id, logged_at); None: the beginning."""
        return cls(line.transaction_id, line.id, _milliseconds(line.logged_at)) if line else cls()

    @classmethod
    def read(cls, value: str | None) -> Cursor:
        """From its text; anything that is not a cursor is the beginning, so a reader at worst reads twice."""
        parts = (value or "").split("-")
        fits = len(parts) == 3 and all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts)
        return cls(*map(int, parts)) if fits else cls()


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def known(cursor: Cursor) -> bool:
    """Whether the log still holds the line a cursor stands behind.

    It does not after a restore: an older backup lacks the newest lines and gives their numbers to others, and
    another PostgreSQL server counts its transactions from elsewhere. A reader then begins anew.
    """
    row = db.session.execute(select(Event.transaction_id, Event.id, Event.logged_at).where(Event.id == cursor.id)).first()
    return Cursor.behind(row) == cursor


def record(action: str, *, project_id: int | None = None, actor_id: int | None = None, subject: str = "",
           details: dict[str, Any] | None = None) -> None:
    """Write one line in the running transaction, with what the caller says of the change in `X-Action-Notes`."""
    if has_request_context() and (said := request.headers.get("X-Action-Notes")):
        details = {**(details or {}), NOTES: unquote(said)[:MAX_NOTES]}
    link().run(_RECORD, {"e_action": action, "e_project_id": project_id, "e_actor_id": actor_id, "e_subject": subject[:300],
                         "e_details": details or {}, "e_logged_at": now()})


def told(line: Event) -> tuple[dict[str, Any], str | None]:
    """The details of a line, and apart from them the caller's notes."""
    details = dict(line.details)
    notes: str | None = details.pop(NOTES, None)
    return details, notes


COLUMNS = ("action", "project_id", "actor_id", "subject", "details", "logged_at")  # the others have their own defaults
_event = cast(Table, Event.__table__)
_RECORD = Prepared(lambda: insert(_event).inline().values({  # nobody asks for the new line's id
    name: bindparam(f"e_{name}", type_=_event.c[name].type) for name in COLUMNS}))


def settled() -> Any:
    """Lines that can be read without ever skipping one that commits later.

    PostgreSQL hands out ids before commits, so a line with a smaller id may appear after a larger one was read.
    Transactions below the oldest running one are all finished: everything that appears later sorts after them.
    """
    if db.session.get_bind().dialect.name != "postgresql":
        return literal(True)
    return Event.transaction_id < text("(pg_snapshot_xmin(pg_current_snapshot())::text::bigint)")


def after(cursor: Cursor, project_id: int | None = None, limit: int = 1000,
          actions: Iterable[str] | None = None) -> tuple[list[Event], Cursor]:
    """The next lines of one project (or of all) after a cursor, in order, and the cursor behind them."""
    wanted = select(Event).where(
        tuple_(Event.transaction_id, Event.id) > tuple_(literal(cursor.transaction), literal(cursor.id)), settled())
    if project_id is not None:
        wanted = wanted.where(Event.project_id == project_id)
    if actions is not None:
        wanted = wanted.where(Event.action.in_(list(actions)))
    lines = list(db.session.scalars(wanted.order_by(Event.transaction_id, Event.id).limit(limit)))
    return lines, (Cursor.behind(lines[-1]) if lines else cursor)


def head(project_id: int | None = None) -> Cursor:
    """The cursor behind the last settled line: what a reader that starts now need not read."""
    wanted = select(Event.transaction_id, Event.id, Event.logged_at).where(settled())
    if project_id is not None:
        wanted = wanted.where(Event.project_id == project_id)
    row = db.session.execute(wanted.order_by(Event.transaction_id.desc(), Event.id.desc()).limit(1)).first()
    return Cursor.behind(row)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines an audit page wants: of these projects (None: all), actions by name or beginning, in this time.

    With a `subject`: all lines about it but the one that a submission arrived, see FOUND_BY_SUBJECT.
    """

    projects: tuple[int, ...] | None = None
    action: str = ""
    beginnings: tuple[str, ...] = ()
    without: tuple[str, ...] = ()  # beginnings
    subject: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    def narrow(self, lines: Any) -> Any:
        """The statement with its conditions."""
        if self.projects is not None:
            lines = lines.where(Event.project_id.in_(self.projects))
        if self.action:
            lines = lines.where(Event.action == self.action)
        if self.beginnings:
            lines = lines.where(or_(*(Event.action.startswith(each, autoescape=True) for each in self.beginnings)))
        for each in self.without:
            lines = lines.where(~Event.action.startswith(each, autoescape=True))
        if self.subject is not None:
            lines = lines.where(Event.subject == self.subject, text(FOUND_BY_SUBJECT))
        if self.start is not None:
            lines = lines.where(Event.logged_at >= self.start)
        return lines if self.end is None else lines.where(Event.logged_at <= self.end)


def newest(project_id: int | None = None, *, subject: str | None = None, action_prefix: str = "", limit: int = 100) -> list[Event]:
    """Lines of one project (or of all) about one thing, newest first; see Wanted."""
    return listed(Wanted(None if project_id is None else (project_id,), beginnings=(action_prefix,) if action_prefix else (),
                         subject=subject), limit=limit)


def listed(wanted: Wanted, *, offset: int = 0, limit: int | None = None) -> list[Event]:
    """Lines for an audit page, newest first."""
    return list(db.session.scalars(wanted.narrow(select(Event)).order_by(Event.id.desc()).offset(offset).limit(limit)))


def count() -> int:
    """How many lines the log holds."""
    return db.session.scalar(select(func.count()).select_from(Event)) or 0
