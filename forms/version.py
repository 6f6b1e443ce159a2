"""Writes another version into an XForm, as publishing a draft under a version demands (PROTOCOL §3 "Form")."""

from __future__ import annotations

import dataclasses

from lxml import etree

from forms.form import Form
from forms.xform import parse

# Comments and processing instructions belong to the author's bytes; only the attribute may change.
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def with_version(form: Form, version: str) -> Form:
    """Return the form under that version; its XML differs in the attribute `version` of the primary instance."""
    tree = etree.fromstring(form.xml, _PARSER).getroottree()
    primary = tree.find("./{*}head/{*}model/{*}instance/*")
    if primary is None:  # parse() accepted the form, so it has one
        raise ValueError(f"{form.xml_form_id} has no primary instance")
    primary.set("version", version)
    xml = etree.tostring(tree, xml_declaration=True, encoding="utf-8")
    return dataclasses.replace(parse(xml), warnings=form.warnings, settings={**form.settings, "version": version})
