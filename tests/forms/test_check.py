"""Disagreements between an instance and its form are recorded with path and code, never raised."""

from collections.abc import Callable

import pytest

from forms.answers import flatten
from forms.check import MAX_DISAGREEMENTS, check
from forms.form import Form
from forms.instance import read

FormOf = Callable[[str], Form]

FORM = """
| survey  |                    |          |         |          |              |
|         | type               | name     | label   | required | relevant     |
|         | text               | nama     | Nama    | yes      |              |
|         | text               | alasan   | Alasan  | yes      | ${nama} = '' |
|         | text               | kode     | Kode    | ${nama} != '' |         |
|         | begin_group        | g        | G       |          | ${nama} = '' |
|         | text               | di_g     | Di G    | yes      |              |
|         | end_group          |          |         |          |              |
|         | integer            | i        | I       |          |              |
|         | decimal            | d        | D       |          |              |
|         | date               | tgl      | Tgl     |          |              |
|         | time               | jam      | Jam     |          |              |
|         | datetime           | saat     | Saat    |          |              |
|         | geopoint           | titik    | Titik   |          |              |
|         | geotrace           | garis    | Garis   |          |              |
|         | geoshape           | luas     | Luas    |          |              |
|         | select_one l       | satu     | Satu    |          |              |
|         | select_multiple l  | banyak   | Banyak  |          |              |
|         | rank l             | urut     | Urut    |          |              |
|         | select_one_from_file desa.csv | desa | Desa |       |              |
|         | begin_repeat       | poktan   | Poktan  |          |              |
|         | text               | ada      | Ada     | yes      |              |
|         | end_repeat         |          |         |          |              |
| choices |                    |          |         |          |              |
|         | list_name          | name     | label   |          |              |
|         | l                  | a        | A       |          |              |
|         | l                  | b        | B       |          |              |
"""


def found(form: Form, inside: str, form_id: str = "kunjungan", version: str = "1") -> list[tuple[str, str]]:
    instance = read(f'<data id="{form_id}" version="{version}">{inside}</data>'.encode())
    return [(d.path, d.code) for d in check(instance, flatten(instance, form), form)]


FITTING = [
    "<i>-12</i>", "<d>1.5</d>", "<d>2</d>", "<d>1e3</d>", "<tgl>2026-02-28</tgl>", "<jam>08:30:00.000+07:00</jam>",
    "<jam>08:30</jam>", "<saat>2026-07-01T08:30:00.000+07:00</saat>", "<saat>2026-07-01T08:30:00+07</saat>",
    "<titik>-2.87 108.28 12.0 4.5</titik>", "<titik>-2.87 108.28</titik>", "<garis>-2 108 0 0; -2 109 0 0</garis>",
    "<luas>-2 108 0 0; -2 109 0 0; -3 109 0 0; -2 108 0 0;</luas>", "<satu>a</satu>", "<banyak>b a</banyak>",
    "<urut>b a</urut>", "<desa>apa saja</desa>", "<meta><instanceID>uuid:1</instanceID><deprecatedID>x</deprecatedID></meta>",
    "<poktan><ada>ya</ada></poktan>", "<g/>",
]  # fmt: skip


@pytest.mark.parametrize("inside", FITTING)
def test_what_fits_is_not_reported(form_of: FormOf, inside: str) -> None:
    assert found(form_of(FORM), "<nama>x</nama>" + inside) == []


MISFITS = [
    ("<i>1.5</i>", ("/i", "wrongType")),
    ("<i>dua</i>", ("/i", "wrongType")),
    ("<d>1,5</d>", ("/d", "wrongType")),
    ("<d>NaN</d>", ("/d", "wrongType")),
    ("<tgl>2026-02-30</tgl>", ("/tgl", "wrongType")),
    ("<tgl>01-07-2026</tgl>", ("/tgl", "wrongType")),
    ("<jam>25:00</jam>", ("/jam", "wrongType")),
    ("<saat>2026-07-01 08:30</saat>", ("/saat", "wrongType")),
    ("<titik>108.28 -2.87</titik>", ("/titik", "wrongType")),
    ("<titik>-2.87</titik>", ("/titik", "wrongType")),
    ("<garis>-2 108 0 0</garis>", ("/garis", "wrongType")),
    ("<luas>-2 108 0 0; -2 109 0 0</luas>", ("/luas", "wrongType")),
    ("<satu>c</satu>", ("/satu", "notInList")),
    ("<satu>a b</satu>", ("/satu", "notInList")),
    ("<banyak>a c</banyak>", ("/banyak", "notInList")),
    ("<urut>a c</urut>", ("/urut", "notInList")),
    ("<baru>1</baru>", ("/baru", "unknownField")),
    ("<g><baru>1</baru></g>", ("/g/baru", "unknownField")),
    ("<i>1</i><i>2</i>", ("/i[1]", "notARepeat")),
    ("<g>teks</g>", ("/g", "textInGroup")),
    ("<poktan><ada/></poktan>", ("/poktan[1]/ada", "missingRequired")),
    ("<poktan><ada>ya</ada></poktan><poktan/>", ("/poktan[2]/ada", "missingRequired")),
]


@pytest.mark.parametrize(("inside", "expected"), MISFITS, ids=[m[0] for m in MISFITS])
def test_what_does_not_fit_is_reported_once_with_its_path(form_of: FormOf, inside: str, expected: tuple[str, str]) -> None:
    assert found(form_of(FORM), "<nama>x</nama>" + inside) == [expected]


def test_only_what_is_always_required_counts_as_missing(form_of: FormOf) -> None:
    assert found(form_of(FORM), "") == [("/nama", "missingRequired")]


def test_another_version_and_another_form_are_told(form_of: FormOf) -> None:
    assert found(form_of(FORM), "<nama>x</nama>", version="2") == [("", "versionDiffers")]
    assert found(form_of(FORM), "<nama>x</nama>", form_id="lain") == [("", "otherForm")]


def test_a_flood_of_disagreements_is_cut_with_a_word_about_it(form_of: FormOf) -> None:
    strange = "".join(f"<x{i}>1</x{i}>" for i in range(1000))
    reported = found(form_of(FORM), "<nama>x</nama>" + strange)
    assert len(reported) == MAX_DISAGREEMENTS + 1
    assert reported[-1] == ("", "more")


def test_messages_quote_no_more_than_a_line_of_an_answer(form_of: FormOf) -> None:
    instance = read(f'<data id="kunjungan" version="1"><nama>x</nama><i>{"9x" * 5000}</i></data>'.encode())
    form = form_of(FORM)
    (only,) = check(instance, flatten(instance, form), form)
    assert len(only.message) < 120
