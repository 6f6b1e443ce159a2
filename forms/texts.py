"""Texts of an XForm by language: itext translations and plain labels (ODK XForms spec "Languages")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from forms.fields import Text
from forms.xmlsafe import local

_ITEXT = re.compile(r"""jr:itext\(\s*["'](.*)["']\s*\)\s*\Z""", re.DOTALL)
_MISSING = "-"  # what pyxform writes where the author gave no translation


@dataclass(slots=True)
class Texts:
    """All translations of a form; `languages` is empty when the form has none ("default" is no language)."""

    languages: tuple[str, ...]
    default: str
    translations: dict[str, dict[str, str]]  # language -> text id -> text

    @classmethod
    def read(cls, model: Any) -> Texts:
        found: dict[str, dict[str, str]] = {}
        default = ""
        for translation in model.iterfind("{*}itext/{*}translation"):
            language = translation.get("lang", "")
            default = language if translation.get("default") else default
            found[language] = {t.get("id", ""): _plain_value(t) for t in translation if local(t.tag) == "text"}
        if list(found) in ([], ["default"], [""]):
            return cls((), "", {"": next(iter(found.values()), {})})
        return cls(tuple(found), default or next(iter(found)), found)

    def by_id(self, text_id: str) -> Text:
        """Return that text in every language that has it."""
        said = {language: texts.get(text_id, "") for language, texts in self.translations.items()}
        return {language: text for language, text in said.items() if text and text != _MISSING}

    def plain(self, text: str) -> Text:
        """Return a text that is not translated under the form's default language ("" if it has none)."""
        return {self.default: text} if text and text != _MISSING else {}

    def of(self, element: Any) -> Text:
        """Return what a <label> or <hint> says."""
        if element is None:
            return {}
        reference = _ITEXT.match(element.get("ref", "").strip())
        return self.by_id(reference.group(1)) if reference else self.plain(written(element))


def _plain_value(text: Any) -> str:
    """Return the value to be read; image, audio, video and guidance are other forms of it."""
    values = {value.get("form", ""): value for value in reversed(text) if local(value.tag) == "value"}
    shown = next((values[form] for form in ("", "long", "short") if form in values), None)
    return written(shown) if shown is not None else ""


def written(element: Any) -> str:
    """Return the text of an element with each <output> as the author wrote it: ${name}."""
    parts = [element.text or ""]
    for child in element:
        if local(child.tag) == "output":
            expression = str(child.get("value", "")).strip()
            name = expression.rpartition("/")[2]
            parts.append("${" + name + "}" if re.fullmatch(r"[\w.-]+", name) else "${" + expression + "}")
        else:
            parts.append("".join(child.itertext()))
        parts.append(child.tail or "")
    return "".join(parts).strip()
