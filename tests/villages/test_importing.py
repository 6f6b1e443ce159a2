"""Lists of villages and outlines are read, or refused with the line that is wrong."""

from __future__ import annotations

import json

import pytest

from server import shipped
from server.villages import importing

HEAD = "kecamatan_code,kecamatan,village_code,village,lon,lat\n"


def test_the_shipped_list_holds_39_villages_in_7_kecamatan() -> None:
    rows = importing.read_csv(shipped.villages().read_bytes())
    assert len(rows) == 39
    assert len({row.subdistrict_code for row in rows}) == 7
    assert next(row for row in rows if row.name == "Buku Limau").lon == pytest.approx(108.4027, abs=1e-3)


def test_a_semicolon_list_with_decimal_commas_is_read() -> None:
    rows = importing.read_csv("\ufeff".encode() + HEAD.replace(",", ";").encode() + b"19.06.01;Manggar;19.06.01.2001;Lalang Jaya;108,27;-2,87\n")
    assert (rows[0].lon, rows[0].lat) == (108.27, -2.87)


@pytest.mark.parametrize(("text", "says"), [
    ("", "lacks the column kecamatan_code"),
    (HEAD, "holds no village"),
    (HEAD + "19.06.01,Manggar,19.06.01.2001,,108,-2\n", "Line 2: village is empty"),
    (HEAD + "19.06.01,Manggar,1906012001,X,108,-2\n", "Line 2: village_code is '1906012001'"),
    (HEAD + "19.06.01,Manggar,19.06.02.2001,X,108,-2\n", "does not lie in 19.06.01"),
    (HEAD + "19.06.01,Manggar,19.06.01.2001,X,east,-2\n", "Line 2: lon is 'east'"),
    (HEAD + "19.06.01,Manggar,19.06.01.2001,X,-2,108\n", "Line 2: lat is 108, outside ±90"),
    (HEAD + "19.06.01,Manggar,19.06.01.2001,X,108,-2\n" * 2, "stands twice"),
])
def test_a_wrong_list_is_refused_by_line(text: str, says: str) -> None:
    with pytest.raises(importing.BadList) as refused:
        importing.read_csv(text.encode())
    assert says in str(refused.value)


def test_a_list_that_is_not_utf_8_is_refused() -> None:
    with pytest.raises(importing.BadList, match="not UTF-8"):
        importing.read_csv(HEAD.encode() + b"19.06.01,Manggar,19.06.01.2001,D\xe9sa,108,-2\n")


SQUARE = [[[108.0, -3.0], [108.1, -3.0], [108.1, -2.9], [108.0, -2.9], [108.0, -3.0]]]


def feature(code: str, kind: str = "Polygon", coordinates: object = SQUARE) -> dict[str, object]:
    return {"type": "Feature", "properties": {"village_code": code}, "geometry": {"type": kind, "coordinates": coordinates}}


def test_outlines_are_read_by_village_code() -> None:
    document = {"type": "FeatureCollection", "features": [feature("19.06.01.2001")]}
    assert importing.read_geojson(json.dumps(document).encode())["19.06.01.2001"]["type"] == "Polygon"


@pytest.mark.parametrize(("document", "says"), [
    ({}, "not a GeoJSON FeatureCollection"),
    ({"features": [feature("x")]}, "Feature 1 has no property village_code"),
    ({"features": [feature("19.06.01.2001", "Point", [1, 2])]}, "an outline is a Polygon"),
    ({"features": [feature("19.06.01.2001", coordinates=[[["a", "b"]]])]}, "a point that is not"),
    ({"features": [feature("19.06.01.2001", coordinates=[[[700000, 9700000]]])]}, "not in degrees WGS84"),
])
def test_wrong_outlines_are_refused_by_feature(document: object, says: str) -> None:
    with pytest.raises(importing.BadList) as refused:
        importing.read_geojson(json.dumps(document).encode())
    assert says in str(refused.value)
