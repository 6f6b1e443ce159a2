"""Where an instance disagrees with its form version: recorded for the reviewer, never a refusal (DESIGN §4.2)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from forms.answers import generic_path
from forms.fields import Field
from forms.form import Form
from forms.instance import Instance

MAX_DISAGREEMENTS = 200


@dataclass(frozen=True, slots=True)
class Disagreement:
    """`path` is the answer's path ("" for the whole); `code` a word for programs and translations.

    Codes: otherForm versionDiffers unknownField notARepeat textInGroup wrongType notInList missingRequired more.
    """

    path: str
    code: str
    message: str


def check(instance: Instance, answers: Mapping[str, str], form: Form) -> list[Disagreement]:
    """Return what does not fit, in document order, at most MAX_DISAGREEMENTS and then one "more"."""
    found: list[Disagreement] = []
    for source in (_identity(instance, form), _fields(answers, form), _missing(answers, form)):
        for disagreement in source:
            if len(found) == MAX_DISAGREEMENTS:
                return [*found, Disagreement("", "more", "There are further disagreements.")]
            found.append(disagreement)
    return found


def _identity(instance: Instance, form: Form) -> Iterator[Disagreement]:
    if instance.xml_form_id != form.xml_form_id:
        said = f"The instance belongs to the form {instance.xml_form_id}, not {form.xml_form_id}."
        yield Disagreement("", "otherForm", said)
    if instance.version != form.version:
        said = f"The instance was filled with version “{instance.version}”, not “{form.version}”."
        yield Disagreement("", "versionDiffers", said)


def _fields(answers: Mapping[str, str], form: Form) -> Iterator[Disagreement]:
    reported: set[str] = set()
    fits = form.derived.get("fits") or form.derived.setdefault("fits", {path: _fit(field, form) for path, field in form.by_path.items()})
    for path, value in answers.items():
        fit = fits.get(path)
        if fit is not None and fit(value):
            continue  # as nearly all do; the others are looked at closely
        generic = generic_path(path)
        field = form.by_path.get(generic)
        if field is None:
            if not generic.startswith("/meta") and generic not in reported:
                reported.add(generic)
                yield Disagreement(path, "unknownField", f"The form has no field {generic}.")
        else:
            if generic != path:
                yield from _positions(path, form, reported)
            if value:
                yield from _value(path, value, field, form)


def _fit(field: Field, form: Form) -> Callable[[str], object] | None:
    """A quick look that is true only of values with which `_value` finds nothing wrong; None: always look closely."""
    if field.container:
        return None
    fits = _FITS.get(field.type)
    listed = form.values.get(field.choices) if field.choices is not None else None
    if listed is None:
        return fits or _anything
    if fits is not None:
        return None
    return listed.__contains__ if field.select == "one" else lambda value: listed.issuperset(value.split())


def _anything(_value: str) -> bool:
    return True


def _positions(path: str, form: Form, reported: set[str]) -> Iterator[Disagreement]:
    steps = path.split("/")[1:]
    generic = ""
    for step in steps:
        name, bracket, _ = step.partition("[")
        generic += "/" + name
        if bracket and generic not in form.repeats and generic not in reported:
            reported.add(generic)
            yield Disagreement(path, "notARepeat", f"{generic} stands several times, but the form has it once.")


def _value(path: str, value: str, field: Field, form: Form) -> Iterator[Disagreement]:
    if field.container:
        yield Disagreement(path, "textInGroup", f"The group {field.name} holds the text “{_short(value)}”.")
        return
    fits = _FITS.get(field.type)
    if fits is not None and not fits(value.strip()):
        yield Disagreement(path, "wrongType", f"“{_short(value)}” is no {field.type}.")
    listed = form.values.get(field.choices) if field.choices is not None else None
    if listed is not None:
        chosen = [value.strip()] if field.select == "one" else value.split()
        for choice in chosen:
            if choice not in listed:
                yield Disagreement(path, "notInList", f"“{_short(choice)}” is not in the list {field.choices}.")


def _missing(answers: Mapping[str, str], form: Form) -> Iterator[Disagreement]:
    if not form.needed:
        return
    needed = form.derived.get("needed") or form.derived.setdefault("needed", [(path, *_around(path, form)) for path in form.needed])
    groups: dict[str, list[str]] = {"": [""]}
    if form.repeats:
        for path in answers:
            if path.endswith("]"):
                groups.setdefault(generic_path(path), []).append(path)
    for path, around, inside in needed:
        if not around:
            if not answers.get(path):
                yield _unanswered(path, path)
        else:
            yield from (_unanswered(instance + inside, path) for instance in groups.get(around, ()) if not answers.get(instance + inside))


def _unanswered(where: str, path: str) -> Disagreement:
    return Disagreement(where, "missingRequired", f"{path} is required but not answered.")


def _around(path: str, form: Form) -> tuple[str, str]:
    """Split a form path behind its innermost repeat: ("/poktan", "/ada")."""
    above = path
    while above:
        if above in form.repeats:
            return above, path[len(above) :]
        above = above.rpartition("/")[0]
    return "", path


def _short(value: str) -> str:
    return value if len(value) <= 60 else value[:57] + "…"


_INT = re.compile(r"[+-]?[0-9]{1,18}\Z")
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?\Z")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?\Z")


def _is_date(value: str) -> bool:
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == 10


def _is_datetime(value: str) -> bool:
    day, separator, time = value.partition("T")
    return bool(separator) and _is_date(day) and _TIME.match(time) is not None


def _is_point(value: str) -> bool:
    parts = value.split()
    if not 2 <= len(parts) <= 4 or not all(_DECIMAL.match(part) for part in parts):
        return False
    return abs(float(parts[0])) <= 90 and abs(float(parts[1])) <= 180


def _is_line(least: int) -> Callable[[str], bool]:
    def fits(value: str) -> bool:
        points = [point for point in value.split(";") if point.strip()]
        return len(points) >= least and all(_is_point(point) for point in points)

    return fits


_FITS: dict[str, Callable[[str], bool]] = {
    "int": lambda value: _INT.match(value) is not None,
    "decimal": lambda value: _DECIMAL.match(value) is not None,
    "date": _is_date,
    "time": lambda value: _TIME.match(value) is not None,
    "dateTime": _is_datetime,
    "geopoint": _is_point,
    "geotrace": _is_line(2),
    "geoshape": _is_line(3),
    "boolean": lambda value: value in ("true", "false", "1", "0"),
}
