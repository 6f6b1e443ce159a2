"""One submission as a sheet to read: questions in form order with their answers in the page's language (EXPECTATIONS S4).

Pure: from the form, the answers and what was said about them to sections and lines; the template only lays out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forms import Answers, Field, Form
from forms.answers import generic_path
from server.desk import words

_REFERENCE = re.compile(r"\$\{([^}]+)\}")
_MARKS = re.compile(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1|<[^>]{1,200}>|\[([^\]]+)\]\([^)]*\)")


@dataclass(slots=True)
class Line:
    """One question. `values` are what was answered, in words; `old` the same of the version before, if it changed."""

    path: str
    question: str
    kind: str  # text, number, choice, many, date, point, file
    values: list[str]
    file: str | None = None
    old: list[str] | None = None
    changed: bool = False
    asked: bool = True  # answered, or required and missing, or spoken about
    comments: list[Any] = field(default_factory=list)
    faults: list[Any] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        """Name of the line in the page, for links to a single question."""
        return anchor(self.path)


@dataclass(slots=True)
class Section:
    """A group or one row of a repeat, with its lines and further sections in form order."""

    path: str
    title: str
    repeat: bool = False
    parts: list[Line | Section] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        return anchor(self.path)

    def lines(self) -> Iterator[Line]:
        """All lines in here, depth-first."""
        for part in self.parts:
            if isinstance(part, Line):
                yield part
            else:
                yield from part.lines()

    @property
    def changed(self) -> bool:
        return any(line.changed or line.comments for line in self.lines())


@dataclass(frozen=True, slots=True)
class Source:
    """Everything a sheet is made of. `earlier` are the answers of the version before, None for a first version."""

    form: Form
    answers: Answers
    language: str = "id"
    earlier: Answers | None = None
    comments: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    faults: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def anchor(path: str) -> str:
    """`/poktan[2]/ada` as a name that is safe in an address: `q-poktan-2-ada`."""
    return "q" + re.sub(r"[^A-Za-z0-9_]+", "-", path).rstrip("-")


def read(source: Source, everything: bool = False) -> list[Section]:
    """The sheet: top-level groups as sections; questions outside any group come first under no title.

    Without `everything`, only what was asked of this sender: questions that are answered, changed, missing or spoken of.
    """
    loose = Section("", "")
    sections: list[Section] = [loose]
    for child in source.form.fields:
        if child.name == "meta" and child.container:
            continue
        made = list(_parts(child, "", source, everything))
        for part in made:
            (sections if isinstance(part, Section) else loose.parts).append(part)  # type: ignore[arg-type]
    return [section for section in sections if section.parts]


def _parts(found: Field, above: str, source: Source, everything: bool) -> Iterator[Line | Section]:
    if found.type == "repeat":
        for position in range(1, _rows(above + "/" + found.name, source) + 1):
            yield from _section(found, f"{above}/{found.name}[{position}]", source, everything, position)
    elif found.container:
        yield from _section(found, f"{above}/{found.name}", source, everything)
    elif is_question(found):
        line = _line(found, f"{above}/{found.name}", source)
        if everything or line.asked:
            yield line


def is_question(found: Field) -> bool:
    """Whether somebody answered it; the phone fills the rest by itself."""
    return bool(found.control) and not (found.readonly and found.control == "input" and not found.select)


def _rows(path: str, source: Source) -> int:
    for position in range(1, 10_000):
        key = f"{path}[{position}]"
        if key not in source.answers and key not in (source.earlier or {}):
            return position - 1
    return 9_999


def _section(found: Field, path: str, source: Source, everything: bool, position: int = 0) -> Iterator[Section | Line]:
    parts = [part for child in found.children for part in _parts(child, path, source, everything)]
    title = say(source, found.label, path)
    if not parts:
        return
    if not title and not position:
        yield from parts
        return
    if position:
        title = f"{title} · {position}" if title else str(position)
        inner = [part for part in parts if isinstance(part, Section)]
        if len(inner) == len(parts) == 1 and not inner[0].repeat:  # a row whose only group names it better
            title, parts = f"{position}. {inner[0].title}", inner[0].parts
    yield Section(path, title, bool(position), parts)


def _line(found: Field, path: str, source: Source) -> Line:
    value = source.answers.get(path, "")
    line = Line(path, say(source, found.label, path) or found.name, kind_of(found), shown(found, value, source),
                file=value.strip() if found.binary and value else None,
                comments=list(source.comments.get(path, ())), faults=list(source.faults.get(path, ())))
    if source.earlier is not None and source.earlier.get(path, "") != value:
        line.changed, line.old = True, shown(found, source.earlier.get(path, ""), source)
    line.asked = bool(line.values or line.changed or line.comments or line.faults)
    return line


def kind_of(found: Field) -> str:
    """How an answer is laid out."""
    if found.binary:
        return "file"
    if found.select:
        return "choice" if found.select == "one" else "many"
    return {"int": "number", "decimal": "number", "date": "date", "dateTime": "date", "geopoint": "point"}.get(found.type, "text")


def shown(found: Field, value: str, source: Source) -> list[str]:
    """An answer in words; nothing when there is none."""
    value = value.strip()
    if not value:
        return []
    if found.control == "trigger":
        return ["✓"] if value == "OK" else [value]
    if found.select:
        return [choice(found, code, source) for code in ([value] if found.select == "one" else value.split())]
    if found.type in ("int", "decimal"):
        return [words.number(value)]
    if found.type == "date":
        return [words.day(value)]
    if found.type == "dateTime":
        return [words.clock(value)]
    if found.type == "geopoint":
        return [_point(value)]
    return [value]


def choice(found: Field, code: str, source: Source) -> str:
    """The label of a choice, or its code when the list does not know it."""
    for listed in source.form.choices.get(found.choices or "", ()):
        if listed.value == code:
            return plain(source.form.say(listed.label, source.language)) or code
    return code


def _point(value: str) -> str:
    parts = value.split()
    try:
        lat, lon = float(parts[0]), float(parts[1])
        accuracy = float(parts[3]) if len(parts) > 3 else None
    except (ValueError, IndexError):
        return value
    near = f" (± {words.number(round(accuracy))} m)" if accuracy else ""
    return f"{words.number(lat, 5)}; {words.number(lon, 5)}{near}"


def say(source: Source, text: dict[str, str], path: str = "") -> str:
    """A label in the page's language, without marks; ${names} become the answers they stand for."""
    said = plain(source.form.say(text, source.language))
    return _REFERENCE.sub(lambda match: _referred(match[1], path, source), said) if "${" in said else said


def _referred(name: str, path: str, source: Source) -> str:
    found = source.form.field(name.strip())
    if found is None:
        return "…"
    at = _beside(found.path, path)
    return ", ".join(shown(found, source.answers.get(at, ""), source)) or "…"


def _beside(generic: str, path: str) -> str:
    """The path of a field in the same row of a repeat as `path`."""
    steps, near = generic.split("/"), path.split("/")
    for index, (step, other) in enumerate(zip(steps, near, strict=False)):
        if step and other.partition("[")[0] == step:
            steps[index] = other
        elif step:
            break
    return "/".join(steps)


def plain(text: str) -> str:
    """A label without markdown and tags."""
    return _MARKS.sub(lambda match: match[2] or match[3] or "", text).replace("\n", " ").strip()


def question(source: Source, path: str) -> str:
    """The question of an answer's path, with its place in a repeat; the path itself when the form does not know it."""
    found = source.form.by_path.get(generic_path(path))
    if found is None:
        return path
    said = say(source, found.label, path) or found.name
    rows = re.findall(r"\[(\d+)\]", path)
    return f"{said} ({', '.join(rows)})" if rows else said
