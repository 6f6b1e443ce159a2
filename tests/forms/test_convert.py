"""XLSForm errors reach the author with sheet, row and column; other sheets do not disturb."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.convert import convert
from forms.errors import FormError
from forms.form import Form
from forms.workbook import Workbook

BookOf = Callable[[str], Workbook]

CHOICES = """
| choices |           |      |       |
|         | list_name | name | label |
|         | l         | a    | A     |
"""

# what is wrong, survey rows (type | name | label | relevant | calculation), place
ERRORS = [
    ("an unknown type", "txt | a | A | |", ("survey", 3, "type")),
    ("no type", "| a | A | |", ("survey", 3, "type")),
    ("a name twice", "text | q | A | |", ("survey", 3, "name")),
    ("no name", "text | | A | |", ("survey", 3, "name")),
    ("a name with a space", "text | a b | A | |", ("survey", 3, "name")),
    ("no label", "text | a | | |", ("survey", 3, "label")),
    ("a reserved name", "text | meta | A | |", ("survey", 3, "name")),
    ("a group without end", "begin_group | g | G | |", ("survey", 3, "type")),
    ("an end without group", "end_group | | | |", ("survey", 3, "type")),
    ("an unknown list", "select_one zz | a | A | |", ("survey", 3, "type")),
    ("an unknown field in a label", "text | a | ${zz} | |", ("survey", 3, "label")),
    ("an unknown field in a condition", "text | a | A | ${zz} = 1 |", ("survey", 3, "relevant")),
    ("an open brace", "text | a | A | ${q = 1 |", ("survey", 3, "relevant")),
    ("a condition that is no expression", "text | a | A | concat(( |", ("survey", 3, "relevant")),
    ("a calculation that is no expression", "calculate | a | | | 1 + + )", ("survey", 3, "calculation")),
    ("a calculate without calculation", "calculate | a | | |", ("survey", 3, "calculation")),
]


@pytest.mark.parametrize(("row", "place"), [e[1:] for e in ERRORS], ids=[e[0] for e in ERRORS])
def test_a_mistake_in_the_survey_is_told_with_its_place(book_of: BookOf, row: str, place: tuple[str, int, str]) -> None:
    book = book_of(f"""
        | survey |      |      |       |          |             |
        |        | type | name | label | relevant | calculation |
        |        | text | q    | Q     |          |             |
        |        | {row} |
        {CHOICES}
    """)
    with pytest.raises(FormError) as caught:
        convert(book, "f")
    assert (caught.value.sheet, caught.value.row, caught.value.column) == place
    assert caught.value.code == "400.15"
    assert "[row" not in caught.value.message and "{'name'" not in caught.value.message


def test_the_row_counts_empty_rows_too(book_of: BookOf) -> None:
    book = Workbook(
        {"survey": [{"type": "text", "name": "a", "label": "A"}, {}, {}, {"type": "tekst", "name": "b", "label": "B"}]}
    )
    with pytest.raises(FormError) as caught:
        convert(book, "f")
    assert str(caught.value) == "survey, row 5, column type: Unknown question type 'tekst'."


def test_a_missing_label_is_told_under_the_authors_own_heading() -> None:
    survey = [{"type": "text", "name": "a", "label::Indonesia (id)": "A"}, {"type": "text", "name": "b"}]
    with pytest.raises(FormError) as caught:
        convert(Workbook({"survey": survey}), "f")
    assert (caught.value.row, caught.value.column) == (3, "label::Indonesia (id)")


OTHER_SHEETS = [
    ("a choice twice", "| | l | a | again |", ("choices", 3, "name")),
    ("a choice without name", "| | l | | nameless |", ("choices", 3, "name")),
]


@pytest.mark.parametrize(("row", "place"), [e[1:] for e in OTHER_SHEETS], ids=[e[0] for e in OTHER_SHEETS])
def test_a_mistake_in_the_choices_is_told_with_its_place(book_of: BookOf, row: str, place: tuple[str, int, str]) -> None:
    book = book_of(f"""
        | survey |              |      |       |
        |        | type         | name | label |
        |        | select_one l | q    | Q     |
        {CHOICES.rstrip()}
        {row}
    """)
    with pytest.raises(FormError) as caught:
        convert(book, "f")
    assert (caught.value.sheet, caught.value.row, caught.value.column) == place


WITHOUT = [
    ("no survey", {"choices": [{"list_name": "l", "name": "a"}], "settings": [{"form_id": "f"}]}, "noSurvey"),
    ("an empty survey", {"survey": [{}]}, "noSurvey"),
    ("no form id", {"survey": [{"type": "text", "name": "a", "label": "A"}]}, "noFormId"),
    ("a form id like a file", {"survey": [{"type": "text", "name": "a", "label": "A"}], "settings": [{"form_id": "a.xlsx"}]}, "badFormId"),
    ("groups without end", {"survey": [{"type": "begin group", "name": f"g{i}"} for i in range(2000)], "settings": [{"form_id": "f"}]}, "tooDeep"),
    ("a type column missing", {"survey": [{"tipe": "text", "name": "a"}], "settings": [{"form_id": "f"}]}, "xlsform"),
]  # fmt: skip


@pytest.mark.parametrize(("sheets", "reason"), [w[1:] for w in WITHOUT], ids=[w[0] for w in WITHOUT])
def test_a_workbook_that_is_no_form_is_refused(sheets: dict[str, list[dict[str, str]]], reason: str) -> None:
    with pytest.raises(FormError) as caught:
        convert(Workbook(sheets))
    assert caught.value.reason == reason


def test_an_instance_name_that_is_no_expression_is_told_in_the_settings() -> None:
    survey = [{"type": "text", "name": "a", "label": "A"}]
    with pytest.raises(FormError) as caught:
        convert(Workbook({"survey": survey, "settings": [{"form_id": "f", "instance_name": "concat(("}]}))
    assert (caught.value.sheet, caught.value.row, caught.value.column) == ("settings", 2, "instance_name")


def test_the_one_form_id_pyxform_cannot_take_is_told_in_the_settings() -> None:
    with pytest.raises(FormError) as caught:
        convert(Workbook({"survey": [{"type": "text", "name": "a", "label": "A"}], "settings": [{"form_id": "None"}]}))
    assert (caught.value.sheet, caught.value.row, caught.value.column) == ("settings", 2, "form_id")


def test_a_missing_column_is_told_as_the_header_row_of_its_sheet() -> None:
    with pytest.raises(FormError) as caught:
        convert(Workbook({"survey": [{"tipe": "text", "name": "a"}]}), "f")
    assert (caught.value.sheet, caught.value.row, caught.value.column) == ("survey", 1, "type")


def test_a_form_without_id_takes_the_fallback(form_of: Callable[[str], Form]) -> None:
    survey = [{"type": "text", "name": "a", "label": "A"}]
    assert convert(Workbook({"survey": survey}), "dari_berkas").xml_form_id == "dari_berkas"
    assert convert(Workbook({"survey": survey, "settings": [{"form_id": "f"}]}), "dari_berkas").xml_form_id == "f"


def test_sheets_pyxform_does_not_know_change_nothing() -> None:
    sheets = {"survey": [{"type": "text", "name": "a", "label": "A"}], "settings": [{"form_id": "f"}]}
    plain = convert(Workbook(sheets))
    extended = convert(Workbook({**sheets, "scoring": [{"kind": "rubric"}], "catatan": [{"a": "b"}]}))
    assert extended.xml == plain.xml
    assert extended.warnings == plain.warnings == ()


def test_converting_leaves_the_workbook_as_it_was() -> None:
    sheets = {"survey": [{"type": "text", "name": "a", "label": "A"}], "settings": [{"form_id": "f", "area_field": "a"}]}
    book = Workbook({name: [dict(row) for row in rows] for name, rows in sheets.items()})
    first = convert(book)
    assert book.sheets == sheets
    assert convert(book).xml == first.xml
    assert first.settings == {"form_id": "f", "area_field": "a"}


def test_warnings_of_pyxform_are_kept() -> None:
    form = convert(Workbook({"survey": [{"type": "image", "name": "foto", "label": "Foto"}]}), "f")
    assert len(form.warnings) == 1 and "max-pixels" in form.warnings[0]


def test_expressions_that_odk_allows_pass() -> None:
    survey = [
        {"type": "select_one l", "name": "a", "label": "A"},
        {"type": "calculate", "name": "b", "calculation": "jr:choice-name(${a}, '${a}')"},
        {"type": "calculate", "name": "c", "calculation": "if(1 div 2 mod 3 > .5, position(..), current()/../a)"},
        {"type": "calculate", "name": "d", "calculation": "instance('l')/root/item[name = ${a}]/label"},
        {"type": "calculate", "name": "e", "calculation": "once(random()) + ${last-saved#a}"},
    ]
    choices = [{"list_name": "l", "name": "x", "label": "X"}]
    assert convert(Workbook({"survey": survey, "choices": choices}), "f").field("e")


cells = st.sampled_from(
    ["text", "select_one l", "begin_group", "end_group", "begin repeat", "end repeat", "calculate", "a", "b", "meta", "1x",
     "${a}", "${", "concat((", "yes", "l", "image", "A | B", "\u00e9", "select_one l or_other", "audit", "acknowledge", "-"]
)  # fmt: skip
columns = st.sampled_from(
    ["type", "name", "label", "label::id", "hint", "relevant", "calculation", "required", "appearance", "list_name",
     "parameters", "choice_filter", "media::image", "repeat_count", "form_id", "version", "save_to"]
)  # fmt: skip
sheets = st.dictionaries(
    st.sampled_from(["survey", "choices", "settings", "entities", "external_choices", "osm", "scoring"]),
    st.lists(st.dictionaries(columns, cells, max_size=5), max_size=4),
)


@given(sheets=sheets)
@settings(max_examples=150, deadline=None)
def test_any_workbook_becomes_a_form_or_a_form_error(sheets: dict[str, list[dict[str, str]]]) -> None:
    sheets = {**sheets, "survey": [{"type": "text", "name": "depan", "label": "Depan"}, *sheets.get("survey", [])]}
    try:
        assert convert(Workbook(sheets), "f").xml_form_id
    except FormError as error:
        assert error.message
