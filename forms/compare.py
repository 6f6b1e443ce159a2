"""A new form version beside the ones before it (PROTOCOL §3 "Checks": structureChanged, 400.17)."""

from __future__ import annotations

from dataclasses import dataclass

from forms.form import Form


@dataclass(frozen=True, slots=True)
class TypeChange:
    """A path whose answers so far would not fit its new type."""

    path: str
    old: str
    new: str


def type_changes(old: Form, new: Form) -> list[TypeChange]:
    """Return the paths that exist in both and changed type; only the change to string is harmless."""
    pairs = [(old.by_path[path], field) for path, field in new.by_path.items() if path in old.by_path]
    return [TypeChange(n.path, o.type, n.type) for o, n in pairs if n.type not in (o.type, "string")]


def removed(old: Form, new: Form) -> list[str]:
    """Return the names of fields that `new` no longer has at their path, in the order of `old`.

    Their answers stay stored but leave the tables; Central calls this the warning structureChanged.
    """
    return [field.name for path, field in old.by_path.items() if path not in new.by_path]
