"""A form version: the bytes phones download and everything we know about them (PROTOCOL §3 "Form")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from forms.fields import Choice, Field, Text, walk


@dataclass(frozen=True, slots=True)
class Slot:
    """A file that must travel with the form; `type` is image, audio, video or file."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Form:
    """One form version.

    `xml` are the exact bytes whose MD5 phones compare: they are stored, never written anew.
    `settings` is the settings sheet, with our own area_field, period_field and kind_field (field names).
    """

    xml_form_id: str
    version: str
    title: str
    xml: bytes
    fields: tuple[Field, ...]
    choices: dict[str, tuple[Choice, ...]]
    languages: tuple[str, ...]
    default_language: str
    slots: tuple[Slot, ...] = ()
    warnings: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    by_path: dict[str, Field] = field(init=False, repr=False, compare=False)
    by_name: dict[str, Field] = field(init=False, repr=False, compare=False)  # the first of that name
    repeats: frozenset[str] = field(init=False, repr=False, compare=False)
    values: dict[str, frozenset[str]] = field(init=False, repr=False, compare=False)  # of each choice list
    needed: tuple[str, ...] = field(init=False, repr=False, compare=False)  # paths always to be answered
    # What readers of instances derive once from the form: by the name of what they derive.
    derived: dict[str, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        by_path = {found.path: found for found in walk(self.fields)}
        by_name: dict[str, Field] = {}
        for found in by_path.values():
            by_name.setdefault(found.name, found)
        values = {name: frozenset(c.value for c in listed) for name, listed in self.choices.items()}
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "needed", tuple(_needed(self.fields)))
        object.__setattr__(self, "by_path", by_path)
        object.__setattr__(self, "by_name", by_name)
        object.__setattr__(self, "repeats", frozenset(f.path for f in by_path.values() if f.type == "repeat"))

    def field(self, name_or_path: str) -> Field | None:
        """Return the field of that path ("/identitas/desa") or, without a slash, the first of that name."""
        found = self.by_path if name_or_path.startswith("/") else self.by_name
        return found.get(name_or_path)

    def say(self, text: Text, language: str = "") -> str:
        """Return `text` in `language` ("English (en)" or just "en"), else in the default, else in any."""
        for name in text:
            if language and (name == language or name.endswith(f"({language})")):
                return text[name]
        return text.get(self.default_language) or next((words for words in text.values() if words), "")


def _needed(fields: tuple[Field, ...]) -> Iterator[str]:
    """Yield the fields required without condition, with no condition on any group around them."""
    for found in fields:
        if not found.relevant:
            if found.required_if == "true()":
                yield found.path
            yield from _needed(found.children)


def to_json(form: Form) -> dict[str, Any]:
    """Return everything but the XML as plain JSON values, for a database column."""
    return {
        "xmlFormId": form.xml_form_id,
        "version": form.version,
        "title": form.title,
        "fields": [_field_out(child) for child in form.fields],
        "choices": {
            name: [{"value": c.value, "label": c.label, "columns": c.columns} for c in listed]
            for name, listed in form.choices.items()
        },
        "languages": list(form.languages),
        "defaultLanguage": form.default_language,
        "slots": [{"name": slot.name, "type": slot.type} for slot in form.slots],
        "warnings": list(form.warnings),
        "settings": dict(form.settings),
    }


def from_json(stored: Mapping[str, Any], xml: bytes) -> Form:
    """Return the form that `to_json` wrote; `xml` are its stored bytes."""
    return Form(
        xml_form_id=stored["xmlFormId"],
        version=stored["version"],
        title=stored["title"],
        xml=xml,
        fields=tuple(_field_in(child) for child in stored["fields"]),
        choices={name: tuple(Choice(**c) for c in listed) for name, listed in stored["choices"].items()},
        languages=tuple(stored["languages"]),
        default_language=stored["defaultLanguage"],
        slots=tuple(Slot(**slot) for slot in stored["slots"]),
        warnings=tuple(stored["warnings"]),
        settings=dict(stored["settings"]),
    )


_PLAIN = tuple(f.name for f in fields(Field) if f.name != "children")
_EMPTY: dict[str, Any] = {
    "label": {}, "hint": {}, "select": None, "choices": None, "binary": False, "required": False,
    "appearance": "", "saveto": None, "control": "", "media": "", "relevant": "", "required_if": "",
    "calculate": "", "readonly": False,
}  # fmt: skip


def _field_out(found: Field) -> dict[str, Any]:
    # Most attributes of most fields are empty; leaving those out makes the stored column a third as long.
    values = {name: getattr(found, name) for name in _PLAIN}
    kept: dict[str, Any] = {n: v for n, v in values.items() if n not in _EMPTY or v != _EMPTY[n]}
    if found.children:
        kept["children"] = [_field_out(child) for child in found.children]
    return kept


def _field_in(stored: Mapping[str, Any]) -> Field:
    children = tuple(_field_in(child) for child in stored.get("children", ()))
    return Field(**{**_EMPTY, "label": {}, "hint": {}, **stored, "children": children})
