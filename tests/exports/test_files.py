"""Submissions as files: CSV, ZIP, XLSX, GeoJSON (PROTOCOL §5, §B.8)."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask import Flask

from tests import arrivals
from tests.arrivals import Phone
from tests.conftest import Person
from tests.exports.conftest import CHOICES, FULL, SURVEY, sheet

BEHIND = ["KEY", "SubmitterID", "SubmitterName", "AttachmentsPresent", "AttachmentsExpected", "Status", "ReviewState", "DeviceID", "Edits",
          "FormVersion"]
Read = Callable[..., list[dict[str, str]]]


@pytest.fixture
def at(project: int) -> str:
    return f"/v1/projects/{project}/forms/pokja/submissions"


def lines(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


@pytest.fixture
def root(admin: Person, at: str) -> Read:
    """The root table."""

    def read(**query: Any) -> list[dict[str, str]]:
        answer = admin.get(f"{at}.csv", query_string=query)
        assert answer.status_code == 200, answer.text
        return lines(answer.data)

    return read


@pytest.fixture
def unpack(admin: Person, at: str) -> Callable[..., dict[str, bytes]]:
    """The members of the archive."""

    def read(caller: Person | None = None, **query: Any) -> dict[str, bytes]:
        answer = (caller or admin).get(f"{at}.csv.zip", query_string=query)
        assert answer.status_code == 200, answer.text
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            assert archive.testzip() is None
            return {name: archive.read(name) for name in archive.namelist()}

    return read


def test_the_table_has_fields_in_form_order_between_our_own(send: Callable[..., str], admin: Person, at: str, phone: Phone) -> None:
    send("uuid:satu", files={"foto.jpg": b"bytes"})
    send("uuid:satu-b", FULL.replace("<anggota>12", "<anggota>13"), deprecated="uuid:satu")
    answer = admin.get(f"{at}.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.data.startswith(b"SubmissionDate,desa,anggota,luas,") and answer.data.endswith(b"\r\n")
    (row,) = lines(answer.data)
    assert list(row) == ["SubmissionDate", "desa", "anggota", "luas", "tanggal", "mulai", "jam", "ling.kungan-titik-Latitude",
                         "ling.kungan-titik-Longitude", "ling.kungan-titik-Altitude", "ling.kungan-titik-Accuracy", "ling.kungan-jalan",
                         "ling.kungan-batas", "ling.kungan-tema", "foto", "meta-instanceID", *BEHIND]
    assert (row["anggota"], row["luas"], row["ling.kungan-titik-Longitude"]) == ("13", "1.5E7", "106.15")
    assert (row["KEY"], row["meta-instanceID"], row["Edits"], row["ReviewState"]) == ("uuid:satu", "uuid:satu-b", "1", "edited")
    assert (row["SubmitterID"], row["SubmitterName"], row["Status"], row["FormVersion"]) == (str(phone.id), "HP Siti", "", "1")
    assert row["SubmissionDate"].endswith("Z")


def test_an_empty_table_has_its_header_and_new_ones_come_first(send: Callable[..., str], admin: Person, form: int, at: str,
                                                              root: Read) -> None:
    assert admin.get(f"{at}.csv").data.count(b"\r\n") == 1
    send("uuid:satu")
    send("uuid:dua")
    assert [row["KEY"] for row in root()] == ["uuid:dua", "uuid:satu"]


def test_a_repeat_is_a_table_that_names_its_parents(send: Callable[..., str], unpack: Callable[..., dict[str, bytes]]) -> None:
    send("uuid:satu")
    members = unpack()
    assert list(members) == ["pokja.csv", "pokja-kegiatan.csv", "pokja-peserta.csv", "about.txt"]
    outer, inner = lines(members["pokja-kegiatan.csv"]), lines(members["pokja-peserta.csv"])
    assert outer[0] == {"nama": "Penyuluhan", "bukti": "", "PARENT_KEY": "uuid:satu", "KEY": "uuid:satu/ling.kungan/kegiatan[1]"}
    assert [row["KEY"] for row in inner] == [f"uuid:satu/ling.kungan/kegiatan[1]/peserta[{number}]" for number in (1, 2)]
    assert {row["PARENT_KEY"] for row in inner} == {outer[0]["KEY"]}
    assert [row["nama"] for row in inner] == ["Siti", 'Ani, "A"']


def test_group_paths_can_be_left_out_and_choices_split(send: Callable[..., str], root: Read) -> None:
    send("uuid:satu")
    send("uuid:dua", "<desa>d</desa><ling.kungan><tema>kb</tema></ling.kungan>")
    send("uuid:tiga", "<desa>d</desa>")
    three, two, one = root(groupPaths="false", splitSelectMultiples="TRUE")
    assert "titik-Latitude" in one and "ling.kungan-tema" not in one
    names = [name for name in one if name.startswith("tema")]
    assert names == ["tema", "tema/gizi", "tema/kb", "tema/lansia"]
    assert [[row[name] for name in names] for row in (one, two, three)] == [
        ["gizi lansia", "1", "0", "1"], ["kb", "0", "1", "0"], ["", "", "", ""]]


def test_label_columns_stand_beside_their_values(send: Callable[..., str], root: Read, admin: Person, at: str) -> None:
    send("uuid:satu")
    assert root(labels="true")[0]["ling.kungan-tema (label)"] == "Gizi; Lansia"
    assert "ling.kungan-tema (label)" not in root()[0]
    assert admin.get(f"{at}.csv?labels=fr").json["code"] == 400.8


def test_fields_that_a_version_dropped_come_back_when_asked(send: Callable[..., str], app: Flask, project: int, root: Read) -> None:
    send("uuid:satu")
    survey = [line for line in sheet(SURVEY) if line["name"] not in ("luas", "jalan")]
    arrivals.publish(app, project, {"survey": survey, "choices": CHOICES}, version="2", area_field="desa", period_field="", kind_field="")
    assert "luas" not in root()[0]
    row = root(deletedFields="true")[0]
    assert (row["luas"], row["ling.kungan-jalan"]) == ("1.5E7", "-2.8 106.1 0 0;-2.9 106.2 0 0")
    assert list(row).index("luas") == list(row).index("anggota") + 1


def test_safe_cells_are_never_formulas_and_numbers_stay_numbers(send: Callable[..., str], unpack: Callable[..., dict[str, bytes]],
                                                               root: Read) -> None:
    send("uuid:satu", FULL.replace("19.06.01.2001", "=HYPERLINK(\"x\")").replace("<anggota>12", "<anggota>-3"))
    assert root()[0]["desa"].startswith("=HYPERLINK")
    row = root(safeCells="true")[0]
    assert (row["desa"], row["anggota"], row["ling.kungan-titik-Latitude"]) == ("'=HYPERLINK(\"x\")", "-3", "-2.85")
    assert lines(unpack(safeCells="true")["pokja-kegiatan.csv"])[1]["nama"] == "'=1+1"


def test_a_filter_narrows_every_table_and_file(send: Callable[..., str], unpack: Callable[..., dict[str, bytes]], admin: Person,
                                              at: str) -> None:
    send("uuid:satu", files={"foto.jpg": b"satu"})
    send("uuid:dua", files={"foto.jpg": b"dua"})
    members = unpack(**{"$filter": "__id eq 'uuid:dua'"})
    assert [row["KEY"] for row in lines(members["pokja.csv"])] == ["uuid:dua"]
    assert {row["PARENT_KEY"] for row in lines(members["pokja-kegiatan.csv"])} == {"uuid:dua"}
    assert members["media/foto.jpg"] == b"dua"
    assert admin.get(f"{at}.csv", query_string={"$filter": "__id eq"}).json["code"] == 400.18


def test_media_of_one_name_are_kept_apart_and_the_same_bytes_come_once(send: Callable[..., str],
                                                                      unpack: Callable[..., dict[str, bytes]]) -> None:
    for number, data in enumerate((b"satu", b"dua", b"satu")):
        send(f"uuid:{number}", files={"foto.jpg": data})
    members = unpack()
    media = {name: data for name, data in members.items() if name.startswith("media/")}
    assert sorted(media.values()) == [b"dua", b"satu"] and media["media/foto.jpg"] == b"satu"
    (other,) = set(media) - {"media/foto.jpg"}
    assert f"{other}: foto.jpg (uuid:1)" in members["about.txt"].decode()
    assert not [name for name in unpack(attachments="false") if name.startswith("media/")]


def test_names_of_members_stay_inside_the_folder(app: Flask, project: int, phone: Phone, unpack: Callable[..., dict[str, bytes]],
                                                admin: Person) -> None:
    name = "../../etc/pas|swd.jpg"
    assert phone.send(arrivals.instance("uuid:x", body=f"<desa>d</desa><foto>{name}</foto>"), {name: b"x"}).status_code == 201
    assert [member for member in unpack() if member.startswith("media/")] == ["media/_.._.._etc_pas_swd.jpg"]


def test_audit_logs_are_one_table_and_no_media(app: Flask, project: int, admin: Person, unpack: Callable[..., dict[str, bytes]]) -> None:
    survey = [*sheet("type | name | label\ntext | desa | D\n"), {"type": "audit", "name": "audit", "label": ""}]
    arrivals.publish(app, project, {"survey": survey}, area_field="desa", period_field="", kind_field="")
    phone = arrivals.enrol(app, project)
    for number, log in enumerate((b"event,node,start,end\r\nquestion,/data/desa,1,2\r\n", b"start,event,extra\r\n7,form start,x\r\n")):
        xml = arrivals.instance(None, body="<desa>d</desa>").replace(
            b"<meta></meta>", f"<meta><audit>audit.csv</audit><instanceID>uuid:{number}</instanceID></meta>".encode())
        assert phone.send(xml, {"audit.csv": log}).status_code == 201
    members = unpack()
    assert list(members) == ["pokja.csv", "pokja - audit.csv", "about.txt"]
    second, first = lines(members["pokja - audit.csv"])
    assert (first["instance ID"], first["event"], first["node"], first["end"]) == ("uuid:0", "question", "/data/desa", "2")
    assert (second["event"], second["start"], second["node"]) == ("form start", "7", "")


def test_the_moment_and_the_counts_of_the_screen_are_in_the_file(send: Callable[..., str], admin: Person, project: int, at: str,
                                                                unpack: Callable[..., dict[str, bytes]], root: Read) -> None:
    for number in range(4):
        send(f"uuid:{number}")
    admin.call("PATCH", f"{at}/uuid:1", json={"reviewState": "approved"})
    admin.call("PATCH", f"{at}/uuid:2", json={"reviewState": "hasIssues"})
    admin.call("DELETE", f"{at}/uuid:3")
    screen = admin.get(f"/v1/projects/{project}/forms/pokja", headers={"X-Extended-Metadata": "true"}).json
    answer = admin.get(f"{at}.csv.zip")
    about = unpack()["about.txt"].decode()
    assert answer.headers["X-Snapshot-At"][:16] in about
    assert f"(submissions): {screen['submissions']}\r\n" in about and screen["submissions"] == 3
    assert f"(received): {screen['reviewStates']['received']}\r\n" in about
    assert f"(hasIssues): {screen['reviewStates']['hasIssues']}\r\n" in about
    assert "(approved): 1\r\n" in about and len(root()) == 3
    name = admin.get(f"{at}.csv").headers["Content-Disposition"]
    assert answer.headers["X-Snapshot-At"][:10] in name


def test_names_of_the_archives_are_those_of_central(admin: Person, form: int, at: str) -> None:
    for query, name in (("", "pokja.zip"), ("?attachments=false", "pokja.csv.zip")):
        answer = admin.get(f"{at}.csv.zip{query}")
        assert f'filename="{name}"' in answer.headers["Content-Disposition"] and answer.content_type == "application/zip"


def test_a_post_asks_with_its_body(send: Callable[..., str], admin: Person, at: str) -> None:
    send("uuid:satu")
    answer = admin.post(f"{at}.csv?groupPaths=true", data={"groupPaths": "false", "123": "passphrase"})
    assert "tema" in lines(answer.data)[0] and answer.headers["Cache-Control"] == "no-store"
    assert zipfile.ZipFile(io.BytesIO(admin.post(f"{at}.csv.zip", data={"attachments": "false"}).data)).namelist()[0] == "pokja.csv"


def test_a_file_is_not_sent_again_while_nothing_changed(send: Callable[..., str], admin: Person, at: str) -> None:
    send("uuid:satu")
    tag = admin.get(f"{at}.csv").headers["ETag"]
    assert admin.get(f"{at}.csv", headers={"If-None-Match": tag}).status_code == 304
    assert admin.get(f"{at}.csv?groupPaths=false", headers={"If-None-Match": tag}).status_code == 200
    send("uuid:dua")
    assert admin.get(f"{at}.csv", headers={"If-None-Match": tag}).status_code == 200


def test_a_workbook_has_sheets_numbers_dates_and_no_formula(send: Callable[..., str], admin: Person, at: str) -> None:
    send("uuid:satu", FULL.replace("19.06.01.2001", "=1+1"))
    book = openpyxl.load_workbook(io.BytesIO(admin.get(f"{at}.xlsx").data))
    assert book.sheetnames == ["Submissions", "kegiatan", "peserta", "About"]
    names = [cell.value for cell in book["Submissions"][1]]
    row = dict(zip(names, book["Submissions"][2], strict=True))
    assert (row["anggota"].value, row["luas"].value) == (12, 15_000_000)
    assert row["tanggal"].is_date and row["tanggal"].value.strftime("%Y-%m-%d") == "2026-03-14"
    assert (row["desa"].value, row["desa"].data_type) == ("=1+1", "s")
    assert book["kegiatan"]["A3"].value == "=1+1"
    about = {line[0].value: line[1].value for line in book["About"].iter_rows()}
    assert about["Jumlah kiriman (submissions)"] == 1 and about["  belum diperiksa (received)"] == 1


def test_a_map_places_each_submission_once(send: Callable[..., str], admin: Person, at: str) -> None:
    send("uuid:satu")
    send("uuid:dua", "<desa>d</desa><anggota>3</anggota>")
    answer = admin.get(f"{at}.geojson")
    assert answer.content_type == "application/geo+json"
    without, placed = answer.json["features"]
    assert placed["geometry"] == {"type": "Point", "coordinates": [106.15, -2.85, 12.5]}
    assert (placed["id"], placed["properties"]["anggota"], without["geometry"]) == ("uuid:satu", 12, None)
    assert admin.get(f"{at}.geojson?geometry=jalan").json["features"][1]["geometry"]["type"] == "LineString"
    assert admin.get(f"{at}.geojson?geometry=desa").json["code"] == 400.8


@pytest.mark.parametrize("ending", [".csv", ".csv.zip", ".xlsx", ".geojson"])
def test_no_file_holds_a_byte_of_another_area(send: Callable[..., str], person: Callable[..., Person], project: int, at: str, phone: Phone,
                                             ending: str) -> None:
    send("uuid:satu", files={"foto.jpg": b"milik satu"})
    send("uuid:dua", FULL.replace("19.06.01.2001", "19.06.02.2001"), files={"foto.jpg": b"milik dua"})
    answer = person("camat@contoh.id", "viewer", project, "19.06.01").get(f"{at}{ending}")
    held = answer.data
    if ending in (".csv.zip", ".xlsx"):
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            held = b"".join(archive.read(name) for name in archive.namelist())
    assert b"uuid:satu" in held and b"uuid:dua" not in held and b"milik dua" not in held
    assert phone.get(f"forms/pokja/submissions{ending}").status_code == 403
    assert person("luar@contoh.id", None).get(f"{at}{ending}").status_code == 403
    assert person("lain@contoh.id", "viewer", project, "19.06.03").get(f"{at}{ending}").status_code == 200
