"""Reads a row of the kind `indicator` (docs/rubric.md "Indicators")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scoring.explain import SPECIAL, names
from scoring.expressions import Node, Ref, Value, refs
from scoring.lines import Fields, Line
from scoring.model import Indicator, Scale, Text
from scoring.rules import LINES, RULES, TABLES, Points, read_points, read_table


def read_indicator(line: Line, fields: Fields, scale: Scale) -> Indicator:
    """Return the indicator of this row. Raises RubricError."""
    rule = line.needed("rule")
    if rule not in RULES:
        raise line.wrong(f"There is no rule “{rule}”; the rules are {', '.join(RULES)}.", "rule")
    value, of = line.value("value", fields), (line.value("of", fields) if rule == "share" else None)
    if rule != "share" and line.text("of"):
        raise line.wrong("Only the rule share divides by the column of.", "of")
    table, points = _params(line, rule, value, fields)
    codes = tuple(line.field("codes", word, fields.resolve) for word in line.text("codes").split())
    inputs = tuple(dict.fromkeys([*refs(value), *(refs(of) if of else ())]))
    may_not_apply = (*codes, *(inputs if rule in TABLES else ()))
    return Indicator(
        code=line.text("code"),
        label=line.texts("label"),
        weight=line.weight(),
        rule=rule,
        value=value,
        of=of,
        points=points,
        table=table,
        of_zero=_of_zero(line, scale),
        not_asked=line.condition("not_asked", fields),
        not_applicable=line.condition("not_applicable", fields),
        codes=codes,
        evidence=tuple(line.text("evidence").split()),
        evidence_refs=_evidence(line, fields),
        cap=line.percent("cap", scale.cap),
        small=line.number("small", scale.small),
        explain=_explain(line, inputs),
        responsible=line.text("responsible"),
        row=line.row,
        inputs=inputs,
        may_not_apply=tuple(ref for ref in may_not_apply if scale.not_applicable in (fields.codes(ref) or ())),
    )


def _explain(line: Line, inputs: Sequence[Ref]) -> Text:
    known = {*SPECIAL, *(ref.name for ref in inputs)}
    texts = line.texts("explain")
    for language, text in texts.items():
        if unknown := [name for name in names(text) if name not in known]:
            column = f"explain::{language}" if language else "explain"
            message = f"{{{unknown[0]}}} is not known here; in braces may stand {', '.join(sorted(known))}."
            raise line.wrong(message, column)
    return texts


def _params(line: Line, rule: str, value: Node, fields: Fields) -> tuple[dict[str, float], Points | None]:
    if rule in TABLES:
        return _table(line, rule, value, fields), None
    if rule == "formula":
        if line.text("params"):
            raise line.wrong("The rule formula takes no params: its value is the score.", "params")
        return {}, None
    if rule in LINES or rule == "steps":
        points = line.guard("params", lambda: read_points(line.needed("params")))
        if wrong := [y for _, y in points.pairs if not 0 <= y <= 100]:
            raise line.wrong(f"A score must lie between 0 and 100, not {wrong[0]:g}.", "params")
        return {}, points
    raise AssertionError(rule)


def _table(line: Line, rule: str, value: Node, fields: Fields) -> dict[str, float]:
    if not isinstance(value, Value) or value.ref.select == "many":
        raise line.wrong(f"The rule {rule} needs the name of one field with one answer.", "value")
    table = line.guard("params", lambda: read_table(line.text("params") or TABLES[rule]))
    known = fields.codes(value.ref)
    for code, score in table.items():
        if not 0 <= score <= 100:
            raise line.wrong(f"A score must lie between 0 and 100, not {score:g}.", "params")
        if line.text("params") and known is not None and code not in known:
            raise line.wrong(f"The choices of {value.ref.name} have no code {code}.", "params")
    if known is not None and not known & set(table):
        raise line.wrong(f"None of the choices of {value.ref.name} has a score by the rule {rule}.", "value")
    return table


def _of_zero(line: Line, scale: Scale) -> float | str | None:
    text = line.text("of_zero")
    if text in ("", scale.not_applicable):
        return text or None
    return line.percent("of_zero")


def _evidence(line: Line, fields: Fields) -> tuple[tuple[Ref, ...], ...]:
    """Read "a5_bukti|a5_bukti_2 a5_lokasi": all words are needed, of a word's parts any one."""
    words = re.sub(r"\s*\|\s*", "|", line.text("evidence_fields")).split()
    if bool(words) != bool(line.text("evidence")):
        column = "evidence_fields" if not words else "evidence"
        raise line.wrong("The columns evidence and evidence_fields are filled together or not at all.", column)
    read_one = fields.resolve
    return tuple(tuple(line.field("evidence_fields", name, read_one) for name in word.split("|")) for word in words)
