"""What was refused by REST: looked at, taken in, discarded; by whom, and what the phone hears then (PROTOCOL §B.3, §B.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.arrivals import Phone, enrol, instance, publish, sha256

KEPT = "/v1/projects/1/quarantine"
ALL = "/v1/projects/1/forms/pokja/submissions"
PHOTO = "<desa>19.06.01.2001</desa><foto>foto.jpg</foto>"


def numbers(person: Any, query: str = "") -> list[int]:
    answer = person.get(KEPT + query)
    assert answer.status_code == 200
    return [one["id"] for one in answer.get_json()]


def accept(person: Any, number: int, version: str | None = None) -> Any:
    return person.post(f"{KEPT}/{number}/accept", json={"version": version})


def refuse(phone: Phone, xml: bytes, code: str, files: dict[str, bytes] | None = None) -> None:
    assert phone.send(xml, files).headers.get("X-Problem-Code") == code


def set_state(admin: Any, state: str) -> None:
    assert admin.call("PATCH", "/v1/projects/1/forms/pokja", json={"state": state}).status_code == 200


def chain(admin: Any, root: str = "uuid%3Asatu") -> list[tuple[str, bool]]:
    """The versions of a submission, oldest first, and which one is current."""
    return [(one["instanceId"], one["current"]) for one in reversed(admin.get(f"{ALL}/{root}/versions").get_json())]


def test_one_is_told_with_every_key_its_bytes_and_its_files(admin: Any, phone: Phone) -> None:
    xml = instance("uuid:b", version="99", body=PHOTO)
    refuse(phone, xml, "404.6", {"foto.jpg": b"isi"})
    (listed,) = admin.get(KEPT).get_json()
    assert listed | {"createdAt": "", "lastSeenAt": "", "userAgent": ""} == {
        "id": 1, "state": "waiting", "code": "404.6", "reason": "unknownVersion", "xmlFormId": "pokja", "formVersion": "99",
        "message": "Version “99” of this form was never published here. Fetch the form again; keep this record and tell your supervisor.",
        "instanceId": "uuid:b", "deprecatedId": None, "instanceName": None, "xmlSha256": sha256(xml), "size": len(xml) + 3,
        "submitterId": phone.id, "deviceId": "hp-1", "userAgent": "", "tries": 1, "createdAt": "", "lastSeenAt": "",
        "decidedBy": None, "decidedAt": None, "decision": "", "acceptedAs": None}
    told = admin.get(f"{KEPT}/1").get_json()
    assert told["attachments"] == [{"name": "foto.jpg", "size": 3, "sha256": sha256(b"isi")}]
    assert told["submitter"]["displayName"] == "HP Siti"
    raw = admin.get(f"{KEPT}/1.xml")
    assert raw.data == xml and raw.headers["X-Content-Type-Options"] == "nosniff"
    assert admin.get(f"{KEPT}/1.xml", headers={"If-None-Match": raw.headers["ETag"]}).status_code == 304
    assert admin.get(f"{KEPT}/1/attachments/foto.jpg").data == b"isi"
    assert admin.get(f"{KEPT}/1/attachments/lain.jpg").status_code == admin.get(f"{KEPT}/2").status_code == 404
    assert admin.get("/v1/projects/9/quarantine").status_code == 404


def test_an_unknown_version_is_read_with_a_published_one_and_the_phone_may_let_go(admin: Any, phone: Phone) -> None:
    xml = instance("uuid:b", version="99", body=PHOTO)
    refuse(phone, xml, "404.6")
    assert accept(admin, 1).get_json()["code"] == 404.6, "as it is it still has no form"
    assert accept(admin, 1, "7").get_json()["code"] == 404.6
    told = accept(admin, 1, "1").get_json()
    assert (told["state"], told["acceptedAs"], told["decidedBy"]) == ("accepted", "uuid:b", admin.id)
    assert admin.get(f"{ALL}/uuid%3Ab.xml").data == xml
    stored = admin.get(f"{ALL}/uuid%3Ab").get_json()
    assert (stored["submitterId"], stored["deviceId"], stored["reviewState"]) == (phone.id, "hp-1", None)
    assert phone.send(xml).status_code == 201
    assert b"The files have arrived: 1 of 1." in phone.send(xml, {"foto.jpg": b"isi"}).data
    receipt = phone.get(f"forms/pokja/submissions/uuid%3Ab/receipt?xmlSha256={sha256(xml)}").get_json()
    assert (receipt["xmlSha256"], [file["sha256"] for file in receipt["attachments"]]) == (sha256(xml), [sha256(b"isi")])
    assert admin.get(f"{KEPT}/1").get_json()["tries"] == 1 and numbers(admin) == []


def test_files_that_came_with_it_are_taken_in_too(admin: Any, phone: Phone) -> None:
    refuse(phone, instance("uuid:b", version="99", body=PHOTO), "404.6", {"foto.jpg": b"isi", "lain.jpg": b"lain"})
    assert accept(admin, 1, "1").status_code == 200
    assert admin.get(f"{ALL}/uuid%3Ab/attachments").get_json() == [{"name": "foto.jpg", "exists": True}]
    assert admin.get(f"{ALL}/uuid%3Ab/attachments/foto.jpg").data == b"isi"


def test_a_closed_form_takes_it_from_whoever_may_change_the_form(admin: Any, person: Callable[..., Any], phone: Phone) -> None:
    set_state(admin, "closed")
    xml = instance("uuid:b", body=PHOTO)
    refuse(phone, xml, "409.2")
    reviewer = person("r@b.id", role="reviewer", project=1)
    assert accept(reviewer, 1).get_json()["code"] == 409.2
    assert accept(admin, 1).get_json()["acceptedAs"] == "uuid:b"
    assert admin.get("/v1/projects/1/forms/pokja").get_json()["state"] == "closed"
    refuse(phone, instance("uuid:c"), "409.2")
    assert phone.send(xml, {"foto.jpg": b"isi"}).status_code == 201


def test_an_edit_that_lost_becomes_the_newest_version(admin: Any, phone: Phone) -> None:
    phone.send(instance())
    phone.send(instance("uuid:b", deprecated="uuid:satu"))
    xml = instance("uuid:c", deprecated="uuid:satu", body="<desa>19.06.01.2002</desa>")
    refuse(phone, xml, "409.9")
    assert accept(admin, 1).get_json()["acceptedAs"] == "uuid:c"
    assert chain(admin) == [("uuid:satu", False), ("uuid:b", False), ("uuid:c", True)]
    assert admin.get(f"{ALL}/uuid%3Asatu.xml").data == xml
    assert admin.get(f"{ALL}/uuid%3Asatu").get_json()["reviewState"] == "edited"
    assert phone.send(xml).status_code == 201
    assert phone.send(instance("uuid:d", deprecated="uuid:c")).status_code == 201, "the chain goes on"


def test_another_record_of_a_known_id_becomes_a_version_with_an_id_of_its_own(admin: Any, phone: Phone) -> None:
    phone.send(instance())
    xml = instance(body="<desa>19.06.01.2002</desa><foto>foto.jpg</foto>")
    refuse(phone, xml, "409.1")
    as_id = accept(admin, 1).get_json()["acceptedAs"]
    assert as_id.startswith("uuid:") and chain(admin) == [("uuid:satu", False), (as_id, True)]
    assert admin.get(f"{ALL}/uuid%3Asatu.xml").data == xml, "not one byte is changed"
    assert phone.send(xml, {"foto.jpg": b"isi"}).status_code == 201
    receipt = phone.get(f"forms/pokja/submissions/uuid%3Asatu/receipt?xmlSha256={sha256(xml)}").get_json()
    assert (receipt["xmlSha256"], len(receipt["attachments"])) == (sha256(xml), 1)
    assert phone.get("forms/pokja/submissions/uuid%3Asatu/receipt").get_json()["xmlSha256"] == sha256(instance())
    assert phone.send(instance()).status_code == 201, "the one that stood there first is still known"
    edit = instance("uuid:e", deprecated=as_id)
    assert phone.send(edit).status_code == 201 and chain(admin)[-1] == ("uuid:e", True)


def test_a_correction_under_a_taken_id_becomes_a_version_of_what_it_corrects(admin: Any, phone: Phone) -> None:
    phone.send(instance())
    phone.send(instance("uuid:b", body="<desa>lain</desa>"))
    refuse(phone, instance("uuid:b", deprecated="uuid:satu", body="<desa>x</desa>"), "409.8")
    as_id = accept(admin, 1).get_json()["acceptedAs"]
    assert chain(admin) == [("uuid:satu", False), (as_id, True)] and chain(admin, "uuid%3Ab") == [("uuid:b", True)]


def test_a_correction_of_nothing_becomes_a_record(admin: Any, phone: Phone) -> None:
    xml = instance("uuid:b", deprecated="uuid:asing")
    refuse(phone, xml, "404.5")
    assert accept(admin, 1).get_json()["acceptedAs"] == "uuid:b"
    assert chain(admin, "uuid%3Ab") == [("uuid:b", True)] and phone.send(xml).status_code == 201


def test_what_belongs_to_a_deleted_record_brings_it_back(admin: Any, person: Callable[..., Any], phone: Phone) -> None:
    phone.send(instance())
    assert admin.call("DELETE", f"{ALL}/uuid%3Asatu").status_code == 200
    refuse(phone, instance(), "409.18")
    refuse(phone, instance("uuid:b", deprecated="uuid:satu"), "409.18")
    assert accept(person("r@b.id", role="reviewer", project=1), 1).get_json()["code"] == 409.18
    assert accept(admin, 2).get_json()["acceptedAs"] == "uuid:b"
    assert accept(admin, 1).get_json()["acceptedAs"] == "uuid:satu"
    assert chain(admin) == [("uuid:satu", False), ("uuid:b", True)]


def test_a_form_that_exists_by_now_takes_it(app: Flask, admin: Any, project: int, phone: Phone) -> None:
    refuse(phone, instance(form="baru"), "404.1")
    assert accept(admin, 1).get_json()["code"] == 404.1
    publish(app, project, form_id="baru")
    assert accept(admin, 1).get_json()["acceptedAs"] == "uuid:satu"


def test_what_cannot_be_read_can_only_be_looked_at_and_discarded(admin: Any, phone: Phone) -> None:
    refuse(phone, instance()[:-9], "400.2")
    assert accept(admin, 1).get_json()["code"] == 400.2
    assert admin.get(f"{KEPT}/1.xml").data == instance()[:-9]
    assert admin.post(f"{KEPT}/1/discard", json={"reason": "rusak"}).get_json()["state"] == "discarded"


def test_what_is_discarded_is_kept_with_a_reason_and_may_still_be_taken_in(admin: Any, phone: Phone) -> None:
    xml = instance("uuid:b", version="99")
    refuse(phone, xml, "404.6")
    for reason in ({}, {"reason": " "}):
        assert admin.post(f"{KEPT}/1/discard", json=reason).get_json()["code"] == 400.2
    told = admin.post(f"{KEPT}/1/discard", json={"reason": "isian latihan"}).get_json()
    assert (told["state"], told["decision"], told["decidedBy"]) == ("discarded", "isian latihan", admin.id)
    assert numbers(admin) == [] and numbers(admin, "?state=discarded") == numbers(admin, "?state=all") == [1]
    answer = phone.send(xml)
    assert answer.headers["X-Problem-Code"] == "404.6" and b"A copy is kept" not in answer.data
    assert numbers(admin) == [] and admin.get(f"{KEPT}/1").get_json()["tries"] == 2
    again = admin.post(f"{KEPT}/1/discard", json={"reason": "lagi"}).get_json()
    assert again["code"] == 409.32 and again["details"]["state"] == "discarded"
    assert accept(admin, 1, "1").get_json()["state"] == "accepted"
    assert accept(admin, 1, "1").get_json()["code"] == 409.32


def test_everything_stands_in_the_log(app: Flask, admin: Any, phone: Phone) -> None:
    from server.db import db
    from server.events import Event

    refuse(phone, instance("uuid:b", version="99"), "404.6")
    refuse(phone, instance("uuid:c", version="99"), "404.6")
    accept(admin, 1, "1")
    admin.post(f"{KEPT}/2/discard", json={"reason": "latihan"})
    with app.app_context():
        lines = db.session.scalars(select(Event).where(Event.action.startswith("submission.")).order_by(Event.id)).all()
        assert [(line.action, line.actor_id, line.subject) for line in lines] == [
            ("submission.quarantine", phone.id, "uuid:b"), ("submission.quarantine", phone.id, "uuid:c"),
            ("submission.create", phone.id, "uuid:b"), ("submission.quarantine.accept", admin.id, "uuid:b"),
            ("submission.quarantine.discard", admin.id, "uuid:c")]
        assert lines[3].details["formVersion"] == "1" and lines[4].details["reason"] == "latihan"


def test_nobody_sees_or_decides_what_lies_outside_their_area(admin: Any, person: Callable[..., Any], phone: Phone) -> None:
    near, far = (person(f"{code}@b.id", role="reviewer", project=1, area=f"19.06.{code}") for code in ("01", "02"))
    whole = person("w@b.id", role="reviewer", project=1)
    refuse(phone, instance("uuid:b", version="99"), "404.6", {"foto.jpg": b"isi"})
    refuse(phone, instance("uuid:c", form="asing"), "404.1")
    refuse(phone, b"bukan xml", "400.2")
    assert (numbers(near), numbers(far), numbers(whole)) == ([1], [], [3, 2, 1])
    for path in ("/1", "/1.xml", "/1/attachments/foto.jpg"):
        assert (near.get(KEPT + path).status_code, far.get(KEPT + path).status_code) == (200, 404)
    assert near.get(f"{KEPT}/2").status_code == 404
    assert accept(far, 1, "1").status_code == far.post(f"{KEPT}/1/discard", json={"reason": "x"}).status_code == 404
    assert accept(near, 1, "1").status_code == 200
    assert phone.get("quarantine").status_code == person("v@b.id", role="viewer", project=1).get(KEPT).status_code == 403


def test_what_belongs_to_a_record_of_another_area_is_not_taken_in(admin: Any, person: Callable[..., Any], phone: Phone) -> None:
    phone.send(instance(body="<desa>19.06.02.2001</desa>"))
    refuse(phone, instance(body="<desa>19.06.01.2001</desa>"), "409.1")
    near = person("n@b.id", role="reviewer", project=1, area="19.06.01")
    assert accept(near, 1).get_json()["code"] == 403.1
    assert len(chain(admin)) == 1


def test_a_phone_that_is_gone_stays_the_sender(app: Flask, project: int, admin: Any, phone: Phone) -> None:
    other = enrol(app, project, "HP lama")
    refuse(other, instance("uuid:b", version="99"), "404.6")
    assert admin.call("DELETE", f"/v1/projects/1/app-users/{other.id}").status_code == 200
    assert accept(admin, 1, "1").status_code == 200
    assert admin.get(f"{ALL}/uuid%3Ab").get_json()["submitterId"] == other.id
