"""Excel 97 workbooks: the same texts as from .xlsx, and files built to hurt are refused in bounded time and memory."""

import datetime
import io
import struct

import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from forms import workbook, xls
from forms.errors import FormError
from forms.workbook import read
from tests.forms.conftest import excel97
from tests.forms.test_workbook import CELLS, excel


@pytest.mark.parametrize(("value", "text"), [c[1:] for c in CELLS], ids=[c[0] for c in CELLS])
def test_a_cell_becomes_the_text_that_xlsx_would_give(value: object, text: str) -> None:
    assert read(excel97(survey=[["name"], [value]]), "f.xls").sheets == {"survey": [{"name": text}]}


# The library that writes .xlsx for this test keeps fifteen digits.
numbers = st.integers(-(10**12), 10**12).flatmap(lambda whole: st.sampled_from([whole, whole / 8, whole / 1000]))
values = st.lists(st.one_of(numbers, st.booleans(), st.datetimes(datetime.datetime(1900, 3, 1), datetime.datetime(9999, 1, 1))),
                  min_size=1, max_size=20)


@given(values=values)
@settings(max_examples=20, deadline=None)
def test_numbers_truths_and_dates_read_alike_from_both_kinds_of_file(values: list[object]) -> None:
    values = [each.replace(microsecond=0) if isinstance(each, datetime.datetime) else each for each in values]
    rows = [["name"], *([value] for value in values)]
    assert read(excel97(survey=rows), "f.xls").sheets == read(excel(survey=rows), "f.xlsx").sheets


def test_sheets_rows_and_headers_keep_their_places() -> None:
    book = read(excel97(Survey=[[" type ", "", "label::English  (en)"], ["text", "x", "A", "beside"], [], ["note", None, "B"], []],
                        settings=[["form_id"], ["kunjungan"]], kosong=[]), "f.xls")
    assert book.sheets == {
        "survey": [{"type": "text", "label::English (en)": "A"}, {}, {"type": "note", "label::English (en)": "B"}],
        "settings": [{"form_id": "kunjungan"}], "kosong": []}
    assert book.columns("survey") == ["type", "label::English (en)"]


def test_the_kind_is_told_by_the_bytes_and_not_by_the_name() -> None:
    rows = [["type"], ["text"]]
    assert read(excel97(survey=rows), "form.xlsx").sheets == read(excel(survey=rows), "form.xls").sheets


def test_an_error_value_is_refused_in_our_sheets_only() -> None:
    book = xlwt.Workbook()
    for name in ("survey", "notes"):
        sheet = book.add_sheet(name)
        sheet.write(0, 0, "type")
        sheet.row(1).set_cell_error(0, "#REF!")
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(FormError) as caught:
        read(out.getvalue(), "f.xls")
    assert (caught.value.sheet, caught.value.row, caught.value.column) == ("survey", 2, "A")
    assert "#REF!" in caught.value.message


def test_too_many_rows_columns_and_sheets_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _refusal(excel97(**{f"s{n}": [] for n in range(workbook.MAX_SHEETS + 1)})) == "tooLarge"
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    monkeypatch.setattr(workbook, "MAX_COLUMNS", 2)
    assert _refusal(excel97(survey=[["type"], ["a"], ["b"], ["c"]])) == "tooLarge"
    assert _refusal(excel97(survey=[["a", "b", "c"]])) == "tooLarge"
    monkeypatch.setattr(workbook, "MAX_BYTES", 1000)
    assert _refusal(excel97(survey=[])) == "tooLarge"


def _refusal(data: bytes) -> str:
    with pytest.raises(FormError) as caught:
        read(data, "form.xls")
    assert caught.value.code == "400.15"
    return caught.value.reason


GOOD = excel97(survey=[["type", "name"], ["text", "nama"]] * 40, choices=[["list_name"], ["a"]])


def _with(record: int, data: bytes) -> bytes:
    """The workbook with the start of its first such record replaced."""
    at = next(place for place in range(512, len(GOOD)) if struct.unpack_from("<H", GOOD, place)[0] == record
              and struct.unpack_from("<H", GOOD, place + 2)[0] >= len(data))
    return GOOD[: at + 4] + data + GOOD[at + 4 + len(data) :]


def _circle() -> bytes:
    """A workbook that lies in short sectors, whose chain runs in a circle."""
    data = bytearray(GOOD) + struct.pack("<128i", *([1, 0] * 64))
    added, chains = len(GOOD) // 512 - 1, 512 + 512 * struct.unpack_from("<i", data, 76)[0]
    struct.pack_into("<i", data, chains + 4 * added, -2)  # the added sector holds the short chains, and no other does
    struct.pack_into("<iii", data, 56, 1 << 30, added, 1)  # every stream up to 1 GB is a short one
    for name in ("Root Entry", "Workbook"):
        entry = data.index(name.encode("utf-16-le"))
        struct.pack_into("<ii", data, entry + 116, 0, 4096)
    return bytes(data)


STRINGS = 0x00FC
HOSTILE = {
    "only the first bytes": xls.SIGNATURE + b"\xa1\xb1\x1a\xe1",
    "nothing inside": xls.SIGNATURE + b"\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "cut off": GOOD[: len(GOOD) // 2],
    "two thousand million strings that are not there": _with(STRINGS, struct.pack("<ii", 1, 2**31 - 1)),
    "a string that is read again and again": _with(STRINGS, struct.pack("<iiHBi", 1, 2**31 - 1, 1, 4, -8) + b"a"),
    "a chain that is a circle": _circle(),
    "a password": _with(0x0042, b"\x00\x00").replace(b"\x42\x00\x02\x00", b"\x2f\x00\x02\x00", 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", HOSTILE)
def test_a_file_built_to_hurt_is_refused_in_words(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xls, "SECONDS", 2)
    monkeypatch.setattr(xls, "WAIT", 10)
    assert _refusal(HOSTILE[case]) in ("damagedWorkbook", "bomb")


def test_a_sheet_of_one_long_text_everywhere_is_refused() -> None:
    long = "x" * 30_000
    assert _refusal(excel97(survey=[["type"], *([long] for _ in range(2_000))])) == "bomb"


@pytest.mark.slow
@given(places=st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_damaged_bytes_give_a_workbook_or_a_refusal(places: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for place, value in places:
        data[place] = value
    try:
        assert read(bytes(data), "form.xls").sheets is not None
    except FormError as error:
        assert error.code == "400.15"
