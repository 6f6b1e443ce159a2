"""The field tree of small forms (PROTOCOL §3 "fields")."""

import json
from collections.abc import Callable

import pytest

from forms.errors import FormError
from forms.fields import walk
from forms.form import Form, from_json, to_json

FormOf = Callable[[str], Form]

POKTAN = """
| survey  |                   |           |                        |                      |               |
|         | type              | name      | label::Indonesia (id)  | label::English (en)  | choice_filter |
|         | begin_group       | identitas | Identitas              | Identity             |               |
|         | select_one kec    | kecamatan | Kecamatan              | Subdistrict          |               |
|         | select_one desa   | desa      | Desa di ${kecamatan}   | Village              | kec=${kecamatan} |
|         | end_group         |           |                        |                      |               |
|         | begin_repeat      | poktan    | Poktan                 | Group                |               |
|         | text              | nama      | Nama                   | Name                 |               |
|         | begin_repeat      | kader     | Kader                  | Volunteer            |               |
|         | image             | foto      | Foto                   | Photo                |               |
|         | end_repeat        |           |                        |                      |               |
|         | end_repeat        |           |                        |                      |               |
| choices |                   |           |                        |                      |               |
|         | list_name         | name      | label::Indonesia (id)  | label::English (en)  | kec           |
|         | kec               | 19.06.01  | Manggar                | Manggar              |               |
|         | desa              | 19.06.01.2001 | Padang             | Padang village       | 19.06.01      |
| settings |                  |           |                        |                      |               |
|         | form_id           | version   | default_language       | area_field           |               |
|         | kunjungan         | 7         | Indonesia (id)         | desa                 |               |
"""


def test_fields_stand_in_form_order_with_their_types(form_of: FormOf) -> None:
    assert [(f.path, f.type) for f in walk(form_of(POKTAN).fields)] == [
        ("/identitas", "structure"),
        ("/identitas/kecamatan", "string"),
        ("/identitas/desa", "string"),
        ("/poktan", "repeat"),
        ("/poktan/nama", "string"),
        ("/poktan/kader", "repeat"),
        ("/poktan/kader/foto", "binary"),
        ("/meta", "structure"),
        ("/meta/instanceID", "string"),
    ]


def test_labels_come_per_language_and_name_the_fields_they_quote(form_of: FormOf) -> None:
    form = form_of(POKTAN)
    desa = form.field("desa")
    assert desa is not None
    assert desa.label == {"Indonesia (id)": "Desa di ${kecamatan}", "English (en)": "Village"}
    assert form.languages == ("Indonesia (id)", "English (en)")
    assert form.default_language == "Indonesia (id)"
    assert form.say(desa.label, "en") == "Village"
    assert form.say(desa.label, "fr") == "Desa di ${kecamatan}"


def test_a_label_that_was_not_translated_is_absent_rather_than_a_dash(form_of: FormOf) -> None:
    form = form_of("""
        | survey |      |      |                       |                     |
        |        | type | name | label::Indonesia (id) | label::English (en) |
        |        | text | a    | Nama                  |                     |
        |        | text | b    | Umur                  | Age                 |
    """)
    a = form.field("a")
    assert a is not None and a.label == {"Indonesia (id)": "Nama"}
    assert form.say(a.label, "English (en)") == "Nama"


def test_a_form_without_languages_has_labels_under_the_empty_name(form_of: FormOf) -> None:
    form = form_of("""
        | survey |                       |      |       |
        |        | type                  | name | label |
        |        | select_one ya_tidak   | ada  | Ada?  |
        | choices |                      |      |       |
        |        | list_name             | name | label |
        |        | ya_tidak              | ya   | Ya    |
    """)
    ada = form.field("ada")
    assert ada is not None and ada.label == {"": "Ada?"}
    assert form.languages == () and form.default_language == ""
    assert [c.label for c in form.choices["ya_tidak"]] == [{"": "Ya"}]


def test_choices_keep_the_further_columns_of_their_sheet(form_of: FormOf) -> None:
    form = form_of(POKTAN)
    desa = form.field("/identitas/desa")
    assert desa is not None and (desa.select, desa.choices) == ("one", "desa")
    (padang,) = form.choices["desa"]
    assert padang.value == "19.06.01.2001"
    assert padang.label == {"Indonesia (id)": "Padang", "English (en)": "Padang village"}
    assert padang.columns == {"kec": "19.06.01"}


def test_a_form_survives_its_way_through_json(form_of: FormOf) -> None:
    form = form_of(POKTAN)
    assert from_json(json.loads(json.dumps(to_json(form))), form.xml) == form
    assert form.settings["area_field"] == "desa"


KINDS = [
    # type, further columns, expected (type, select, binary, media, control)
    ("text", "", ("string", None, False, "", "input")),
    ("integer", "", ("int", None, False, "", "input")),
    ("decimal", "", ("decimal", None, False, "", "input")),
    ("date", "", ("date", None, False, "", "input")),
    ("time", "", ("time", None, False, "", "input")),
    ("datetime", "", ("dateTime", None, False, "", "input")),
    ("geopoint", "", ("geopoint", None, False, "", "input")),
    ("geotrace", "", ("geotrace", None, False, "", "input")),
    ("geoshape", "", ("geoshape", None, False, "", "input")),
    ("barcode", "", ("barcode", None, False, "", "input")),
    ("image", "", ("binary", None, True, "image", "upload")),
    ("audio", "", ("binary", None, True, "audio", "upload")),
    ("video", "", ("binary", None, True, "video", "upload")),
    ("file", "", ("binary", None, True, "file", "upload")),
    ("acknowledge", "", ("string", None, False, "", "trigger")),
    ("note", "", ("string", None, False, "", "input")),
    ("range", "", ("int", None, False, "", "range")),
    ("select_one l", "", ("string", "one", False, "", "select1")),
    ("select_multiple l", "", ("string", "many", False, "", "select")),
    ("rank l", "", ("string", "rank", False, "", "rank")),
    ("select_one_from_file desa.csv", "", ("string", "one", False, "", "select1")),
]


@pytest.mark.parametrize(("kind", "column", "expected"), KINDS, ids=[k[0] for k in KINDS])
def test_every_question_type_becomes_its_field_type(
    form_of: FormOf, kind: str, column: str, expected: tuple[object, ...]
) -> None:
    form = form_of(f"""
        | survey  |           |      |       |
        |         | type      | name | label |
        |         | {kind}    | q    | Q     |
        | choices |           |      |       |
        |         | list_name | name | label |
        |         | l         | a    | A     |
    """)
    q = form.field("q")
    assert q is not None
    assert (q.type, q.select, q.binary, q.media, q.control) == expected


def test_an_error_of_pyxform_reaches_the_author_with_its_place(form_of: FormOf) -> None:
    with pytest.raises(FormError) as caught:
        form_of("""
            | survey |                  |      |       |
            |        | type             | name | label |
            |        | text             | a    | A     |
            |        | select_one tak_ada | b  | B     |
            | choices |  |  |  |
            |  | list_name | name | label |
            |  | l | a | A |
        """)
    assert (caught.value.sheet, caught.value.row) == ("survey", 3)
    assert "tak_ada" in caught.value.message
