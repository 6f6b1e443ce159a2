"""Field trees and rubrics of form versions, read from their rows once per process (DESIGN §9)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from forms.entities import Declaration, declared
from forms.form import Form, from_json
from server.publishing.models import FormVersion

if TYPE_CHECKING:
    from scoring.model import Rubric

# A version never changes, but a draft's number can come back after a rollback: hence hash and moment.
Key = tuple[int, str, datetime]
T = TypeVar("T")
KEPT = 64
_forms: OrderedDict[Key, Form] = OrderedDict()
_rubrics: OrderedDict[Key, Rubric | None] = OrderedDict()
_declarations: OrderedDict[Key, tuple[Declaration, ...]] = OrderedDict()


def definition(version: FormVersion) -> Form:
    """The form of a version, its XML included. Costs nothing after the first time."""
    return _once(_forms, version, lambda: from_json(version.definition, version.xml))


def rubric(version: FormVersion) -> Rubric | None:
    """The rubric of a version; None when its workbook has no sheet `scoring`."""
    return _once(_rubrics, version, lambda: _read_rubric(version))


def declarations(version: FormVersion) -> tuple[Declaration, ...]:
    """The entity lists that a version writes to."""
    return _once(_declarations, version, lambda: declared(definition(version)))


def _read_rubric(version: FormVersion) -> Rubric | None:
    if not version.rubric:
        return None
    from scoring import rubric as reader

    return reader.read(version.rubric, definition(version))


def _once(kept: OrderedDict[Key, T], version: FormVersion, make: Callable[[], T]) -> T:
    key = (version.id, version.sha256, version.created_at)
    try:
        found = kept[key]
        kept.move_to_end(key)
    except KeyError:
        found = kept[key] = make()
        while len(kept) > KEPT:
            kept.popitem(last=False)
    return found
