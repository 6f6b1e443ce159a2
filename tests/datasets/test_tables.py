"""A list as a file and as an OData table (PROTOCOL §6, filter and paging as §4)."""

from __future__ import annotations

import csv
import io
from urllib.parse import quote

import pytest
from lxml import etree

from tests.datasets.conftest import ONE, THREE, TWO, Keeper, code


@pytest.fixture
def trees(keeper: Keeper) -> Keeper:
    keeper.has("pohon", "jenis", "tinggi.cm")
    keeper.holds(ONE, "Jati", **{"jenis": "keras", "tinggi.cm": "3"})
    keeper.holds(TWO, 'Sono, "besar"\nsekali', jenis="keras")
    keeper.holds(THREE, "Randu é", jenis="lunak")
    assert keeper.patch(f"/pohon/entities/{ONE}?force=true", json={"data": {"tinggi.cm": "4"}}).status_code == 200
    return keeper


def ids(trees: Keeper, options: str) -> list[str]:
    answer = trees.get(f"/pohon.svc/Entities?{options}")
    assert answer.status_code == 200, answer.text
    return [row["__id"] for row in answer.json["value"]]


def test_the_csv_has_every_column_newest_first(trees: Keeper) -> None:
    answer = trees.get("/pohon/entities.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert 'filename="pohon.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert list(rows[0]) == ["__id", "label", "jenis", "tinggi.cm", "__createdAt", "__creatorId", "__creatorName", "__updates",
                             "__updatedAt", "__version"]
    assert [(row["__id"], row["label"], row["tinggi.cm"], row["__updates"], row["__version"]) for row in rows] == [
        (THREE, "Randu é", "", "0", "1"), (TWO, 'Sono, "besar"\nsekali', "", "0", "1"), (ONE, "Jati", "4", "1", "2")]
    assert (rows[2]["__creatorId"], rows[2]["__creatorName"]) == (str(trees.person.id), "Admin")
    for path in ("/pohon/entities.csv", "/pohon.svc", "/pohon.svc/$metadata"):
        again = trees.get(path, headers={"If-None-Match": f"W/{trees.get(path).headers['ETag']}"})
        assert again.status_code == 304, path
    trees.patch(f"/pohon/entities/{TWO}?force=true", json={"label": "Sono"})
    assert trees.get("/pohon/entities.csv", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200


def test_an_empty_list_has_a_header(keeper: Keeper) -> None:
    assert keeper.has("pohon").get("/pohon/entities.csv").text == \
        "__id,label,__createdAt,__creatorId,__creatorName,__updates,__updatedAt,__version\r\n"


def test_the_service_document_and_the_metadata_describe_one_table(trees: Keeper) -> None:
    for tail in ("/pohon.svc", "/pohon.svc/"):
        answer = trees.get(tail)
        assert answer.headers["OData-Version"] == "4.0"
        assert answer.json["value"] == [{"name": "Entities", "kind": "EntitySet", "url": "Entities"}]
    assert answer.json["@odata.context"].endswith(f"/v1/projects/{trees.project}/datasets/pohon.svc/$metadata")
    metadata = trees.get("/pohon.svc/$metadata")
    assert metadata.headers["OData-Version"] == "4.0"
    names = [each.get("Name") for each in etree.fromstring(metadata.data).iterfind(".//{*}EntityType/{*}Property")]
    assert names == ["__id", "__system", "label", "jenis", "tinggi_cm"]


def test_rows_hold_all_properties_and_the_system_object(trees: Keeper) -> None:
    answer = trees.get("/pohon.svc/Entities")
    assert answer.headers["OData-Version"] == "4.0"
    first = answer.json["value"][-1]
    system = first.pop("__system")
    assert first == {"__id": ONE, "label": "Jati", "jenis": "keras", "tinggi_cm": "4"}
    assert {name: system[name] for name in ("creatorId", "creatorName", "updates", "deletedAt", "version", "conflict")} == {
        "creatorId": str(trees.person.id), "creatorName": "Admin", "updates": 1, "deletedAt": None, "version": 2, "conflict": None}
    assert system["createdAt"] and system["updatedAt"]
    assert answer.json["value"][0]["tinggi_cm"] == "", "unset is an empty text"


@pytest.mark.parametrize(("written", "found"), [
    ("label eq 'Jati'", [ONE]), ("jenis eq 'keras'", [TWO, ONE]), ("jenis ne 'keras'", [THREE]), ("tinggi_cm eq ''", [THREE, TWO]),
    (f"__id eq '{TWO}'", [TWO]), ("__system/version ge 2", [ONE]), ("__system/updates eq 0", [THREE, TWO]),
    ("__system/updatedAt eq null", [THREE, TWO]), ("__system/updatedAt ne null", [ONE]), ("__system/conflict eq null", [THREE, TWO, ONE]),
    ("__system/createdAt le now()", [THREE, TWO, ONE]), ("__system/createdAt lt 2020-01-01T00:00:00Z", []),
    ("year(__system/createdAt) gt 2020 and not (jenis eq 'lunak')", [TWO, ONE]), ("tinggi_cm eq 4 or label eq 'Randu é'", [THREE, ONE]),
    ("__system/deletedAt ne null", []), ("label eq 'it''s'", []), ("__system/createdAt gt '2020-01-01'", [THREE, TWO, ONE]),
    (quote("__system/version ge 2"), [ONE]), (quote("label eq 'Randu é'"), [THREE]),  # as ruODK sends them
])
def test_a_filter_narrows_the_rows(trees: Keeper, written: str, found: list[str]) -> None:
    assert ids(trees, f"$filter={quote(written)}") == found
    assert trees.get(f"/pohon/entities.csv?$filter={quote(written)}").text.count("Z,") == len(found) + len(
        [uuid for uuid in found if uuid == ONE]), "the file knows the same filter"


def test_only_a_filter_that_names_the_trash_shows_it(trees: Keeper) -> None:
    trees.call("DELETE", f"/pohon/entities/{TWO}")
    assert ids(trees, "") == [THREE, ONE]
    assert ids(trees, f"$filter={quote('__system/deletedAt ne null')}") == [TWO]


@pytest.mark.parametrize(("options", "number"), [
    ("$filter=label eq", 400.18), ("$filter=warna eq 'x'", 501.4), ("$filter=length(label) gt 3", 501.5), ("$filter=label", 501.4),
    ("$filter=label add 1 eq 2", 501.4), ("$select=warna", 400.23), ("$skiptoken=x", 400.35), ("$skiptoken=WzEsMl0", 400.35), ("$skiptoken=WyIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsLTEsbnVsbF0", 400.35),
    ("$orderby=warna", 501.4), ("$orderby=label up", 501.4), ("$apply=x", 501.1), ("$expand=x", 501.6), ("$format=xml", 406.1), ("$top=x", 400.11), ("$top=-1", 400.11),
    ("$filter=__system/version eq 'x'", 501.4), ("$filter=__system/createdAt eq 'x'", 400.18),
])
def test_what_cannot_be_asked_is_refused_with_its_number(trees: Keeper, options: str, number: float) -> None:
    assert code(trees.get(f"/pohon.svc/Entities?{options}")) == number


def test_pages_go_on_where_they_ended_though_new_rows_come(trees: Keeper) -> None:
    first = trees.get("/pohon.svc/Entities?$top=2&$count=true").json
    assert ([row["__id"] for row in first["value"]], first["@odata.count"]) == ([THREE, TWO], 3)
    trees.holds("4c6cd3a0-8f5a-4b1e-9d7e-2f0a3b4c5d6e")
    link = first["@odata.nextLink"]
    assert link.startswith("http://localhost/v1/")
    second = trees.person.get(link.removeprefix("http://localhost")).json
    assert ([row["__id"] for row in second["value"]], second["@odata.count"]) == ([ONE], 4)
    assert "@odata.nextLink" not in second


@pytest.mark.parametrize(("order", "found"), [
    ("label", [ONE, THREE, TWO]), ("jenis desc,label asc", [THREE, ONE, TWO]), ("__system/updatedAt desc", [ONE, THREE, TWO]),
    ("__system/updatedAt", [THREE, TWO, ONE]), ("__system/version desc, label desc", [ONE, TWO, THREE])])
def test_an_order_holds_over_pages_though_new_rows_come(trees: Keeper, order: str, found: list[str]) -> None:
    assert ids(trees, f"$orderby={quote(order)}") == found
    seen, link = [], f"/v1/projects/{trees.project}/datasets/pohon.svc/Entities?$top=1&$orderby={quote(order)}"
    while link:
        page = trees.person.get(link).json
        seen += [row["__id"] for row in page["value"]]
        if len(seen) == 1:
            trees.holds("4c6cd3a0-8f5a-4b1e-9d7e-2f0a3b4c5d6e", "AAA")
        link = page.get("@odata.nextLink", "").removeprefix("http://localhost")
    assert seen == found


def test_top_skip_count_and_select(trees: Keeper) -> None:
    assert ids(trees, "$skip=1&$top=1") == [TWO]
    assert trees.get("/pohon.svc/Entities?$top=0&$count=True").json == {
        "value": [], "@odata.context": f"http://localhost/v1/projects/{trees.project}/datasets/pohon.svc/$metadata#Entities", "@odata.count": 3}
    assert trees.get("/pohon.svc/Entities?$top=1&$select=__id,label,__system/version").json["value"] == [
        {"__id": THREE, "label": "Randu é", "__system": {"version": 1}}]


def test_older_services_are_refused(trees: Keeper) -> None:
    assert code(trees.get("/pohon.svc/Entities", headers={"OData-MaxVersion": "3.0"})) == 404.1
    assert code(trees.get("/pohon.svc/Tables")) == 404.1
