"""What OData knows without a server: values, positions, filters, tables and rows (PROTOCOL §4)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from forms import odata_filter, odata_metadata, odata_rows, odata_tables, odata_typed, odata_values, positions
from forms.convert import convert
from forms.fields import leaves
from forms.form import Form
from forms.workbook import Workbook
from tests.exports.conftest import CHOICES, SURVEY, sheet


@pytest.fixture(scope="module")
def form() -> Form:
    return convert(Workbook(sheets={"survey": sheet(SURVEY), "choices": CHOICES, "settings": [{"form_id": "1 pokja.é"}]}, name="x.xlsx"))


@pytest.mark.parametrize(("text", "value"), [
    ("12", 12), ("-3", -3), ("007", 7), ("12.0", 12), ("1.5E7", 15_000_000), ("1e400", None), ("12.5", None), ("dua", None),
    ("1_000", None), ("9223372036854775807", 2**63 - 1), ("9223372036854775808", None), ("٣", None), ("", None), ("9" * 5000, None)])
def test_whole_numbers(text: str, value: int | None) -> None:
    assert odata_values.whole(text) == value


@pytest.mark.parametrize(("text", "value"), [
    ("3.25", 3.25), ("1.5E7", 1.5e7), (".5", 0.5), ("3,25", None), ("NaN", None), ("inf", None), ("1e999", None), ("1_0.5", None)])
def test_decimal_numbers(text: str, value: float | None) -> None:
    assert odata_values.decimal(text) == value


@pytest.mark.parametrize(("text", "value"), [
    ("2026-03-14T08:15:00.000+07", "2026-03-14T08:15:00.000+07:00"), ("2026-03-14T08:15:00+0730", "2026-03-14T08:15:00+07:30"),
    ("2026-03-14T08:15:00-03", "2026-03-14T08:15:00-03:00"), ("2026-03-14T08:15:00Z", "2026-03-14T08:15:00Z"),
    ("2026-03-14T08:15:00.000+07:00", "2026-03-14T08:15:00.000+07:00"), ("2026-03-14", "2026-03-14"), ("kemarin", "kemarin"), ("", "")])
def test_the_offset_of_a_moment_is_completed(text: str, value: str) -> None:
    assert odata_values.moment(text) == value


@pytest.mark.parametrize(("kind", "text", "wkt"), [
    ("geopoint", "-2.85 106.15 12.5 4", "POINT (106.15 -2.85 12.5)"), ("geopoint", "-2.85 106.15", "POINT (106.15 -2.85)"),
    ("geopoint", "-91 0", None), ("geopoint", "0 181", None), ("geopoint", "x y", None), ("geopoint", "1", None), ("geopoint", "", None),
    ("geopoint", "1 2;3 4", None), ("geopoint", "nan 2", None), ("geotrace", "1 2;3 4;", "LINESTRING (2 1,4 3)"),
    ("geotrace", "1 2", None), ("geoshape", "1 2;3 4;5 6;1 2", "POLYGON ((2 1,4 3,6 5,2 1))"), ("geoshape", "1 2;3 4;1 2", None)])
def test_positions(kind: str, text: str, wkt: str | None) -> None:
    assert positions.wkt(kind, text) == wkt
    assert (positions.geojson(kind, text) is None) == (wkt is None)


@given(st.text())
def test_no_text_breaks_a_conversion(text: str) -> None:
    for kind in ("int", "decimal", "boolean", "dateTime", "geopoint", "geotrace", "geoshape"):
        for as_wkt in (False, True):
            convert_ = odata_values.conversion(kind, as_wkt=as_wkt)
            assert convert_ is not None
            convert_(text)


def test_a_filter_is_read_by_precedence() -> None:
    tree = odata_filter.parse("not a eq 1 or b/c ne 'it''s' and (d lt 2026-01-02 or e ge 2026-01-02T03:04:05.6789Z)")
    assert isinstance(tree, odata_filter.Both) and not tree.every
    negated, rest = tree.parts
    assert isinstance(negated, odata_filter.Not) and isinstance(negated.inner, odata_filter.Compare)
    assert isinstance(rest, odata_filter.Both) and rest.every
    literals = [each.value for each in odata_filter.nodes(tree) if isinstance(each, odata_filter.Literal)]
    assert literals == [1, "it's", date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)]
    assert odata_filter.names(tree) == {"a", "b/c", "d", "e"}


@pytest.mark.parametrize("written", ["2026-01-01T07:00:00+07:00", "2026-01-01T07:00:00 07:00", "2026-01-01T00:00Z", "2026-01-01T00:00:00"])
def test_moments_are_compared_in_utc(written: str) -> None:
    tree = odata_filter.parse(f"{written} eq now()")
    assert isinstance(tree, odata_filter.Compare) and isinstance(tree.left, odata_filter.Literal)
    assert tree.left.value == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("written", [
    "", "a eq", "eq", "a eq 'b", "a eq 1)", "(a eq 1", "a ? b", "a eq 2026-13-01", "a eq 1 2", "year()", "now(1)", "a eq 1e999",
    "(" * 400 + "a eq 1" + ")" * 400, "not " * 500 + "true", " or ".join(["a eq 1"] * 500), "a eq " + "1" * 50])
def test_what_is_no_filter_says_where(written: str) -> None:
    with pytest.raises(odata_filter.FilterError):
        odata_filter.parse(written)


@pytest.mark.parametrize(("written", "error"), [
    ("a add 1 eq 2", odata_filter.Unsupported), ("contains(a, 'b')", odata_filter.UnknownFunction), ("a has 'b'", odata_filter.Unsupported)])
def test_what_is_not_known_says_what(written: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        odata_filter.parse(written)


WORDS = ["a", "__id", "__system/reviewState", "(", ")", "not", "and", "or", "eq", "ne", "gt", "null", "true", "1", "-1.5E7", "'x'", "''", "'",
         "now()", "year(", "2026-01-01", "2026-01-01T00:00:00Z", ",", "$root/Submissions/__id", "%", ";"]


@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map(" ".join)))
def test_any_text_is_a_filter_or_named_as_none(written: str) -> None:
    try:
        odata_filter.parse(written)
    except (odata_filter.FilterError, odata_filter.Unsupported) as error:
        assert str(error)


def test_the_names_of_the_metadata_are_sanitised(form: Form) -> None:
    tree = etree.fromstring(odata_metadata.metadata(form))
    edm = "{http://docs.oasis-open.org/odata/ns/edm}"
    assert [schema.get("Namespace") for schema in tree.iter(f"{edm}Schema")] == ["org.opendatakit.submission", "org.opendatakit.user._1_pokja_"]
    names = {found.get("Name") for found in tree.iter(f"{edm}Property", f"{edm}NavigationProperty")}
    assert "ling_kungan" in names and "ling.kungan" not in names
    referred = {found.get("Type").removeprefix("Collection(").removesuffix(")") for found in tree.iter(f"{edm}Property", f"{edm}NavigationProperty")}
    made = {f"{schema.get('Namespace')}.{kind.get('Name')}" for schema in tree.iter(f"{edm}Schema") for kind in schema}
    assert {name for name in referred if not name.startswith("Edm.")} <= made


def test_every_type_of_a_field_has_a_value_of_its_edm_type(form: Form) -> None:
    assert set(odata_values.EDM) >= {found.type for found in form.by_path.values()} - {"string", "time", "binary", "structure", "repeat"}


def test_the_rows_of_a_repeat_are_addressed_through_the_rows_around_them(form: Form) -> None:
    answers = {"/ling.kungan/kegiatan[1]": "", "/ling.kungan/kegiatan[2]": "", "/ling.kungan/kegiatan[2]/peserta[1]": "",
               "/ling.kungan/kegiatan[2]/peserta[1]/nama": "Siti"}
    known = odata_tables.tables(form)
    inner = known["Submissions.ling_kungan.kegiatan.peserta"]
    outer = known["Submissions.ling_kungan.kegiatan"]
    (row,) = odata_rows.below(form, inner, odata_rows.maker(inner.fields, above=inner.path), "i", answers)
    above = [each["__id"] for each in odata_rows.below(form, outer, odata_rows.maker(outer.fields, above=outer.path), "i", answers)]
    assert row["__Submissions-ling_kungan-kegiatan-id"] == above[1]
    (_, second) = odata_rows.below(form, outer, odata_rows.maker(outer.fields, above=outer.path), "i", answers)
    assert second["peserta@odata.navigationLink"] == f"Submissions('i')/ling_kungan/kegiatan('{above[1]}')/peserta"


# Numbers as people and apps write them, and what only looks like one.
TEXTS = st.one_of(st.text(), st.integers().map(str), st.floats().map(str), st.sampled_from(
    ["", "null", "nan", "-Infinity", "1e400", "12.0", " 7", "007", "+5", ".5", "5.", "1_000", "٣", "9223372036854775808", "true", "1",
     "-2.85 106.15 12.5 4", "1 2;3 4;5 6;1 2", "2026-03-14T08:15:00.000+07", '"', "\\", "\u2028"]))


@given(st.data())
def test_rows_made_by_types_are_those_made_by_dictionaries(form: Form, data: st.DataObject) -> None:
    paths = [found.path for found in leaves(form.fields)]
    answers = data.draw(st.dictionaries(st.sampled_from([*paths, "/ling.kungan/kegiatan[1]", "/tak.dikenal"]), TEXTS))
    as_wkt = data.draw(st.booleans())
    link = odata_rows.address("uuid:it's")
    expected = odata_rows.maker(form.fields, as_wkt=as_wkt)(answers.get, link, None) | {"__id": "uuid:it's", "__system": {"edits": 0}}
    row = odata_typed.maker(form, as_wkt=as_wkt)(json.dumps(answers), link, "uuid:it's", {"edits": 0})
    assert json.loads(odata_typed.write(row)) == expected
    assert [*json.loads(odata_typed.write(row))] == [*expected]


def test_a_row_by_types_is_made_from_bytes_too_and_remembered(form: Form) -> None:
    assert odata_typed.maker(form) is odata_typed.maker(form) is not odata_typed.maker(form, as_wkt=True)
    assert json.loads(odata_typed.write(odata_typed.maker(form)(b"{}", "x", "a", None)))["__id"] == "a"


def test_names_that_become_one_are_one_property_of_the_last() -> None:
    survey = [{"type": "integer", "name": "a.b", "label": "A"}, {"type": "text", "name": "a-b", "label": "B"}, {"type": "text", "name": "__id", "label": "C"}]
    form = convert(Workbook(sheets={"survey": survey, "choices": [], "settings": [{"form_id": "x"}]}, name="x.xlsx"))
    row = odata_typed.maker(form)('{"/a.b": "1", "/a-b": "dua", "/__id": "tiga"}', "", "own", None)
    found = json.loads(odata_typed.write(row))
    assert (found["a_b"], found["__id"]) == ("dua", "own")
