"""Submissions by REST, as pyodk and ruODK call them (PROTOCOL §3 "Submission")."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.arrivals import Phone, enrol, instance, sha256

ALL = "/v1/projects/1/forms/pokja/submissions"
ONE = f"{ALL}/uuid%3Asatu"
PHOTO = "<foto>foto.jpg</foto>"
XML = {"content_type": "application/xml"}


@pytest.fixture
def edited(phone: Phone) -> Phone:
    """A phone that sent a record with a photo and edited it."""
    two = "<desa>19.06.01.2001</desa><anggota>{}</anggota><foto>foto.jpg</foto><kegiatan><nama>a</nama></kegiatan>"
    assert phone.send(instance(body=two.format(1)), {"foto.jpg": b"isi"}).status_code == 201
    assert phone.send(instance("uuid:dua", deprecated="uuid:satu", body=two.format(2).replace("<nama>a", "<nama>b"))).status_code == 201
    return phone


def test_a_record_is_told_with_every_key(admin: Any, edited: Phone) -> None:
    told = admin.get(ONE).get_json()
    assert list(told) == ["instanceId", "submitterId", "deviceId", "userAgent", "createdAt", "updatedAt", "reviewState", "deletedAt",
                          "currentVersion"]
    assert (told["instanceId"], told["submitterId"], told["deviceId"], told["reviewState"]) == ("uuid:satu", edited.id, "hp-1", "edited")
    assert told["deletedAt"] is None and told["updatedAt"].endswith("Z")
    assert told["currentVersion"]["instanceId"] == "uuid:dua" and told["currentVersion"]["current"] is True
    assert "attachments" not in told, "pyodk takes no such key"
    more = admin.get(ONE, headers={"X-Extended-Metadata": "true"}).get_json()
    assert more["submitter"]["displayName"] == "HP Siti"


def test_lists_are_newest_first_and_come_in_parts(admin: Any, phone: Phone) -> None:
    for number in range(4):
        phone.send(instance(f"uuid:{number}"))
    assert [one["instanceId"] for one in admin.get(ALL).get_json()] == [f"uuid:{n}" for n in (3, 2, 1, 0)]
    assert [one["instanceId"] for one in admin.get(f"{ALL}?limit=2&offset=1").get_json()] == ["uuid:2", "uuid:1"]
    assert admin.get(f"{ALL}?limit=x").get_json()["code"] == 400.11


def test_the_id_of_a_later_version_leads_to_that_version(admin: Any, edited: Phone) -> None:
    for suffix in ("", ".xml"):
        answer = admin.get(f"{ALL}/uuid%3Adua{suffix}")
        assert answer.status_code == 301 and answer.headers["Location"].endswith(f"{ONE}/versions/uuid%3Adua{suffix}")
        assert admin.get(answer.headers["Location"]).status_code == 200


def test_xml_comes_back_byte_for_byte(admin: Any, phone: Phone) -> None:
    xml = instance(body="<desa>é  \n</desa>")
    phone.send(xml)
    answer = admin.get(f"{ONE}.xml")
    assert answer.data == xml
    assert admin.get(f"{ONE}.xml", headers={"If-None-Match": "W/" + answer.headers["ETag"]}).status_code == 304


def test_versions_and_what_each_changed(admin: Any, edited: Phone) -> None:
    versions = admin.get(f"{ONE}/versions").get_json()
    assert [(one["instanceId"], one["current"]) for one in versions] == [("uuid:dua", True), ("uuid:satu", False)]
    assert admin.get(f"{ONE}/versions/uuid%3Asatu").get_json()["current"] is False
    assert b"<anggota>1<" in admin.get(f"{ONE}/versions/uuid%3Asatu.xml").data
    assert admin.get(f"{ONE}/versions/uuid%3Asatu/attachments").get_json() == [{"name": "foto.jpg", "exists": True}]
    assert admin.get(f"{ONE}/versions/uuid%3Asatu/attachments/foto.jpg").data == b"isi"
    assert admin.get(f"{ONE}/versions/uuid%3Atiga").status_code == 404
    changes = admin.get(f"{ONE}/diffs").get_json()
    assert list(changes) == ["uuid:dua"]
    assert {"path": ["anggota"], "old": "1", "new": "2"} in changes["uuid:dua"]
    assert {"path": [["kegiatan", 0], "nama"], "old": "a", "new": "b"} in changes["uuid:dua"]
    assert {"path": ["meta", "deprecatedID"], "new": "uuid:satu"} in changes["uuid:dua"]


def test_a_record_is_created_by_rest_but_never_merged(admin: Any, form: int) -> None:
    made = admin.post(f"{ALL}?deviceID=meja", data=instance(), **XML)
    assert (made.status_code, made.get_json()["instanceId"], made.get_json()["deviceId"]) == (200, "uuid:satu", "meja")
    assert isinstance(made.get_json()["submitterId"], int)
    for xml, code in ((instance(), 409.3), (instance(body="<desa>x</desa>"), 409.1), (instance("uuid:b", form="lain"), 400.8),
                      (b"bukan", 400.2), (instance("uuid:b", version="9"), 404.6), (b"", 400.2)):
        assert admin.post(ALL, data=xml, **XML).get_json()["code"] == code


def test_a_record_is_edited_by_rest_from_its_current_version_only(admin: Any, phone: Phone) -> None:
    phone.send(instance())
    phone.send(instance("uuid:lain"))
    edit = instance("uuid:dua", deprecated="uuid:satu")
    for xml, code in ((instance("uuid:dua"), 400.19), (instance("uuid:dua", deprecated="uuid:lain"), 409.9),
                      (instance("uuid:dua", deprecated="uuid:asing"), 404.5)):
        assert admin.call("PUT", ONE, data=xml, **XML).get_json()["code"] == code
    for _ in range(2):
        told = admin.call("PUT", ONE, data=edit, **XML)
        assert (told.status_code, told.get_json()["currentVersion"]["instanceId"]) == (200, "uuid:dua")
    assert admin.call("PUT", ONE, data=instance("uuid:tiga", deprecated="uuid:satu"), **XML).get_json()["code"] == 409.9


def test_attachments_are_put_into_expected_slots_only(app: Flask, admin: Any, phone: Phone) -> None:
    phone.send(instance(body=PHOTO))
    assert admin.get(f"{ONE}/attachments").get_json() == [{"name": "foto.jpg", "exists": False}]
    assert admin.get(f"{ONE}/attachments/foto.jpg").get_json()["code"] == 404.1
    assert admin.post(f"{ONE}/attachments/lain.jpg", data=b"x").get_json()["code"] == 404.1
    sent = admin.post(f"{ONE}/attachments/foto.jpg", data=b"isi", headers={"Content-Encoding": "gzip"})
    assert sent.get_json() == {"success": True}
    assert admin.get(f"{ONE}/attachments").get_json() == [{"name": "foto.jpg", "exists": True}]
    got = admin.get(f"{ONE}/attachments/foto.jpg")
    assert (got.data, got.headers["Content-Type"]) == (b"isi", "image/jpeg")
    assert admin.get(f"{ONE}/attachments/foto.jpg", headers={"If-None-Match": got.headers["ETag"]}).status_code == 304
    assert admin.call("DELETE", f"{ONE}/attachments/foto.jpg").get_json() == {"success": True}
    assert admin.get(f"{ONE}/attachments").get_json() == [{"name": "foto.jpg", "exists": False}]


def test_the_trash_keeps_a_record_until_it_is_restored(admin: Any, phone: Phone) -> None:
    phone.send(instance())
    assert admin.call("DELETE", ONE).get_json() == {"success": True}
    assert admin.get(ONE).status_code == 404 and admin.get(ALL).get_json() == []
    (gone,) = admin.get(f"{ALL}?deleted=True").get_json()
    assert gone["deletedAt"] is not None
    assert admin.post(f"{ONE}/restore").get_json() == {"success": True}
    assert admin.post(f"{ONE}/restore").status_code == 404
    assert len(admin.get(ALL).get_json()) == 1
    assert [line["action"] for line in admin.get(f"{ONE}/audits").get_json()] == ["submission.restore", "submission.delete", "submission.create"]


def test_who_sent_and_which_keys(admin: Any, phone: Phone) -> None:
    phone.send(instance())
    assert [one["displayName"] for one in admin.get(f"{ALL}/submitters").get_json()] == ["HP Siti"]
    assert admin.get(f"{ALL}/keys").get_json() == []


def test_a_phone_reads_back_its_own_and_nothing_else(app: Flask, project: int, edited: Phone) -> None:
    other = enrol(app, project, "HP lain")
    for path in ("submissions/uuid%3Asatu.xml", "submissions/uuid%3Asatu/attachments/foto.jpg",
                 "submissions/uuid%3Asatu/versions/uuid%3Adua.xml"):
        assert edited.get(f"forms/pokja/{path}").status_code == 200
        assert other.get(f"forms/pokja/{path}").status_code == 404
    later = edited.get("forms/pokja/submissions/uuid%3Adua.xml")
    assert later.status_code == 301 and later.headers["Location"].startswith(edited.base)
    for phone in (edited, other):
        assert phone.get("forms/pokja/submissions").status_code == 403
        assert phone.get("forms/pokja/submissions/submitters").status_code == 403


AREAS = [("19.06.01", True), ("19.06.01.2001", True), ("19.06", True), ("19.06.0", False), ("19.06.02", False), ("19.06.01.200", False)]


@pytest.mark.parametrize(("area", "sees"), AREAS)
def test_an_area_scopes_every_reading(person: Any, project: int, edited: Phone, area: str, sees: bool) -> None:
    reviewer = person("siti@contoh.id", role="reviewer", project=project, area=area)
    assert len(reviewer.get(ALL).get_json()) == (1 if sees else 0)
    assert len(reviewer.get(f"{ALL}/submitters").get_json()) == (1 if sees else 0)
    for path in ("", ".xml", "/attachments", "/attachments/foto.jpg", "/versions", "/versions/uuid%3Asatu", "/versions/uuid%3Asatu.xml",
                 "/versions/uuid%3Asatu/attachments/foto.jpg", "/diffs", "/audits"):
        assert reviewer.get(ONE + path).status_code == (200 if sees else 404), path
    assert reviewer.post(f"{ONE}/attachments/foto.jpg", data=b"lain").status_code == (200 if sees else 404)
    assert reviewer.call("DELETE", f"{ONE}/attachments/foto.jpg").status_code == (200 if sees else 404)
    edit = instance("uuid:tiga", deprecated="uuid:dua")
    assert reviewer.call("PUT", ONE, data=edit, **XML).status_code == (200 if sees else 404)
    assert reviewer.call("DELETE", ONE).status_code == 403, "a reviewer deletes nothing"


def test_files_of_one_content_are_kept_once(app: Flask, phone: Phone) -> None:
    from server import files
    from server.db import db

    for number in range(3):
        phone.send(instance(f"uuid:{number}", body=PHOTO), {"foto.jpg": b"sama"})
    with app.app_context():
        known = files.find(sha256(b"sama"))
        assert known is not None and known.size == 4
        assert db.session.query(files.Blob).filter_by(sha256=sha256(b"sama")).count() == 1
