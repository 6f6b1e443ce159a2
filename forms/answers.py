"""The answers of an instance as flat text by path (DESIGN §3 "Data": the flat JSON beside the XML)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from forms.form import Form
from forms.instance import Instance

Answers = dict[str, str]
"""Text by path in document order. "/poktan[2]/ada": the second poktan; "/poktan[2]" itself is "" and says
that the instance exists. Answers not given are not there."""

_Node = tuple[Any, str, str, bool]
_POSITION = re.compile(r"\[\d+\]")


def flatten(instance: Instance, form: Form) -> Answers:
    """Return every answer under its path, values exactly as in the XML.

    Repeats of the form carry positions from 1, even a single one. So does any other element that stands
    several times beside its like, known to the form or not: nothing is lost, `check` reports it.
    Text of blanks only counts as no answer. Attributes are no answers.
    """
    answers: Answers = {}
    repeats = form.repeats
    if (said := instance.root.text) and not said.isspace():
        answers["/"] = said
    # An explicit stack: the depth of a document must never be the depth of Python's own stack.
    stack = [_children(instance.root, "", "", repeats)]
    while stack:
        for element, generic, path, counted in stack[-1]:
            text = element.text
            if text and not text.isspace():
                answers[path] = text
            elif counted:
                answers[path] = ""
            if (loose := element.tail) and not loose.isspace():  # text between elements, in no real form
                above = path.rpartition("/")[0] or "/"
                answers[above] = answers.get(above, "") + loose
            if len(element):
                stack.append(_children(element, generic, path, repeats))
                break
        else:
            stack.pop()
    return answers


def _children(element: Any, generic: str, path: str, repeats: frozenset[str]) -> Iterator[_Node]:
    """Yield (element, path in the form, path in the answers, whether that has a position) of each child."""
    children = list(element)
    tags = [child.tag for child in children]
    names = [tag[tag.find("}") + 1 :] if "}" in tag else tag for tag in tags]
    several = Counter(names) if len(set(names)) < len(names) else {}
    counts: dict[str, int] = {}
    generic, path = generic + "/", path + "/"
    for child, name in zip(children, names, strict=True):
        below = generic + name
        if below in repeats or (several and several[name] > 1):
            counts[name] = counts.get(name, 0) + 1
            yield child, below, f"{path}{name}[{counts[name]}]", True
        else:
            yield child, below, path + name, False


def generic_path(path: str) -> str:
    """Return the form's path of an answer's path: "/poktan[2]/ada" gives "/poktan/ada"."""
    return _POSITION.sub("", path) if "[" in path else path


def attachment_names(answers: Mapping[str, str], form: Form) -> list[str]:
    """Return the distinct file names that binary fields and meta/audit hold, in document order.

    Spaces around a name are not part of it: pretty-printed XML must still find its files.
    """
    named = form.derived.get("files") or form.derived.setdefault(
        "files", frozenset(path for path, known in form.by_path.items() if known.binary) | {"/meta/audit"} - form.by_path.keys())
    names: dict[str, None] = {}
    for path, value in answers.items():
        if (path in named or ("[" in path and generic_path(path) in named)) and (name := value.strip()):
            names[name] = None
    return list(names)
