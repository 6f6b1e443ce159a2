"""Phones, people and forms at the desk (PROTOCOL §1, §2.9, §3)."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forms import workbook
from tests import arrivals
from tests.conftest import PASSWORD
from tests.desk.conftest import SHEETS, answers
from tests.publishing.conftest import xls


def text(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


# Phones

def test_a_new_phone_gets_a_link_that_sends(app: Flask, project: int, form: int, reader: Callable[..., Any]) -> None:
    boss = reader(role="manager")
    made = boss.post("phones", name="Yuliana", area="19.06.01")
    page = boss.client.get(made.location).get_data(as_text=True)
    link = html.unescape(re.findall(r'id="link" readonly value="([^"]+)"', page)[0])
    found = re.fullmatch(r"http://localhost/#token=([A-Za-z0-9!$]{64})&project=(\d+)", link)
    assert found and int(found[2]) == project and page.count("<svg") >= 3
    phone = arrivals.Phone(app, project, found[1], 0)
    assert phone.send(arrivals.instance("uuid:satu", body=answers())).status_code == 201
    listed = text(boss.page("phones"))
    assert "Yuliana" in listed and "Manggar" in listed and "yang lalu" in listed


def test_the_code_for_collect_holds_its_settings(reader: Callable[..., Any], form: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.desk import phones

    drawn: list[str] = []
    monkeypatch.setattr(phones, "qr", lambda words, level: drawn.append(words) or "")
    boss = reader(role="manager")
    boss.client.get(boss.post("phones", name="Yuliana", area="").location)
    settings = json.loads(zlib.decompress(base64.b64decode(drawn[-1])))
    assert re.fullmatch(r"http://localhost/v1/key/[A-Za-z0-9!$]{64}/projects/\d+", settings["general"]["server_url"])
    assert settings["project"]["name"] == "Pokja Kampung KB" and settings["admin"] == {}


def test_a_revoked_link_no_longer_sends(app: Flask, reader: Callable[..., Any], phone: arrivals.Phone) -> None:
    boss = reader(role="manager")
    answer = boss.post(f"phones/{phone.id}/revoke")
    assert "sudah dicabut" in boss.client.get(answer.location).get_data(as_text=True)
    assert phone.send(arrivals.instance("uuid:satu")).status_code == 403
    assert boss.post(f"phones/{phone.id}/revoke").status_code == 303


def test_a_phone_without_a_name_is_asked_for_it(reader: Callable[..., Any], form: int) -> None:
    assert "Isi nama petugas." in reader(role="manager").post("phones", name=" ", area="").get_data(as_text=True)


def test_a_manager_of_a_sub_district_sees_and_makes_phones_of_it_only(
        app: Flask, project: int, form: int, reader: Callable[..., Any]) -> None:
    near, far = arrivals.enrol(app, project, "Siti", "19.06.01.2001"), arrivals.enrol(app, project, "Hendra", "19.06.02")
    whole = arrivals.enrol(app, project, "Yuliana")
    boss = reader(role="manager", area="19.06.01")
    listed = boss.page("phones")
    assert "Siti" in listed and "Hendra" not in listed and "Yuliana" not in listed
    assert [boss.get(f"phones/{phone.id}").status_code for phone in (near, far, whole)] == [200, 404, 404]
    assert boss.post(f"phones/{far.id}/revoke").status_code == 404
    assert [boss.post("phones", name="X", area=area).status_code for area in ("19.06.01.2002", "19.06.02", "", "19.06")] == [303, 403, 403, 403]


# People

def test_a_new_person_logs_in_with_the_password_shown_once(client: FlaskClient, reader: Callable[..., Any], form: int) -> None:
    boss = reader("admin@b.id", role="admin")
    page = boss.post("people", email="Rahma@B.id", name="Rahma", role="reviewer", area="19.06.01").get_data(as_text=True)
    password = re.findall(r'id="password"[^>]* value="([^"]+)"', page)[0]
    assert client.post("/desk/login", data={"email": "rahma@b.id", "password": password}).status_code == 303
    listed = boss.page("people")
    assert "Peninjau · Manggar" in text(listed) and password not in listed


def test_a_new_password_ends_the_old_one(client: FlaskClient, reader: Callable[..., Any], form: int) -> None:
    other = reader("rahma@b.id")
    boss = reader("admin@b.id", role="admin")
    page = boss.post(f"people/{other.id}/password").get_data(as_text=True)
    password = re.findall(r'id="password"[^>]* value="([^"]+)"', page)[0]
    assert other.get("queue").status_code == 302
    assert client.post("/desk/login", data={"email": "rahma@b.id", "password": PASSWORD}).status_code == 401
    assert client.post("/desk/login", data={"email": "rahma@b.id", "password": password}).status_code == 303


@pytest.mark.parametrize(("given", "said"), [
    ({"email": "rahma", "role": "reviewer"}, "Ini bukan alamat surel."),
    ({"email": "admin@b.id", "role": "reviewer"}, "Sudah ada akun"),
    ({"email": "x@b.id", "role": "app-user"}, "role cannot be app-user"),
])
def test_an_account_that_cannot_be_is_explained_and_what_was_typed_stays(reader: Callable[..., Any], form: int, given: Any, said: str) -> None:
    answer = reader("admin@b.id", role="admin").post("people", name="Rahma", area="", **given)
    page = answer.get_data(as_text=True)
    assert answer.status_code in (400, 409) and said in page and f'value="{given["email"]}"' in page


def test_roles_are_given_and_taken_and_the_last_administrator_stays(reader: Callable[..., Any], form: int) -> None:
    other, boss = reader("rahma@b.id", area="19.06.01"), reader("admin@b.id", role="admin")
    boss.post(f"people/{other.id}/roles", role="manager", area="19.06.02", act="give")
    assert "Pengelola · Gantung" in text(boss.page("people"))
    boss.post(f"people/{other.id}/roles", role="reviewer", area="19.06.01", act="take")
    assert "Peninjau · Manggar" not in text(boss.page("people"))
    assert boss.post(f"people/{boss.id}/roles", role="admin", area="", act="take").status_code == 400
    assert boss.get("people").status_code == 200


def test_only_administrators_see_people(reader: Callable[..., Any], form: int) -> None:
    boss = reader(role="manager")
    assert boss.get("people").status_code == 403
    assert boss.post("people", email="x@b.id", name="X", role="admin", area="").status_code == 403


# Forms

def xlsx(**changes: list[dict[str, str]]) -> bytes:
    return workbook.to_xlsx(workbook.Workbook(sheets={**SHEETS, **changes}, name="uji.xlsx"))


def upload(boss: Any, data: bytes, name: str = "uji.xlsx") -> Any:
    return boss.post("forms", file=(io.BytesIO(data), name))


def settings(**changes: str) -> list[dict[str, str]]:
    return [{**SHEETS["settings"][0], **changes}]


def test_a_workbook_becomes_a_draft_then_with_one_press_the_published_version(reader: Callable[..., Any], project: int) -> None:
    boss = reader(role="manager")
    answer = upload(boss, xlsx())
    assert answer.status_code == 303
    page = text(boss.client.get(answer.location).get_data(as_text=True))
    assert "Tidak ada yang perlu diperbaiki." in page and "2 indikator dinilai" in page
    assert "belum pernah" in text(boss.page("forms"))  # nothing changed on phones yet
    published = boss.post("forms/pokja/publish", version="1")
    assert "Terbit" in text(boss.client.get(published.location).get_data(as_text=True))
    download = boss.client.get(f"/v1/projects/{project}/forms/pokja.xlsx")
    assert download.status_code == 200 and workbook.read(download.data, "x.xlsx").sheets["settings"][0]["form_id"] == "pokja"


def test_a_workbook_of_excel_97_is_taken_and_offered_as_what_it_is(reader: Callable[..., Any], project: int) -> None:
    boss = reader(role="manager")
    assert 'accept=".xlsx,.xls,.xml' in boss.page("forms")
    page = boss.client.get(upload(boss, xls(), "uji.xls").location).get_data(as_text=True)
    assert "Unduh XLS<" in page and "Unduh XLSX" not in page
    assert boss.client.get(re.findall(r'href="([^"]+/draft\.xls)"', page)[0]).data == xls()


BROKEN = [{"type": "text", "name": "desa", "label::Indonesia (id)": "Desa"}, {"type": "txet", "name": "x", "label::Indonesia (id)": "X"}]


@pytest.mark.parametrize(("data", "name", "said"), [
    (xlsx(survey=BROKEN), "uji.xlsx", ("Lembar survey", "baris 3")),
    (xlsx(scoring=[{**row, "value": "hantu"} if row.get("code") == "A1" else row for row in SHEETS["scoring"]]), "uji.xlsx",
     ("Lembar scoring", "baris 4", "hantu")),
    (b"not a workbook", "uji.xlsx", ()), (b"", "uji.xlsx", ()), (b"<h:html", "uji.xml", ()),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "uji.xls", ("uji.xls is damaged",))])
def test_a_broken_workbook_is_explained_with_its_place(reader: Callable[..., Any], project: int, data: bytes, name: str, said: tuple[str, ...]) -> None:
    boss = reader(role="manager")
    answer = upload(boss, data, name)
    page = text(answer.get_data(as_text=True))
    assert 400 <= answer.status_code < 502 and "Formulir belum dapat dipakai" in page
    assert [words for words in said if words not in page.replace(" ,", ",")] == []
    assert "Belum ada formulir" in text(boss.page("forms"))


def test_no_file_is_asked_for(reader: Callable[..., Any], project: int) -> None:
    assert "Pilih berkas dahulu." in reader(role="manager").post("forms").get_data(as_text=True)


def test_what_a_new_version_loses_is_told_before_it_is_published(reader: Callable[..., Any], form: int) -> None:
    boss = reader(role="manager")
    survey = [row for row in SHEETS["survey"] if row.get("name") != "catatan"]
    answer = upload(boss, xlsx(survey=survey, settings=settings(version="2")))
    page = text(boss.client.get(answer.location).get_data(as_text=True))
    assert "Pertanyaan versi terbit yang tidak ada lagi: catatan" in page
    assert boss.post("forms/pokja/publish", version="2").status_code == 303
    page = text(boss.page("forms/pokja"))
    assert "Terbit 2" in page and "Versi sebelumnya 1" in page


def test_a_question_may_not_change_its_kind(reader: Callable[..., Any], form: int) -> None:
    survey = [{**row, "type": "date"} if row.get("name") == "anggota" else row for row in SHEETS["survey"]]
    answer = upload(reader(role="manager"), xlsx(survey=survey, settings=settings(version="2")))
    assert answer.status_code == 400 and "/isi/anggota" in answer.get_data(as_text=True)


def test_a_version_is_published_once(reader: Callable[..., Any], form: int) -> None:
    boss = reader(role="manager")
    upload(boss, xlsx())
    assert "Versi ini sudah terbit" in text(boss.page("forms/pokja"))
    answer = boss.post("forms/pokja/publish", version="1")
    assert answer.status_code == 409 and "already published" in answer.get_data(as_text=True)
    assert boss.post("forms/pokja/discard").status_code == 303
    assert "Draf" not in text(boss.page("forms/pokja"))
