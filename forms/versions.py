"""The version of a form as its XML states it (PROTOCOL §3: `draft/publish?version=`)."""

from __future__ import annotations

from lxml import etree

from forms.form import Form
from forms.xform import form_tree, primary_instance


def with_version(form: Form, version: str) -> bytes:
    """Return the form's XML with another version written into it; its hash changes with it."""
    root = form_tree(form.xml)
    primary_instance(root).set("version", version)
    return b'<?xml version="1.0"?>\n' + etree.tostring(root, encoding="utf-8")
