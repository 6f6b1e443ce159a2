"""The OData service of a form over HTTP (PROTOCOL §4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from lxml import etree

from tests.arrivals import Phone, instance, publish
from tests.conftest import Person
from tests.exports.conftest import FULL

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
ONE = "Submissions('uuid%3Asatu')"


def test_the_service_document_lists_a_table_for_each_repeat(admin: Person, form: int, svc: str) -> None:
    for address in (svc, f"{svc}/"):
        answer = admin.get(address)
        assert answer.headers["OData-Version"] == "4.0"
        assert answer.json["@odata.context"] == f"http://localhost{svc}/$metadata"
        assert [entry["name"] for entry in answer.json["value"]] == [
            "Submissions", "Submissions.ling_kungan.kegiatan", "Submissions.ling_kungan.kegiatan.peserta"]
        assert answer.json["value"][0] == {"name": "Submissions", "kind": "EntitySet", "url": "Submissions"}


def test_the_metadata_types_every_field(admin: Person, form: int, svc: str) -> None:
    answer = admin.get(f"{svc}/$metadata")
    assert answer.content_type.startswith("application/xml")
    assert answer.headers["OData-Version"] == "4.0"
    tree = etree.fromstring(answer.data)
    types = {(above.get("Name"), found.get("Name")): found.get("Type") for above in tree.iter(f"{EDM}EntityType", f"{EDM}ComplexType")
             for found in above.iter(f"{EDM}Property", f"{EDM}NavigationProperty")}
    user = "org.opendatakit.user.pokja"
    assert types["Submissions", "__id"] == "Edm.String"
    assert types["Submissions", "__system"] == "org.opendatakit.submission.metadata"
    assert types["Submissions", "anggota"] == "Edm.Int64"
    assert types["Submissions", "luas"] == "Edm.Decimal"
    assert types["Submissions", "tanggal"] == "Edm.Date"
    assert types["Submissions", "mulai"] == "Edm.DateTimeOffset"
    assert types["Submissions", "jam"] == "Edm.String"
    assert types["Submissions", "ling_kungan"] == f"{user}.ling_kungan"
    assert types["ling_kungan", "titik"] == "Edm.GeographyPoint"
    assert types["ling_kungan", "jalan"] == "Edm.GeographyLineString"
    assert types["ling_kungan", "batas"] == "Edm.GeographyPolygon"
    assert types["ling_kungan", "kegiatan"] == f"Collection({user}.Submissions.ling_kungan.kegiatan)"
    assert types["Submissions.ling_kungan.kegiatan", "__Submissions-id"] == "Edm.String"
    assert types["Submissions.ling_kungan.kegiatan.peserta", "__Submissions-ling_kungan-kegiatan-id"] == "Edm.String"
    assert [set_.get("Name") for set_ in tree.iter(f"{EDM}EntitySet")] == [
        "Submissions", "Submissions.ling_kungan.kegiatan", "Submissions.ling_kungan.kegiatan.peserta"]


def test_a_row_has_typed_values_and_all_of_the_schema(send: Callable[..., str], rows: Callable[..., Any], phone: Phone) -> None:
    send("uuid:satu", files={"foto.jpg": b"bytes"})
    (row,) = rows()
    assert row["__id"] == "uuid:satu"
    system = row["__system"]
    assert list(system) == ["submissionDate", "updatedAt", "submitterId", "submitterName", "attachmentsPresent", "attachmentsExpected",
                            "status", "reviewState", "deviceId", "edits", "formVersion", "deletedAt"]
    assert system["submissionDate"].endswith("Z") and len(system["submissionDate"]) == 24
    assert (system["submitterId"], system["submitterName"], system["deviceId"]) == (str(phone.id), "HP Siti", "hp-1")
    assert (system["attachmentsPresent"], system["attachmentsExpected"], system["edits"], system["formVersion"]) == (1, 2, 0, "1")
    assert system["updatedAt"] is system["status"] is system["reviewState"] is system["deletedAt"] is None
    assert (row["anggota"], row["luas"], row["tanggal"], row["mulai"]) == (12, 1.5e7, "2026-03-14", "2026-03-14T08:15:00.000+07:00")
    group = row["ling_kungan"]
    assert group["titik"] == {"type": "Point", "coordinates": [106.15, -2.85, 12.5], "properties": {"accuracy": 4.0}}
    assert group["jalan"] == {"type": "LineString", "coordinates": [[106.1, -2.8, 0], [106.2, -2.9, 0]]}
    assert group["batas"]["coordinates"] == [[[106.1, -2.8], [106.1, -2.9], [106.2, -2.9], [106.1, -2.8]]]
    assert group["tema"] == "gizi lansia"
    assert group["kegiatan@odata.navigationLink"] == f"{ONE}/ling_kungan/kegiatan"
    assert "kegiatan" not in group
    assert row["meta"]["instanceID"] == "uuid:satu"


def test_what_was_not_answered_is_null_and_what_is_not_of_its_type_too(send: Callable[..., str], rows: Callable[..., Any]) -> None:
    send("uuid:satu", "<desa>19.06.01.2001</desa><anggota>banyak</anggota><luas>NaN</luas>"
                      "<ling.kungan><titik>di sana</titik></ling.kungan>")
    (row,) = rows()
    assert row["anggota"] is row["luas"] is row["tanggal"] is row["foto"] is row["ling_kungan"]["titik"] is None


def test_wkt_writes_positions_as_text(send: Callable[..., str], rows: Callable[..., Any]) -> None:
    send("uuid:satu")
    (row,) = rows(**{"$wkt": "true"})
    assert row["ling_kungan"]["titik"] == "POINT (106.15 -2.85 12.5)"
    assert row["ling_kungan"]["jalan"] == "LINESTRING (106.1 -2.8 0,106.2 -2.9 0)"
    assert row["ling_kungan"]["batas"] == "POLYGON ((106.1 -2.8,106.1 -2.9,106.2 -2.9,106.1 -2.8))"


def test_repeats_have_tables_whose_rows_name_their_parents(send: Callable[..., str], rows: Callable[..., Any]) -> None:
    send("uuid:satu")
    outer = rows("Submissions.ling_kungan.kegiatan")
    inner = rows("Submissions.ling_kungan.kegiatan.peserta")
    assert [row["nama"] for row in outer] == ["Penyuluhan", "=1+1"]
    assert {row["__Submissions-id"] for row in outer} == {"uuid:satu"}
    assert len({row["__id"] for row in [*outer, *inner]}) == 4
    assert [(row["nama"], row["umur"]) for row in inner] == [("Siti", 31), ('Ani, "A"', None)]
    assert {row["__Submissions-ling_kungan-kegiatan-id"] for row in inner} == {outer[0]["__id"]}
    assert rows("Submissions.ling_kungan.kegiatan") == outer


def test_expand_puts_the_rows_of_repeats_into_their_parents(send: Callable[..., str], rows: Callable[..., Any]) -> None:
    send("uuid:satu")
    (row,) = rows(**{"$expand": "*"})
    first, second = row["ling_kungan"]["kegiatan"]
    assert [guest["umur"] for guest in first["peserta"]] == [31, None]
    assert second["peserta"] == []
    assert [first["__id"], second["__id"]] == [found["__id"] for found in rows("Submissions.ling_kungan.kegiatan")]


def test_one_submission_and_what_lies_below_it_have_addresses(send: Callable[..., str], rows: Callable[..., Any], admin: Person,
                                                              svc: str) -> None:
    send("uuid:satu")
    send("uuid:dua")
    assert [row["__id"] for row in rows(ONE)] == ["uuid:satu"]
    outer = rows(f"{ONE}/ling_kungan/kegiatan")
    assert [row["nama"] for row in outer] == ["Penyuluhan", "=1+1"]
    below = outer[0]["peserta@odata.navigationLink"]
    assert [row["nama"] for row in rows(below)] == ["Siti", 'Ani, "A"']
    assert rows(outer[1]["peserta@odata.navigationLink"]) == []
    assert rows(f"{ONE}/ling_kungan/kegiatan('{outer[1]['__id']}')") == outer[1:]
    for wrong in ("Submissions('uuid%3Atiga')", f"{ONE}/tidak", "Tidak", "Submissions.tidak", f"{ONE}/ling_kungan"):
        assert admin.get(f"{svc}/{wrong}").json["code"] == 404.1, wrong


def test_quotes_and_slashes_in_ids_survive_the_address(send: Callable[..., str], rows: Callable[..., Any]) -> None:
    for instance_id, address in (("it's", "Submissions('it''s')"), ("a/b", "Submissions('a%2Fb')"), ("a b%", "Submissions(%27a%20b%25%27)")):
        send(instance_id)
        (row,) = rows(address)
        assert row["__id"] == instance_id
        assert len(rows(row["ling_kungan"]["kegiatan@odata.navigationLink"])) == 2


def _pages(admin: Person, address: str) -> list[Any]:
    pages = []
    while address:
        answer = admin.get(address).json
        pages.append(answer["value"])
        address = answer.get("@odata.nextLink", "").removeprefix("http://localhost")
        assert len(pages) < 20
    return pages


@pytest.mark.parametrize("order", ["", "&$orderby=__system/submissionDate%20asc", "&$orderby=anggota%20desc,__id"])
def test_pages_hold_every_row_once_though_new_ones_arrive(send: Callable[..., str], admin: Person, svc: str, order: str) -> None:
    sent = [send(f"uuid:{number}", f"<desa>19.06.01.2001</desa><anggota>{number % 3}</anggota>") for number in range(7)]
    whole = [row["__id"] for row in admin.get(f"{svc}/Submissions?{order}").json["value"]]
    assert sorted(whole) == sent
    first = admin.get(f"{svc}/Submissions?$top=3&$wkt=true{order}").json
    send("uuid:later", "<desa>19.06.01.2001</desa><anggota>9</anggota>")
    rest = _pages(admin, first["@odata.nextLink"].removeprefix("http://localhost"))
    assert [row["__id"] for row in first["value"]] == whole[:3]
    assert [[row["__id"] for row in page] for page in rest] == [whole[3:6], whole[6:]]
    assert "%24top" not in first["@odata.nextLink"] and "$top=3" in first["@odata.nextLink"] and "$wkt=true" in first["@odata.nextLink"]


@pytest.mark.parametrize("order", ["", "&$orderby=$root/Submissions/__id%20asc"])
def test_pages_of_a_repeat_cut_submissions_and_lose_nothing(send: Callable[..., str], admin: Person, svc: str, order: str) -> None:
    table = f"{svc}/Submissions.ling_kungan.kegiatan"
    for number in range(3):
        send(f"uuid:{number}", "<desa>d</desa><ling.kungan>" + "".join(
            f"<kegiatan><nama>{number}-{each}</nama></kegiatan>" for each in range(number + 1)) + "</ling.kungan>")
    whole = [row["nama"] for row in admin.get(f"{table}?{order}").json["value"]]
    assert len(whole) == 6
    for top in range(1, 8):
        pages = _pages(admin, f"{table}?$top={top}{order}")
        assert [row["nama"] for page in pages for row in page] == whole
        assert all(len(page) == top for page in pages[:-1]) and pages[-1]
    assert [row["nama"] for row in admin.get(f"{table}?$top=2&$skip=3{order}").json["value"]] == whole[3:5]


def test_count_ignores_pages_and_minds_the_filter(send: Callable[..., str], admin: Person, svc: str) -> None:
    for number in range(4):
        send(f"uuid:{number}")
    assert admin.get(f"{svc}/Submissions?$top=1&$count=true").json["@odata.count"] == 4
    only = admin.get(f"{svc}/Submissions?$top=0&$count=True").json
    assert (only["value"], only["@odata.count"]) == ([], 4) and "@odata.nextLink" not in only
    assert admin.get(f"{svc}/Submissions?$count=true&$filter=__id eq 'uuid:1'").json["@odata.count"] == 1
    assert admin.get(f"{svc}/Submissions.ling_kungan.kegiatan.peserta?$top=1&$count=true").json["@odata.count"] == 8
    assert "@odata.nextLink" not in admin.get(f"{svc}/Submissions?$top=3&$skip=1").json
    assert "@odata.nextLink" in admin.get(f"{svc}/Submissions?$top=2&$skip=1").json
    assert "@odata.count" not in admin.get(f"{svc}/Submissions").json


def test_select_leaves_only_what_was_asked(send: Callable[..., str], admin: Person, rows: Callable[..., Any], svc: str) -> None:
    send("uuid:satu")
    assert rows(**{"$select": "__id,anggota,ling_kungan/tema,__system/edits"}) == [
        {"__id": "uuid:satu", "__system": {"edits": 0}, "anggota": 12, "ling_kungan": {"tema": "gizi lansia"}}]
    assert rows(**{"$select": "luas"}) == [{"luas": 1.5e7}]
    assert set(rows(**{"$select": "ling_kungan"})[0]["ling_kungan"]) == {"titik", "jalan", "batas", "tema", "kegiatan@odata.navigationLink"}
    assert rows("Submissions.ling_kungan.kegiatan", **{"$select": "nama"}) == [{"nama": "Penyuluhan"}, {"nama": "=1+1"}]
    for wrong in ("tidak", "anggota/x", "__system/tidak", "ling_kungan/kegiatan/nama"):
        assert admin.get(f"{svc}/Submissions", query_string={"$select": wrong}).json["code"] == 400.23, wrong


@pytest.mark.parametrize(("query", "code"), [
    ({"$apply": "x"}, 501.1), ({"$search": "x"}, 501.1), ({"$expand": "kegiatan"}, 501.6), ({"$expand": "*", "$select": "desa"}, 501.11),
    ({"$skiptoken": "abc"}, 400.35), ({"$skiptoken": "WzEsMiwzXQ"}, 400.35), ({"$filter": "__id eq"}, 400.18),
    ({"$filter": "desa add 1 eq 2"}, 501.4), ({"$filter": "substringof('a', desa)"}, 501.5), ({"$filter": "tidak eq 1"}, 501.4),
    ({"$filter": "ling_kungan/kegiatan/nama eq 'a'"}, 501.4), ({"$orderby": "tidak"}, 501.4), ({"$top": "-1"}, 400.11),
    ({"$top": "x"}, 400.11), ({"$format": "xml"}, 406.1), ({"$filter": "__id eq '\0'"}, 400.8)])
def test_what_cannot_be_answered_says_why(send: Callable[..., str], admin: Person, svc: str, query: dict[str, str], code: float) -> None:
    answer = admin.get(f"{svc}/Submissions", query_string=query)
    assert (answer.json["code"], answer.status_code) == (code, int(code))
    assert answer.headers["OData-Version"] == "4.0"


def test_old_protocols_and_other_formats_are_refused(admin: Person, form: int, svc: str) -> None:
    assert admin.get(f"{svc}/Submissions", headers={"OData-MaxVersion": "3.0"}).status_code == 404
    assert admin.get(f"{svc}/Submissions", headers={"OData-MaxVersion": "4.0"}).status_code == 200
    assert admin.get(f"{svc}/Submissions", headers={"Accept": "application/atom+xml"}).json["code"] == 406.1
    for accepted in ("application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9", "*/*", ""):
        assert admin.get(f"{svc}/Submissions", headers={"Accept": accepted}).status_code == 200, accepted
    assert admin.get(f"{svc}/Submissions?$format=json").status_code == 200


@pytest.mark.parametrize(("written", "found"), [
    ("__id eq 'uuid:1'", "1"), ("__id ne 'uuid:1'", "023"), ("__system/reviewState eq 'approved'", "1"),
    ("__system/reviewState ne 'approved'", "023"), ("__system/reviewState eq null", "03"), ("__system/reviewState ne null", "12"),
    ("not (__system/reviewState eq 'approved')", "023"), ("not __system/reviewState eq null", "12"),
    ("__system/submissionDate lt now()", "0123"), ("__system/submissionDate gt 2020-01-01", "0123"),
    ("__system/submissionDate lt 2020-01-01T00:00:00.000Z", ""), ("year(__system/submissionDate) gt 2020 and __id eq 'uuid:2'", "2"),
    ("__system/updatedAt eq null", "03"), ("hour(__system/submissionDate) lt 24 and second(__system/submissionDate) lt 60", "0123"),
    ("anggota gt 1", "23"), ("anggota ge 1 and anggota lt 3", "12"), ("luas eq 1.5E7", "2"), ("luas lt 1E-300", "01"),
    ("desa eq '19.06.01.2001'", "0123"), ("tanggal ge 2026-03-14", "23"), ("mulai gt 2026-03-14T01:00:00Z", "1"),
    ("mulai eq 2026-03-14T08:00:00+07:00", "0"), ("anggota eq '2'", "2"), ("(__id eq 'uuid:0') or (__id eq 'uuid:3')", "03"),
    ("null eq null", "0123"), ("1 gt 2", ""), ("true", "0123"), ("__id gt null", ""), ("ling_kungan/tema eq 'it''s'", "1"),
    ("__system/submitterId ne '0'", "0123"), ("__system/deletedAt eq null", "0123"), ("__system/deletedAt ne null", "4")])
def test_filters_leave_what_they_say(send: Callable[..., str], admin: Person, project: int, rows: Callable[..., Any],
                                     written: str, found: str) -> None:
    for number, more in enumerate((
            "<luas>0</luas><mulai>2026-03-14T08:00:00+07</mulai>",
            "<luas>-1</luas><mulai>2026-03-14T10:00:00.5+0700</mulai><ling.kungan><tema>it's</tema></ling.kungan>",
            "<luas>15000000.0</luas><tanggal>2026-03-14</tanggal><mulai>2026-02-31T00:00:00Z</mulai>",
            "<luas>1e9x</luas><tanggal>2026-12-01</tanggal><mulai>kemarin</mulai>", "")):
        send(f"uuid:{number}", f"<desa>19.06.01.2001</desa><anggota>{number}</anggota>{more}")
    at = f"/v1/projects/{project}/forms/pokja/submissions"
    assert admin.call("PATCH", f"{at}/uuid:1", json={"reviewState": "approved"}).status_code == 200
    assert admin.call("PATCH", f"{at}/uuid:2", json={"reviewState": "edited"}).status_code == 200
    assert admin.call("DELETE", f"{at}/uuid:4").status_code == 200
    assert "".join(sorted(row["__id"][-1] for row in rows(**{"$filter": written}))) == found


@pytest.mark.parametrize(("asked", "found"), [
    ({"$filter": "hadir eq true"}, "ba"), ({"$filter": "hadir ne true"}, "dc"), ({"$filter": "hadir eq false"}, "c"),
    ({"$filter": "hadir eq null"}, "d"), ({"$filter": "not (hadir eq true)"}, "dc"), ({"$orderby": "hadir desc,__id asc"}, "abcd")])
def test_a_yes_or_no_is_filtered_and_ordered(app: Flask, project: int, admin: Person, asked: dict[str, str], found: str) -> None:
    survey = [{"type": "text", "name": "hadir", "label": "Hadir", "bind::type": "boolean"}]
    publish(app, project, {"survey": survey}, form_id="hadir", area_field="", period_field="", kind_field="")
    at = f"/v1/projects/{project}/forms/hadir"
    for name, said in (("a", "true"), ("b", "1"), ("c", "false"), ("d", "")):
        sent = instance(name, form="hadir", body=f"<hadir>{said}</hadir>")
        assert admin.post(f"{at}/submissions", data=sent, content_type="application/xml").status_code == 200
    answer = admin.get(f"{at}.svc/Submissions", query_string=asked)
    assert answer.status_code == 200, answer.text
    assert "".join(row["__id"] for row in answer.json["value"]) == found


def test_a_repeats_table_is_filtered_by_its_submissions(send: Callable[..., str], admin: Person, rows: Callable[..., Any], svc: str) -> None:
    send("uuid:satu")
    send("uuid:dua")
    table = "Submissions.ling_kungan.kegiatan"
    assert {row["__Submissions-id"] for row in rows(table, **{"$filter": "$root/Submissions/__id eq 'uuid:dua'"})} == {"uuid:dua"}
    assert admin.get(f"{svc}/{table}", query_string={"$filter": "__id eq 'x'"}).json["code"] == 501.4


def test_an_etag_holds_until_something_changes(send: Callable[..., str], admin: Person, project: int, svc: str) -> None:
    send("uuid:satu")
    for address in (svc, f"{svc}/Submissions", f"{svc}/{ONE}", f"{svc}/$metadata"):
        tag = admin.get(address).headers["ETag"]
        for given in (tag, f"W/{tag}"):
            answer = admin.get(address, headers={"If-None-Match": given})
            assert (answer.status_code, answer.data) == (304, b"")
            assert answer.headers["OData-Version"] == "4.0"
    tag = admin.get(f"{svc}/Submissions").headers["ETag"]
    admin.call("PATCH", f"/v1/projects/{project}/forms/pokja/submissions/uuid:satu", json={"reviewState": "approved"})
    assert admin.get(f"{svc}/Submissions", headers={"If-None-Match": tag}).status_code == 200


def test_an_edited_submission_keeps_its_first_id_and_version(send: Callable[..., str], rows: Callable[..., Any]) -> None:
    send("uuid:satu")
    send("uuid:satu-b", "<desa>19.06.01.2002</desa>", deprecated="uuid:satu")
    (row,) = rows()
    assert (row["__id"], row["desa"], row["meta"]["instanceID"]) == ("uuid:satu", "19.06.01.2002", "uuid:satu-b")
    assert (row["__system"]["edits"], row["__system"]["reviewState"]) == (1, "edited")


def test_nobody_sees_a_byte_of_another_area(send: Callable[..., str], person: Callable[..., Person], project: int, svc: str,
                                            phone: Phone) -> None:
    send("uuid:satu", FULL)
    send("uuid:dua", FULL.replace("19.06.01.2001", "19.06.02.2001"))
    viewer = person("camat@contoh.id", "viewer", project, "19.06.01")
    for table in ("Submissions", "Submissions.ling_kungan.kegiatan"):
        answer = viewer.get(f"{svc}/{table}?$count=true")
        assert b"uuid:dua" not in answer.data and b"uuid:satu" in answer.data
        assert answer.json["@odata.count"] == len(answer.json["value"])
    assert viewer.get(f"{svc}/Submissions('uuid:dua')").json["code"] == 404.1
    assert viewer.get(f"{svc}/Submissions?$filter=__id eq 'uuid:dua'").json["value"] == []
    assert viewer.get(f"{svc}/Submissions?$filter=__system/deletedAt eq null or true").json["value"][0]["__id"] == "uuid:satu"
    assert phone.get("forms/pokja.svc/Submissions").json["code"] == 403.1
    assert person("luar@contoh.id", None).get(f"{svc}/Submissions").json["code"] == 403.1
    assert viewer.client.get(f"{svc}/Submissions").status_code == 401


def test_trial_data_of_a_draft_has_a_service_of_its_own(send: Callable[..., str], admin: Person, project: int, phone: Phone, svc: str,
                                                        rows: Callable[..., Any]) -> None:
    from tests import arrivals

    send("uuid:satu")
    draft = svc.replace(".svc", "/draft.svc")
    assert admin.get(f"{draft}/Submissions").json["code"] == 404.1
    assert admin.post(f"{svc.removesuffix('.svc')}/draft").status_code == 200
    token = admin.get(f"{svc.removesuffix('.svc')}/draft").json["draftToken"]
    sent = phone.send(arrivals.instance("uuid:coba", body=FULL), base=f"/v1/test/{token}/projects/{project}/forms/pokja/draft")
    assert sent.status_code == 201, sent.text
    assert [row["__id"] for row in admin.get(f"{draft}/Submissions").json["value"]] == ["uuid:coba"]
    assert len(admin.get(f"{draft}/Submissions.ling_kungan.kegiatan").json["value"]) == 2
    assert admin.get(f"{draft}/Submissions('uuid:coba')").json["@odata.context"] == f"http://localhost{draft}/$metadata#Submissions"
    assert [row["__id"] for row in rows()] == ["uuid:satu"]


def test_rows_of_older_versions_are_read_by_the_present_schema(send: Callable[..., str], app: Any, project: int,
                                                               rows: Callable[..., Any]) -> None:
    from tests import arrivals

    send("uuid:satu")
    survey = [{"type": "text", "name": "desa", "label": "Desa"}, {"type": "text", "name": "baru", "label": "Baru"}]
    arrivals.publish(app, project, {"survey": survey}, version="2", area_field="desa", period_field="", kind_field="")
    send("uuid:dua", "<desa>19.06.01.2001</desa><baru>ya</baru>", version="2")
    assert [(row["baru"], row["__system"]["formVersion"]) for row in rows()] == [("ya", "2"), (None, "1")]
    assert "anggota" not in rows()[1]
