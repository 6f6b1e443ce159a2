"""What speaks for looking at a submission early, from its answers alone (DOMAIN §5.5, EXPECTATIONS S1).

Pure. A signal is a code with its details; `sentence` says it in words, `POINTS` weighs it. None of them is a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from forms import Answers, Form, walk
from forms.answers import generic_path
from server.desk import words

Signal = dict[str, Any]

POINTS: Mapping[str, int] = {
    "photoElsewhere": 9, "unknownVillage": 9, "otherArea": 8, "farAway": 7, "quick": 6, "straight": 5, "leap": 5,
    "noEvidence": 2, "filesMissing": 3, "disagreements": 2, "clock": 2, "inaccurate": 1, "noPlace": 2}
MOST = 8  # of one code that counts several times
HIGH, MIDDLE = 9, 4
QUICK_MINUTES = 10
STRAIGHT_SHARE, STRAIGHT_LEAST = 0.9, 6
RUBRIC = {"0", "1", "2", "3", "4"}
INACCURATE_M = 100.0
PLACES = ("unknownArea", "otherArea")


def weight(signals: Iterable[Signal]) -> int:
    """The points of a submission: what counts several times counts at most MOST."""
    return sum(min(POINTS[signal["code"]] * int(signal.get("count", 1)), max(MOST, POINTS[signal["code"]])) for signal in signals)


def level(points: int) -> str:
    """`high`, `middle` or `low`."""
    return "high" if points >= HIGH else "middle" if points >= MIDDLE else "low"


def of_answers(answers: Answers, form: Form, disagreements: Iterable[Mapping[str, Any]]) -> list[Signal]:
    """Signals that need nothing but the submission itself."""
    codes = [str(one["code"]) for one in disagreements]
    found: list[Signal] = []
    found += [{"code": "unknownVillage"}] if "unknownArea" in codes else []
    found += [{"code": "otherArea"}] if "otherArea" in codes else []
    others = sum(code not in PLACES for code in codes)
    found += [{"code": "disagreements", "count": others}] if others else []
    minutes = duration(answers, form)
    if minutes is not None and 0 <= minutes < QUICK_MINUTES:
        found.append({"code": "quick", "minutes": round(minutes)})
    return found + straight_lined(answers, form)


def duration(answers: Answers, form: Form) -> float | None:
    """Minutes between the phone's own start and end, if the form records them."""
    start, end = claimed(answers, form)
    return (end - start).total_seconds() / 60 if start and end else None


def claimed(answers: Answers, form: Form) -> tuple[datetime | None, datetime | None]:
    """When the phone says the form was begun and finished."""
    def read(*names: str) -> datetime | None:
        for found in form.fields:
            if found.name in names and found.type == "dateTime" and not found.control:
                try:
                    value = datetime.fromisoformat(answers.get(found.path, ""))
                except ValueError:
                    continue
                return value if value.tzinfo else None
        return None

    return read("start"), read("end")


def straight_lined(answers: Answers, form: Form) -> list[Signal]:
    """The same value in nearly all questions that are answered on the 0–4 scale."""
    scales = {name for name, values in form.values.items() if values >= RUBRIC}
    paths = {found.path for found in walk(form.fields) if found.select == "one" and found.choices in scales}
    given = [value for path, value in answers.items() if generic_path(path) in paths and value in RUBRIC]
    if len(given) < STRAIGHT_LEAST:
        return []
    most = max(set(given), key=given.count)
    share = given.count(most) / len(given)
    return [{"code": "straight", "value": most, "share": share}] if share >= STRAIGHT_SHARE else []


def sentence(signal: Mapping[str, Any], name: Callable[[str], str | None] = lambda code: None) -> str:
    """A signal in the page's language; `name` gives the names of villages that the reader may see."""
    where = ", ".join(sorted({name(code) or _("another area") for code in signal.get("areas", ())}))
    count, code = signal.get("count", 1), signal["code"]
    said: dict[str, str] = {
        "photoElsewhere": _("photos also used in %(where)s: %(count)s", count=count, where=where),
        "unknownVillage": _("village code unknown"),
        "otherArea": _("village outside the worker's area"),
        "farAway": _("taken %(far)s from the village", far=distance(signal.get("metres", 0))),
        "quick": _("filled in %(minutes)s minutes", minutes=signal.get("minutes", 0)),
        "straight": _("nearly all scales answered %(value)s", value=signal.get("value", "")),
        "leap": _("score %(change)s points off the period before", change=words.number(signal.get("change", 0), 0)),
        "noEvidence": _("high answers without evidence: %(count)s", count=count),
        "filesMissing": _("photos not arrived yet: %(count)s", count=count),
        "disagreements": _("answers that do not fit the form: %(count)s", count=count),
        "clock": _("phone's clock is wrong"),
        "inaccurate": _("place accurate to %(metres)s m only", metres=words.number(signal.get("metres", 0), 0)),
        "noPlace": _("no place recorded"),
    }
    return str(said[code])


def distance(metres: float) -> str:
    """A distance as people say it: 340 m, 2,4 km, 32 km."""
    if metres < 1000:
        return f"{words.number(metres, 0)} m"
    return f"{words.number(metres / 1000, 0 if metres >= 10_000 or metres % 1000 == 0 else 1)} km"


def colour(signal: Mapping[str, Any]) -> str:
    """How loud a signal is shown."""
    points = POINTS[signal["code"]]
    return "high" if points >= 7 else "middle" if points >= 2 else ""
