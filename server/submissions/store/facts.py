"""What lists and grants need to know of an instance, taken from its answers by the form's settings (DESIGN §4.3)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from forms import Form, Instance, attachment_names, flatten
from forms.answers import Answers
from forms.check import check
from server import follow
from server.grants import covers
from server.publishing import store as publishing

MAX_NAME = 255  # of a file
_PATHS = {"area": publishing.area_path, "period": publishing.period_path, "kind": publishing.kind_path}
_WIDTHS = {"area": 32, "period": 32, "kind": 64}


@dataclass(frozen=True, slots=True)
class Facts:
    """The columns of a version and its submission that come from the answers; `slots` are the expected file names."""

    answers: Answers
    disagreements: list[dict[str, Any]]
    area: str
    period: str
    kind: str
    instance_name: str | None
    slots: list[str]


def gather(instance: Instance, form: Form, areas: tuple[str, ...] = ("",)) -> Facts:
    """Read everything from an instance. `areas` are those the sender works in; nothing is refused here."""
    answers = flatten(instance, form)
    found = [asdict(disagreement) for disagreement in check(instance, answers, form)]
    names = attachment_names(answers, form)
    slots = [name for name in names if len(name) <= MAX_NAME]
    found += [_said("", "fileNameTooLong", f"A file name of {len(name)} characters cannot be kept.")
              for name in names if len(name) > MAX_NAME]
    path, area = _answer("area", answers, form)
    found += _area_faults(path, area, areas)
    return Facts(answers, found, _cut("area", area), _cut("period", _answer("period", answers, form)[1]),
                 _cut("kind", _answer("kind", answers, form)[1]), (instance.instance_name or "")[:500] or None, slots)


def _answer(what: str, answers: Answers, form: Form) -> tuple[str, str]:
    path = _PATHS[what](form) or ""
    return path, answers.get(path, "").strip() if path else ""


def _cut(column: str, value: str) -> str:
    # A code longer than its column is no code: a shortened one might be somebody else's village.
    return value if len(value) <= _WIDTHS[column] else ""


def _area_faults(path: str, area: str, areas: tuple[str, ...]) -> list[dict[str, Any]]:
    if not area:
        return []
    shown = area if len(area) <= 60 else area[:57] + "…"
    if not follow.is_area(area):
        return [_said(path, "unknownArea", f"“{shown}” is no code of the list of villages.")]
    if not covers(areas, area):
        return [_said(path, "otherArea", f"“{shown}” lies outside the area of the sender.")]
    return []


def _said(path: str, code: str, message: str) -> dict[str, Any]:
    return {"path": path, "code": code, "message": message}
