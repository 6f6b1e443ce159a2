"""Whose submissions of which form a request may take out, and what it asks of them (DESIGN §4.3)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from flask import g, request

from forms import odata_filter
from forms.form import Form
from server.exports import store
from server.problems import Problem
from server.publishing import store as publishing
from server.publishing.models import FormRow, FormVersion
from server.streams import Snapshot

_VISIBLE_IN_TRASH = "__system/deletedAt"


@dataclass(frozen=True, slots=True)
class Scope:
    """A form (its published version, or its draft for trial data) and the caller's areas in it."""

    project: int
    row: FormRow
    version: FormVersion
    form: Form
    areas: tuple[str, ...]
    trial: bool = False

    @property
    def all(self) -> store.Wanted:
        return store.Wanted(self.row.id, self.areas, self.trial)


def scope(project: int, form: str, *, trial: bool = False) -> Scope:
    """The form of an address; 404.1 when it is not there or has no version of that kind."""
    row = publishing.get_form(project, form)
    version = publishing.draft_version(row.id) if trial else publishing.current_version(row.id)
    if version is None:
        raise Problem("404.1", message=f"The form {form} has no {'draft' if trial else 'published version'}.")
    return Scope(project, row, version, publishing.definition(version), g.caller.areas("submission.read", project, form), trial)


def filtered(scope: Scope, snapshot: Snapshot, written: str, *, prefixed: bool = False) -> store.Wanted:
    """The submissions that a `$filter` leaves. Raises 400.18, 501.4, 501.5."""
    if not written.strip():
        return scope.all
    try:
        tree = odata_filter.parse(written)
        condition = store.Reader(snapshot.connection, scope.form, snapshot.moment, prefixed=prefixed).condition(tree)
    except odata_filter.UnknownFunction as error:
        raise Problem("501.5", function=str(error)) from None
    except (odata_filter.Unsupported, store.NotSupported) as error:
        raise Problem("501.4", what=str(error)) from None
    except odata_filter.FilterError as error:
        raise Problem("400.18", reason=str(error)) from None
    asked = odata_filter.names(tree)
    return replace(scope.all, condition=condition, deleted=any(name.endswith(_VISIBLE_IN_TRASH) for name in asked))


def tag(scope: Scope, snapshot: Snapshot, *more: Any) -> str | None:
    """An ETag that changes whenever the answer could; None when nothing cheap vouches for that.

    It stands on the log: every change of a project writes a line in its own transaction.
    """
    if scope.trial or "now()" in request.args.get("$filter", ""):
        return None  # trials leave no lines; a clock changes without one
    parts = (store.state_of(snapshot, scope.project), scope.version.id, scope.areas, request.environ.get("pokja.raw_path"),
             request.query_string, request.host_url, more)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
