"""An instance written from answers: the inverse of `flatten`, for demo data and tests (ODK XForms spec, "instance")."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from lxml import etree

from forms import xmlsafe
from forms.errors import InstanceError
from forms.form import Form
from forms.xform import MAX_BYTES, MAX_TAGS
from forms.xmlsafe import local

_TEMPLATE = "{http://openrosa.org/javarosa}template"


def compose(form: Form, answers: Mapping[str, str], *, instance_id: str, deprecated_id: str | None = None) -> bytes:
    """Return the XML of an instance that holds exactly these answers, laid out as the form lays them out.

    Paths are those of `flatten`; a field without an answer is left out, as an irrelevant one is. Raises
    InstanceError (unknownPath) for a path the form does not have.
    """
    primary = _primary(form)
    root = etree.Element(primary.tag, nsmap=primary.nsmap)
    root.set("id", form.xml_form_id)
    if form.version:
        root.set("version", form.version)
    wanted = {**answers, "/meta/instanceID": instance_id}
    if deprecated_id:
        wanted["/meta/deprecatedID"] = deprecated_id
    written = _fill(root, primary, "", wanted)
    unknown = [path for path in wanted if path not in written]
    if unknown:
        raise InstanceError("unknownPath", f"The form {form.xml_form_id} has no field {unknown[0]}.")
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _primary(form: Form) -> Any:
    root = xmlsafe.parse(form.xml, MAX_BYTES, MAX_TAGS)
    model = next(element for element in root.iter() if local(element.tag) == "model")
    return next(element for element in model if local(element.tag) == "instance")[0]


def _fill(target: Any, template: Any, path: str, wanted: Mapping[str, str]) -> set[str]:
    """Write what lies below `path`; return the paths that were written."""
    written: set[str] = set()
    done: set[str] = set()
    for child in _layout(template, path):
        name = local(child.tag)
        if name in done:  # a repeat stands twice in a form: its template and its first instance
            continue
        done.add(name)
        one = f"{path}/{name}"
        number = 1
        while _holds(wanted, counted := f"{one}[{number}]"):
            written |= _write(target, child, counted, wanted)
            number += 1
        if number == 1 and _holds(wanted, one):
            written |= _write(target, child, one, wanted)
    return written


def _layout(template: Any, path: str) -> list[Any]:
    """The children of a node; meta may also hold a deprecatedID, which no form declares."""
    children = list(template)
    if path == "/meta":
        old = copy.copy(next(child for child in children if local(child.tag) == "instanceID"))
        old.tag = old.tag.replace("instanceID", "deprecatedID")
        children.append(old)
    return children


def _holds(wanted: Mapping[str, str], path: str) -> bool:
    return path in wanted or any(key.startswith(path + "/") for key in wanted)


def _write(target: Any, template: Any, path: str, wanted: Mapping[str, str]) -> set[str]:
    element = etree.SubElement(target, template.tag)
    for name, value in template.attrib.items():
        if name != _TEMPLATE:
            element.set(name, value)
    if len(template):
        return _fill(element, template, path, wanted) | ({path} if path in wanted else set())
    if path not in wanted:
        return set()
    element.text = wanted[path]
    return {path}
