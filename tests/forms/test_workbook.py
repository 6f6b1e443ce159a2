"""Workbooks in and out: XLSX and folders of CSV; files built to hurt are refused with a sentence."""

import datetime
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms import workbook
from forms.errors import FormError
from forms.workbook import Workbook, read, read_folder, to_xlsx


def excel(**sheets: list[list[object]]) -> bytes:
    """Write sheets as Excel does, with typed cells."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


CELLS = [
    ("a whole number loses its .0", 3.0, "3"),
    ("an integer is its digits", 2026112401, "2026112401"),
    ("a decimal keeps its point", 0.5, "0.5"),
    ("true is TRUE as Excel shows it", True, "TRUE"),
    ("a date is ISO without a time", datetime.datetime(2026, 7, 1), "2026-07-01"),
    ("a date and time keeps both", datetime.datetime(2026, 7, 1, 8, 30), "2026-07-01 08:30:00"),
    ("a time is a time", datetime.time(8, 30), "08:30:00"),
    ("spaces around a text go, non-breaking ones too", "\u00a0 Desa\u00a0Padang ", "Desa Padang"),
    ("a code that looks like a number stays text", "0019", "0019"),
]


@pytest.mark.parametrize(("value", "text"), [c[1:] for c in CELLS], ids=[c[0] for c in CELLS])
def test_a_cell_becomes_the_text_pyxform_would_take(value: object, text: str) -> None:
    assert read(excel(survey=[["name"], [value]]), "f.xlsx").sheets == {"survey": [{"name": text}]}


def test_rows_keep_the_numbers_they_have_in_the_file() -> None:
    book = read(
        excel(Survey=[[" type ", "", "label::English  (en)"], ["text", "x", "A"], [], ["note", None, "B"], [], []]), "f.xlsx"
    )
    assert book.sheets == {
        "survey": [{"type": "text", "label::English (en)": "A"}, {}, {"type": "note", "label::English (en)": "B"}]
    }
    assert book.columns("survey") == ["type", "label::English (en)"]


REFUSED = [
    ("a PDF", b"%PDF-1.7", "form.pdf", "notWorkbook"),
    ("a text named xls", b"survey,type\n", "form.xls", "notWorkbook"),
    ("a text named xlsx", b"survey,type\n", "form.xlsx", "notWorkbook"),
    ("a cut-off workbook", excel(survey=[["type"], ["text"]])[:900], "form.xlsx", "damagedWorkbook"),
    ("nothing", b"", "form.xlsx", "notWorkbook"),
]


@pytest.mark.parametrize(("data", "name", "reason"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_no_workbook_is_refused_with_advice(data: bytes, name: str, reason: str) -> None:
    with pytest.raises(FormError) as caught:
        read(data, name)
    assert caught.value.reason == reason
    assert ".xlsx" in caught.value.message


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    assert _refusal(_zip({"hello.txt": b"hello"})) == "damagedWorkbook"


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _with_member(name: str, data: bytes) -> bytes:
    source = zipfile.ZipFile(io.BytesIO(excel(survey=[["type"], ["text"]])))
    return _zip({**{n: source.read(n) for n in source.namelist()}, name: data})


def _refusal(data: bytes) -> str:
    with pytest.raises(FormError) as caught:
        read(data, "form.xlsx")
    return caught.value.reason


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert _refusal(_with_member("xl/worksheets/sheet1.xml", b" " * (20 << 20))) == "bomb"
    assert _refusal(_zip({f"{i}": b"" for i in range(2000)})) == "bomb"


def test_a_document_type_inside_the_workbook_is_refused() -> None:
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><sst>&a;</sst>'
    assert _refusal(_with_member("xl/sharedStrings.xml", evil)) == "bomb"


def test_a_sheet_that_claims_a_row_a_billion_down_is_read_at_once() -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>type</t></is></c></row>'
        b'<row r="999999999"><c r="A999999999" t="inlineStr"><is><t>text</t></is></c></row></sheetData></worksheet>'
    )
    assert read(_with_member("xl/worksheets/sheet1.xml", sheet), "f.xlsx").sheets == {"survey": []}


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    assert _refusal(excel(survey=[["type"], ["a"], ["b"], ["c"]])) == "tooLarge"
    assert len(read(excel(survey=[["type"], ["a"], ["b"]]), "f.xlsx").sheets["survey"]) == 2


def test_two_columns_of_one_name_are_refused_with_their_place() -> None:
    with pytest.raises(FormError) as caught:
        read(excel(survey=[["type", "label", "label "]]), "f.xlsx")
    assert (caught.value.sheet, caught.value.row, caught.value.column) == ("survey", 1, "label")


def test_an_excel_error_value_is_refused_in_our_sheets_only() -> None:
    broken = [["type"], ["#REF!"]]
    book = openpyxl.load_workbook(io.BytesIO(excel(survey=broken, notes=broken)))
    for name in ("survey", "notes"):
        book[name]["A2"].data_type = "e"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(FormError) as caught:
        read(out.getvalue(), "f.xlsx")
    assert (caught.value.sheet, caught.value.row, caught.value.column) == ("survey", 2, "A")
    del book["survey"]
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue(), "f.xlsx").sheets == {"notes": [{"type": "#REF!"}]}


def _folder(at: Path, **files: bytes) -> Path:
    for name, data in files.items():
        (at / f"{name}.csv").write_bytes(data)
    return at


def test_a_folder_of_csv_files_is_a_workbook(tmp_path: Path) -> None:
    folder = _folder(
        tmp_path,
        survey='\ufefftype,name,label\ntext,a,"Nama, lengkap"\n\nnote,b,B\n'.encode(),
        choices=b"list_name;name\nl;1,5\n",
    )
    book = read_folder(folder)
    assert book.sheets == {
        "choices": [{"list_name": "l", "name": "1,5"}],
        "survey": [{"type": "text", "name": "a", "label": "Nama, lengkap"}, {}, {"type": "note", "name": "b", "label": "B"}],
    }


BAD_CSV = [
    ("not UTF-8", b"type,label\ntext,caf\xe9\n", "notUtf8", 2),
    ("a comma outside quotation marks", b"type,label\ntext,Nama, lengkap\n", "badCsv", 2),
    ("an open quotation mark", b'type,label\ntext,"Nama\n', "badCsv", 2),
]


@pytest.mark.parametrize(("data", "reason", "row"), [b[1:] for b in BAD_CSV], ids=[b[0] for b in BAD_CSV])
def test_a_bad_csv_is_refused_with_its_row(tmp_path: Path, data: bytes, reason: str, row: int) -> None:
    with pytest.raises(FormError) as caught:
        read_folder(_folder(tmp_path, survey=data))
    assert (caught.value.reason, caught.value.sheet, caught.value.row) == (reason, "survey", row)


def test_a_folder_without_csv_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormError, match=r"no \.csv"):
        read_folder(tmp_path)


words = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn", "Co", "Zs", "Zl", "Zp"]), min_size=1, max_size=8
)
headers = st.sampled_from(["type", "name", "label::Indonesia (id)", "relevant"])
rows = st.lists(st.dictionaries(headers, words, max_size=4), max_size=5)


@given(sheets=st.dictionaries(st.sampled_from(["survey", "choices", "scoring"]), rows, min_size=1))
@settings(max_examples=40, deadline=None)
def test_a_workbook_survives_its_way_through_xlsx(sheets: dict[str, list[dict[str, str]]]) -> None:
    for listed in sheets.values():
        while listed and not listed[-1]:
            listed.pop()
    data = to_xlsx(Workbook(sheets, "x"))
    assert read(data, "x.xlsx").sheets == sheets
    assert to_xlsx(Workbook(sheets, "x")) == data


def test_formulas_and_numbers_go_out_as_text(book_of: Callable[[str], Workbook]) -> None:
    book = Workbook({"survey": [{"name": "=1+1", "label": "0019", "hint": "https://example.org"}]})
    sheet = openpyxl.load_workbook(io.BytesIO(to_xlsx(book)))["survey"]
    assert [(c.value, c.data_type) for c in sheet[2]] == [("=1+1", "s"), ("0019", "s"), ("https://example.org", "s")]


def test_a_sheet_name_excel_does_not_allow_is_told() -> None:
    with pytest.raises(FormError) as caught:
        to_xlsx(Workbook({"survey": [], "a" * 40: []}))
    assert caught.value.reason == "badSheetName"


def test_a_text_that_fits_no_cell_is_told_with_its_place() -> None:
    with pytest.raises(FormError) as caught:
        to_xlsx(Workbook({"survey": [{}, {"label": "x" * 40_000}]}))
    assert (caught.value.sheet, caught.value.row, caught.value.column) == ("survey", 3, "label")
