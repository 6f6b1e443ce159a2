"""Asks the published XForm itself which answers may be there: relevance, constraints and required, by lxml's XPath."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from lxml import etree

from forms import Form
from forms.answers import generic_path

XF = "{http://www.w3.org/2002/xforms}"


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, etree._Element):
        return value.text or ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _days(value: Any) -> float:
    text = _text(value)
    return float(date.fromisoformat(text).toordinal()) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else float(text or "nan")


FUNCTIONS = {
    "selected": lambda _, of, value: _text(value) in _text(of).split(),
    "count-selected": lambda _, of: float(len(_text(of).split())),
    "coalesce": lambda _, first, other: _text(first) or _text(other),
    "if": lambda _, condition, then, other: then if condition else other,
    "regex": lambda _, value, pattern: re.search(_text(pattern), _text(value)) is not None,
    "date": lambda _, value: _days(value),
    "today": lambda _: float(date(2026, 11, 24).toordinal()),
    "decimal-date-time": lambda _, value: _days(value),
    "selected-at": lambda _, of, at: (_text(of).split() + [""] * 9)[int(at)],
}
_names = etree.FunctionNamespace(None)
for _name, _function in FUNCTIONS.items():
    _names[_name] = _function


class Logic:
    """The binds of a form."""

    def __init__(self, form: Form) -> None:
        self.form = form
        tree = etree.fromstring(form.xml)
        self.binds = {bind.get("nodeset"): bind for bind in tree.iter(f"{XF}bind")}

    def faults(self, xml: bytes) -> list[str]:
        """What no phone would have let pass: answers that are not asked, break a constraint, or are missing."""
        root = etree.fromstring(xml)
        for element in root.iter():
            element.tag = etree.QName(element).localname
        self._days(root)
        self._blanks(root)
        return [*self._wrong(root), *self._absent(root)]

    def _blanks(self, root: Any) -> None:
        """The model of a phone also holds every question that has no answer; XPath sees a blank, not nothing."""
        for path in self.form.by_path:
            group, _, name = path.rpartition("/")
            for place in [element for element in root.iter() if _path(element) == group]:
                if place.find(name) is None and path not in self.form.repeats:
                    etree.SubElement(place, name)

    def _days(self, root: Any) -> None:
        for element in root.iter():
            found = self.form.by_path.get(_path(element))
            if found is not None and found.type == "date" and element.text:
                element.text = str(date.fromisoformat(element.text).toordinal())

    def _wrong(self, root: Any) -> Iterator[str]:
        for element, bind in self._bound(root):
            answered = any(part.text for part in element.iter())
            if answered and bind.get("relevant") and not self._ask(element, bind.get("relevant")):
                yield f"{_path(element)} is answered but not asked"
            if element.text and bind.get("constraint") and not self._ask(element, bind.get("constraint")):
                yield f"{_path(element)} = {element.text} breaks its constraint"

    def _absent(self, root: Any) -> Iterator[str]:
        """Required questions that are asked, as are all groups around them, and have no answer."""
        for element, bind in self._bound(root):
            if bind.get("required") and not element.text and self._asked(element) and self._ask(element, bind.get("required")):
                yield f"{_path(element)} is required but missing"

    def _bound(self, root: Any) -> Iterator[tuple[Any, Any]]:
        for element in root.iter():
            bind = self.binds.get(f"/{root.tag}{_path(element)}")
            if bind is not None and element is not root:
                yield element, bind

    def _asked(self, element: Any) -> bool:
        around = [element, *element.iterancestors()]
        return all(self._ask(one, bind.get("relevant")) for one in around
                   if (bind := self.binds.get(f"/{around[-1].tag}{_path(one)}")) is not None and bind.get("relevant"))

    def _ask(self, element: Any, expression: str) -> bool:
        plain = expression.replace("current()/", "")
        return bool(element.xpath(f"boolean({plain})"))


def _path(element: Any) -> str:
    steps = []
    while element.getparent() is not None:
        steps.append(element.tag)
        element = element.getparent()
    return generic_path("/" + "/".join(reversed(steps))) if steps else ""
