"""The fields of a form together with those that earlier versions had (PROTOCOL §5 `deletedFields`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from forms.fields import Field
from forms.form import Form


def with_deleted(form: Form, older: Iterable[Form]) -> Form:
    """Return the form with every field that one of the older versions had, each behind the sibling it stood behind.

    Where a path was something else in an older version, the present field stays.
    """
    fields, choices = form.fields, form.choices
    for version in older:
        fields, choices = _merged(fields, version.fields), {**version.choices, **choices}
    return replace(form, fields=fields, choices=choices)


def _merged(present: tuple[Field, ...], older: tuple[Field, ...]) -> tuple[Field, ...]:
    result = list(present)
    behind = -1  # place of the older version's field before this one
    for found in older:
        place = next((number for number, each in enumerate(result) if each.name == found.name), None)
        if place is None:
            behind += 1
            result.insert(behind, found)
            continue
        behind = place
        if result[place].container and found.container:
            result[place] = replace(result[place], children=_merged(result[place].children, found.children))
    return tuple(result)
