"""The files that must travel with a form (PROTOCOL §3 "Slots")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from forms.form import Slot
from forms.xmlsafe import local

_ITEXT_TYPES = {"image": "image", "big-image": "image", "audio": "audio", "video": "video"}
_JR_FOLDERS = {"images": "image", "image": "image", "audio": "audio", "video": "video"}
_SEARCH = re.compile(r"""(?:^|\s)search\(\s*["']([^"']+)["']""")
_JR = re.compile(r"jr://(?P<folder>[\w-]+)/(?P<name>.+)\Z", re.DOTALL)


def slots(model: Any, primary: Any, body: Any) -> tuple[Slot, ...]:
    """Return the slots in the order of the document; of two with the same name the first stays."""
    found: dict[str, Slot] = {}
    sources = (_instances(model), _texts(model), _defaults(primary), _controls(body))
    for slot in (slot for source in sources for slot in source):
        found.setdefault(slot.name, slot)
    return tuple(found.values())


def _instances(model: Any) -> Iterator[Slot]:
    for instance in model:
        source = _JR.match((instance.get("src") or "").strip()) if local(instance.tag) == "instance" else None
        if source and source["folder"].startswith("file"):
            yield Slot(source["name"], "file")


def _texts(model: Any) -> Iterator[Slot]:
    for value in model.iterfind("{*}itext/{*}translation/{*}text/{*}value"):
        kind = _ITEXT_TYPES.get(value.get("form", ""))
        name = "".join(value.itertext()).strip()
        if kind and name:
            source = _JR.match(name)
            yield Slot(source["name"] if source else name, kind)


def _defaults(primary: Any) -> Iterator[Slot]:
    for node in primary.iter():
        source = _JR.match((node.text or "").strip()) if not len(node) else None
        if source and source["folder"] in _JR_FOLDERS:
            yield Slot(source["name"], _JR_FOLDERS[source["folder"]])


def _controls(body: Any) -> Iterator[Slot]:
    for element in body.iter() if body is not None else ():
        for search in _SEARCH.finditer(element.get("appearance", "")):
            name = search.group(1)
            yield Slot(name if name.lower().endswith(".csv") else name + ".csv", "file")
        if local(element.tag) == "input" and element.get("query"):
            yield Slot("itemsets.csv", "file")
