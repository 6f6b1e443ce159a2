"""One form version beside another."""

from collections.abc import Callable

from forms.compare import TypeChange, removed, type_changes
from forms.convert import parse
from forms.form import Form
from forms.versions import with_version

FormOf = Callable[[str], Form]

OLD = """
| survey |         |       |       |
|        | type    | name  | label |
|        | integer | kader | Kader |
|        | date    | tgl   | Tgl   |
|        | text    | nama  | Nama  |
|        | text    | lama  | Lama  |
"""
NEW = """
| survey |             |       |       |
|        | type        | name  | label |
|        | decimal     | kader | Kader |
|        | text        | tgl   | Tgl   |
|        | begin_group | nama  | Nama  |
|        | text        | lama  | Lama  |
|        | end_group   |       |       |
|        | text        | baru  | Baru  |
"""


def test_only_the_change_to_string_is_harmless(form_of: FormOf) -> None:
    old, new = form_of(OLD), form_of(NEW)
    assert type_changes(old, new) == [TypeChange("/kader", "int", "decimal"), TypeChange("/nama", "string", "structure")]
    assert type_changes(old, old) == []


def test_a_field_that_moved_counts_as_removed(form_of: FormOf) -> None:
    old, new = form_of(OLD), form_of(NEW)
    assert removed(old, new) == ["lama"]
    assert removed(new, old) == ["lama", "baru"]


def test_a_version_is_written_into_the_xml_and_nothing_else_changes(form_of: FormOf) -> None:
    form = form_of(OLD)
    again = parse(with_version(form, 'v<2> & "3"'))
    assert again.version == 'v<2> & "3"'
    assert (again.fields, again.title, again.xml_form_id) == (form.fields, form.title, form.xml_form_id)
    assert parse(with_version(again, form.version)).version == form.version == "1"
