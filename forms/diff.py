"""What an edit changed (PROTOCOL §3 "diffs")."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

IDENTITY = frozenset({"/meta/instanceID", "/meta/deprecatedID"})
"""Paths that differ between any two versions."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; None means that the path is not there ("" that an empty repeat instance is)."""

    path: str
    old: str | None
    new: str | None


def diff(old: Mapping[str, str], new: Mapping[str, str], ignore: Collection[str] = ()) -> list[Change]:
    """Return the changes from `old` to `new` answers in document order, removed answers where they stood."""
    changed = [Change(path, old.get(path), new.get(path)) for path in _merged(old, new)]
    return [change for change in changed if change.old != change.new and change.path not in ignore]


def _merged(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    removed: dict[str, list[str]] = {}
    before = ""
    for path in old:
        if path in new:
            before = path
        else:
            removed.setdefault(before, []).append(path)
    merged = removed.get("", [])
    for path in new:
        merged += [path, *removed.get(path, ())]
    return merged
