"""What does not fit the form, and what was refused, in the page's language (forms.check, PROTOCOL §7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _


def fault(disagreement: Mapping[str, Any]) -> str:
    """A disagreement between a submission and its form in words; the recorded sentence for a code without words."""
    said = {
        "otherForm": _("This belongs to another form."),
        "versionDiffers": _("Filled with another version of the form."),
        "unknownField": _("The form has no such question: %(path)s", path=disagreement.get("path", "")),
        "notARepeat": _("Answered several times, but the form asks once."),
        "textInGroup": _("Text stands where the form has a group."),
        "wrongType": _("The answer is not of the kind that the question asks for."),
        "notInList": _("The answer is not in the list of choices."),
        "missingRequired": _("Required, but not answered."),
        "unknownArea": _("This village code is not in the list of villages."),
        "otherArea": _("This village lies outside the area of the worker who sent it."),
        "more": _("There are more disagreements than can be listed."),
    }
    return str(said.get(str(disagreement.get("code")), disagreement.get("message", "")))
