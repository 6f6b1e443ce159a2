"""Names for OData, and another version written into an XForm (PROTOCOL §3, §4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forms.form import Form
from forms.odata import sanitised, sanitised_path
from forms.version import with_version


@pytest.mark.parametrize(("name", "clean"), [
    ("nama", "nama"), ("_nama", "_nama"), ("1a", "_1a"), ("a-b", "a_b"), ("a..b", "a_b"), ("é", "__"), ("-x", "__x"), ("", "_")])
def test_names_are_cleaned_for_odata(name: str, clean: str) -> None:
    assert sanitised(name) == clean


def test_paths_keep_their_slashes() -> None:
    assert sanitised_path("/diri.a/1c") == "/diri_a/_1c"


def test_only_the_version_changes(form_of: Callable[[str], Form]) -> None:
    form = form_of("| survey | | | |\n| | type | name | label |\n| | text | nama | Nama <é> & co |\n")
    newer = with_version(form, '2 "b" <c>')
    assert newer.version == '2 "b" <c>' and newer.xml_form_id == form.xml_form_id
    assert newer.fields == form.fields and newer.slots == form.slots and newer.settings["version"] == newer.version
    assert with_version(newer, form.version).xml == with_version(form, form.version).xml
