"""Columns of CSV, safe cells and merged versions, without a server (PROTOCOL §5)."""

from __future__ import annotations

import pytest

from forms import csv_columns
from forms.convert import convert, parse
from forms.form import Form
from forms.merge import with_deleted
from forms.workbook import Workbook
from tests.exports.conftest import sheet


def made(survey: str) -> Form:
    return convert(Workbook(sheets={"survey": sheet("type | name | label\n" + survey), "settings": [{"form_id": "f"}]}, name="f.xlsx"))


@pytest.mark.parametrize(("cell", "is_number", "shown"), [
    ("=1+1", False, "'=1+1"), ("@x", False, "'@x"), ("+62812", False, "'+62812"), ("-5", True, "-5"), ("+1.5E7", True, "+1.5E7"),
    ("-5+cmd", True, "'-5+cmd"), ("\tx", False, "'\tx"), ("a=b", False, "a=b"), ("", False, ""), (None, False, None)])
def test_safe_cells(cell: str | None, is_number: bool, shown: str | None) -> None:
    assert csv_columns.safe(cell, is_number) == shown


def test_places_of_numbers_stay_right_when_cells_become_several() -> None:
    form = made("geopoint | p | P\ninteger | n | N\nselect_multiple x | s | S\ndate | d | D".replace("select_multiple x", "text"))
    columns = csv_columns.columns(form, form.fields)
    assert columns.header[:7] == ("p-Latitude", "p-Longitude", "p-Altitude", "p-Accuracy", "n", "s", "d")
    assert columns.numbers == {0, 1, 2, 3, 4} and columns.days == {6}
    assert columns.cells({"/p": "1 2", "/n": "3", "/d": "x"}.get)[:7] == ["1", "2", None, None, "3", None, "x"]


def test_deleted_fields_stand_behind_the_sibling_they_stood_behind() -> None:
    now = made("text | a | A\nbegin group | g | G\ntext | x | X\nend group | |\ntext | z | Z")
    before = made("text | first | F\ntext | a | A\ntext | b | B\nbegin group | g | G\ntext | w | W\ntext | x | X\nend group | |\n"
                  "begin repeat | r | R\ntext | q | Q\nend repeat | |")
    merged = with_deleted(now, [before])
    assert [path for path in merged.by_path if not path.startswith("/meta")] == [
        "/first", "/a", "/b", "/g", "/g/w", "/g/x", "/r", "/r/q", "/z"]
    assert merged.repeats == {"/r"}
    assert with_deleted(now, [now]).fields == now.fields


def test_repeats_of_one_name_are_numbered_in_form_order() -> None:
    groups = "".join(f"<g{number}><sama jr:template=\"\"><a/></sama></g{number}>" for number in range(3))
    body = "".join(f'<group ref="/data/g{number}"><group><label>S</label><repeat nodeset="/data/g{number}/sama"><input ref="a">'
                   "<label>A</label></input></repeat></group></group>" for number in range(3))
    form = parse(f"""<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
      xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>F</h:title><model><instance><data id="f">{groups}
      <meta><instanceID/></meta></data></instance></model></h:head><h:body>{body}</h:body></h:html>""".encode())
    assert list(csv_columns.table_files(form).values()) == ["f", "f-sama", "f-sama~1", "f-sama~2"]


def test_a_field_that_became_a_group_stays_what_it_is_now() -> None:
    now, before = made("begin group | a | A\ntext | x | X\nend group | |"), made("text | a | A")
    assert with_deleted(now, [before]).by_path["/a"].type == "structure"
