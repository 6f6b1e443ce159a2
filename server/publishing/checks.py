"""What a new definition may not do to the published ones, and what its author should be warned of (PROTOCOL §3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from forms.form import Form
from server.problems import Problem


def refuse_changed_types(form: Form, published: Iterable[Form]) -> None:
    """Raise 400.17 when a path had another type in a published version (newest first); text takes anything."""
    for path, (kind, version) in _known_types(published).items():
        found = form.by_path.get(path)
        if found is not None and found.type not in (kind, "string"):
            raise Problem("400.17", path=path, old=kind, new=found.type, type=kind, version=version)


def _known_types(published: Iterable[Form]) -> dict[str, tuple[str, str]]:
    known: dict[str, tuple[str, str]] = {}
    for form in published:
        for path, found in form.by_path.items():
            known.setdefault(path, (found.type, form.version))
    return known


def warn(form: Form, current: Form | None, *, id_in_trash: bool = False) -> None:
    """Raise 400.16 with what pyxform and the change itself give reason to check."""
    workflow: list[dict[str, Any]] = []
    if id_in_trash:
        workflow.append({"type": "deletedFormExists", "details": {"xmlFormId": form.xml_form_id}})
    if gone := _gone(form, current):
        workflow.append({"type": "structureChanged", "details": gone})
    if form.warnings or workflow:
        raise Problem("400.16", warnings={"xlsFormWarnings": list(form.warnings), "workflowWarnings": workflow})


def _gone(form: Form, current: Form | None) -> list[str]:
    """Names of the questions that the published version has and this one lacks."""
    if current is None:
        return []
    return [found.name for path, found in current.by_path.items() if path not in form.by_path]
