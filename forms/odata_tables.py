"""The tables a form has in OData: Submissions, and one for each repeat (PROTOCOL §4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from forms.fields import Field
from forms.form import Form
from forms.odata import sanitised

ROOT = "Submissions"


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its OData name ("Submissions.g.poktan"), the repeat's path ("" of the root), its own fields, its parent."""

    name: str
    path: str
    fields: tuple[Field, ...]
    parent: Table | None = None

    @property
    def parent_key(self) -> str:
        """Name of the column that holds the parent row's id; "" of the root."""
        return f"__{self.parent.name.replace('.', '-')}-id" if self.parent else ""

    @property
    def steps(self) -> tuple[str, ...]:
        """Sanitised steps from the root: ("g", "poktan")."""
        return steps(self.path)


def steps(path: str) -> tuple[str, ...]:
    return tuple(sanitised(step) for step in path.split("/")[1:])


def tables(form: Form) -> dict[str, Table]:
    """Return all tables by OData name, the root first, then repeats in form order, outer ones first."""
    root = Table(ROOT, "", form.fields)
    return {table.name: table for table in (root, *_below(root, form.fields))}


def _below(parent: Table, fields: Iterable[Field]) -> Iterator[Table]:
    for found in fields:
        if found.type == "repeat":
            table = Table(".".join((ROOT, *steps(found.path))), found.path, found.children, parent)
            yield table
            yield from _below(table, found.children)
        elif found.type == "structure":
            yield from _below(parent, found.children)
