"""The answers of an instance as flat text by path (DESIGN §3 "Data": the flat JSON beside the XML)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from forms.form import Form
from forms.instance import Instance

Answers = dict[str, str]
"""Text by path in document order. "/poktan[2]/ada": the second poktan; "/poktan[2]" itself is "" and says
that the instance exists. Answers not given are not there."""

_POSITION = re.compile(r"\[\d+\]")


def flatten(instance: Instance, form: Form) -> Answers:
    """Return every answer under its path, values exactly as in the XML.

    Repeats of the form carry positions from 1, even a single one. So does any other element that stands
    several times beside its like, known to the form or not: nothing is lost, `check` reports it.
    Text of blanks only counts as no answer. Attributes are no answers.
    """
    answers: Answers = {}
    repeats = form.repeats
    # An explicit stack: the depth of a document must never be the depth of Python's own stack.
    stack: list[tuple[Any, str, str]] = [(instance.root, "", "")]
    while stack:
        element, generic, path = stack.pop()
        children = element[:]
        text = element.text
        if not children:
            if text and not text.isspace():
                answers[path or "/"] = text
            elif generic in repeats or path.endswith("]"):
                answers[path] = ""
            continue
        loose = (text or "") + "".join([child.tail or "" for child in children])
        if not loose.isspace() and loose:
            answers[path or "/"] = loose
        elif path.endswith("]"):
            answers[path] = ""
        _push(stack, children, generic, path, repeats)
    return answers


def _push(stack: list[tuple[Any, str, str]], children: list[Any], generic: str, path: str, repeats: Any) -> None:
    tags = [child.tag for child in children]
    names = [tag[tag.find("}") + 1 :] for tag in tags]
    several = Counter(names) if len(set(names)) < len(names) else {}
    counts: dict[str, int] = {}
    entries = []
    for child, name in zip(children, names, strict=True):
        below = f"{generic}/{name}"
        if below in repeats or several.get(name, 1) > 1:
            counts[name] = position = counts.get(name, 0) + 1
            entries.append((child, below, f"{path}/{name}[{position}]"))
        else:
            entries.append((child, below, f"{path}/{name}"))
    entries.reverse()
    stack.extend(entries)


def generic_path(path: str) -> str:
    """Return the form's path of an answer's path: "/poktan[2]/ada" gives "/poktan/ada"."""
    return _POSITION.sub("", path) if "[" in path else path


def attachment_names(answers: Mapping[str, str], form: Form) -> list[str]:
    """Return the distinct file names that binary fields and meta/audit hold, in document order.

    Spaces around a name are not part of it: pretty-printed XML must still find its files.
    """
    names: dict[str, None] = {}
    for path, value in answers.items():
        generic = generic_path(path)
        known = form.by_path.get(generic)
        names_file = known.binary if known is not None else generic == "/meta/audit"
        if names_file and (name := value.strip()):
            names[name] = None
    return list(names)
