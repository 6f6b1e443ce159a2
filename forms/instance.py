"""One filled form as XML, read within bounds (PROTOCOL §2.6; OpenRosa metadata)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from forms import xmlsafe
from forms.errors import InstanceError
from forms.xmlsafe import local

MAX_BYTES = 10 << 20
MAX_TAGS = 250_000  # read and flattened in half a second; 1,000 repeats of 100 questions have 200,000
MAX_PATHS = 16 << 20  # letters of all paths together: each leaf repeats the names of all levels above it
SMALL = 20_000  # in so few bytes no document reaches MAX_PATHS
MAX_ID = 255


@dataclass(frozen=True, slots=True)
class Instance:
    """What identifies an instance; `xml` are its exact bytes, `root` the lxml element they parse to."""

    xml_form_id: str
    version: str
    instance_id: str | None
    deprecated_id: str | None
    instance_name: str | None
    xml: bytes = field(repr=False)
    root: Any = field(repr=False, compare=False)


def read(xml: bytes, limit: int = MAX_BYTES) -> Instance:
    """Return the instance in `xml`. Namespaces and prefixes are ignored; a missing version is "".

    Raises InstanceError and nothing else: reasons tooLarge, encoding, nul, doctype, tooDeep, notXml,
    noFormId (code 400.2) and idTooLong (400.13).
    """
    try:
        root = xmlsafe.parse(xml, limit, MAX_TAGS)
    except xmlsafe.XmlError as error:
        raise InstanceError(error.reason, error.message) from error
    if len(xml) > SMALL and _path_letters(root) > MAX_PATHS:
        raise InstanceError("tooLarge", "The XML nests long names around very many answers.")
    attributes = {local(name): value for name, value in root.attrib.items()} | dict(root.attrib)
    form_id = attributes.get("id", "").strip()
    if not form_id:
        raise InstanceError("noFormId", "The XML does not say which form it belongs to: its root has no id.")
    meta = _meta(root)
    return Instance(
        xml_form_id=form_id,
        version=attributes.get("version", ""),
        instance_id=_bounded(meta.get("instanceID"), "instanceID"),
        deprecated_id=_bounded(meta.get("deprecatedID"), "deprecatedID"),
        instance_name=meta.get("instanceName"),
        xml=xml,
        root=root,
    )


def _path_letters(root: Any) -> int:
    """Return how many letters the paths of all elements have together: what flat answers would hold."""
    total = current = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        size = len(local(element.tag)) + 1
        if event == "start":
            current += size
            total += current
        else:
            current -= size
    return total


def _meta(root: Any) -> dict[str, str]:
    """Return the non-empty texts of the meta group; should there be two, the first to say a thing wins."""
    said: dict[str, str] = {}
    for group in root:
        if local(group.tag) == "meta":
            for child in group:
                if text := (child.text or "").strip():
                    said.setdefault(local(child.tag), text)
    return said


def _bounded(value: str | None, name: str) -> str | None:
    if value is not None and len(value) > MAX_ID:
        raise InstanceError("idTooLong", f"The {name} is longer than {MAX_ID} characters.", "400.13")
    return value
