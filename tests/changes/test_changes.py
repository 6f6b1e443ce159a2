"""What a phone asks for between two visits: only what is new, only what is its own (DESIGN §4.6)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.arrivals import Phone, enrol, instance, publish, sha256

ALWAYS = {"cursor", "now", "account"}
WITH_PHOTO = "<desa>19.06.01.2001</desa><anggota>3</anggota><foto>foto.jpg</foto>"


def changes(phone: Phone, since: str = "") -> dict[str, Any]:
    answer = phone.get(f"changes?since={since}" if since else "changes")
    assert answer.status_code == 200, answer.data
    told: dict[str, Any] = answer.get_json()
    return told


def news(phone: Phone, since: str) -> set[str]:
    """Keys that changed since a cursor."""
    return set(changes(phone, since)) - ALWAYS


def decide(app: Flask, admin: Any, state: str | None, reason: str = "Foto kabur", comments: list[tuple[str | None, str]] | None = None,
           instance_id: str = "uuid:satu", form: int = 1) -> None:
    from server.db import transaction
    from server.reviews import store as reviews
    from server.submissions import store as submissions

    with app.app_context(), transaction():
        found = submissions.find(form, instance_id)
        assert found is not None
        last = reviews.last_review(found.id)
        reviews.decide(found, submissions.current(found.id).id, state, reason, admin.id, last.id if last else None, comments or [])


@pytest.fixture
def villages(app: Flask) -> None:
    from server.db import db, transaction
    from server.villages.models import Village

    with app.app_context(), transaction():
        for code, name, district in (("19.06.01.2001", "Padang", "19.06.01"), ("19.06.02.2001", "Gantung", "19.06.02")):
            db.session.add(Village(code=code, name=name, subdistrict_code=district, subdistrict="Kec. " + district, lat=-2.9, lon=108.2))


def test_a_first_visit_brings_everything(project: int, phone: Phone, villages: None) -> None:
    told = changes(phone)
    assert set(told) == ALWAYS | {"forms", "villages", "returned", "decided"}
    assert told["account"] == {"id": phone.id, "displayName": "HP Siti", "projectId": project, "projectName": "Pokja Kampung KB"}
    (form,) = told["forms"]
    assert (form["xmlFormId"], form["version"], form["name"], form["areaField"], form["periodField"]) == (
        "pokja", "1", "Pokja uji", "/desa", "/periode")
    got = phone.app.test_client().get(form["downloadUrl"])
    assert (got.status_code, len(got.data)) == (200, form["size"]) and form["attachments"] == []
    assert told["villages"][0] == {"code": "19.06.01.2001", "name": "Padang", "subdistrict": "Kec. 19.06.01",
                                   "subdistrictCode": "19.06.01", "lat": -2.9, "lon": 108.2}
    assert len(told["villages"]) == 2 and told["returned"] == told["decided"] == []


def test_nothing_new_costs_less_than_a_kilobyte(phone: Phone) -> None:
    answer = phone.get(f"changes?since={changes(phone)['cursor']}")
    assert set(answer.get_json()) == ALWAYS
    assert len(answer.data) + sum(len(name) + len(value) + 4 for name, value in answer.headers) < 1024


def test_a_phone_of_an_area_gets_the_villages_of_that_area(app: Flask, project: int, form: int, villages: None) -> None:
    assert [one["name"] for one in changes(enrol(app, project, area="19.06.02"))["villages"]] == ["Gantung"]


def test_only_the_keys_that_changed_come(app: Flask, admin: Any, project: int, phone: Phone) -> None:
    since = changes(phone)["cursor"]
    publish(app, project, version="2")
    assert news(phone, since) == {"forms"}
    assert changes(phone, since)["forms"][0]["version"] == "2"
    since = changes(phone)["cursor"]
    admin.call("PATCH", f"/v1/projects/{project}/forms/pokja", json={"state": "closed"})
    assert changes(phone, since)["forms"] == []
    since = changes(phone)["cursor"]
    from server.db import transaction
    from server.villages import store
    with app.app_context(), transaction():
        store.import_csv(b"kecamatan_code,kecamatan,village_code,village,lon,lat\n"
                         b"19.06.01,Manggar,19.06.01.2001,Padang,108.2,-2.9\n")
    assert news(phone, since) == {"villages"}


def test_what_others_send_is_no_news(app: Flask, project: int, phone: Phone) -> None:
    since = changes(phone)["cursor"]
    enrol_later = enrol(app, project, "HP lain")
    since = changes(phone)["cursor"]
    enrol_later.send(instance("uuid:lain"))
    phone.send(instance("uuid:sendiri"))
    told = changes(phone, since)
    assert set(told) == ALWAYS and told["cursor"] != since, "the phone knows what it sent; the place moves on"


def test_a_returned_record_comes_with_reason_comments_and_files(app: Flask, admin: Any, form: int, phone: Phone) -> None:
    phone.send(instance(body=WITH_PHOTO), {"foto.jpg": b"isi", "lain.jpg": b"stray"})
    since = changes(phone)["cursor"]
    decide(app, admin, "hasIssues", "Foto kabur", [("/foto", "Ambil ulang"), (None, "Terima kasih")], form=form)
    told = changes(phone, since)
    assert set(told) - ALWAYS == {"returned", "decided"}
    (back,) = told["returned"]
    assert (back["xmlFormId"], back["formVersion"], back["instanceId"], back["currentInstanceId"], back["villageCode"]) == (
        "pokja", "1", "uuid:satu", "uuid:satu", "19.06.01.2001")
    assert back["reason"] == "Foto kabur" and back["at"].endswith("Z")
    assert [(one["path"], one["body"]) for one in back["comments"]] == [("/foto", "Ambil ulang"), (None, "Terima kasih")]
    assert back["attachments"] == [{"name": "foto.jpg", "sha256": sha256(b"isi"), "size": 3}]
    assert phone.app.test_client().get(back["xmlUrl"]).data == instance(body=WITH_PHOTO)
    assert back["xmlSha256"] == sha256(instance(body=WITH_PHOTO))
    assert [(one["instanceId"], one["reviewState"], one["reason"]) for one in told["decided"]] == [("uuid:satu", "hasIssues", "Foto kabur")]
    assert changes(phone)["returned"] == told["returned"], "a first visit brings it too"


def test_the_answer_to_a_returned_record_takes_it_off_the_list(app: Flask, admin: Any, form: int, phone: Phone) -> None:
    phone.send(instance(body=WITH_PHOTO), {"foto.jpg": b"isi"})
    decide(app, admin, "hasIssues", form=form)
    since = changes(phone)["cursor"]
    phone.send(instance("uuid:dua", deprecated="uuid:satu", body=WITH_PHOTO))
    told = changes(phone, since)
    assert told["returned"] == []
    assert [(one["instanceId"], one["currentInstanceId"], one["reviewState"]) for one in told["decided"]] == [("uuid:satu", "uuid:dua", "edited")]
    decide(app, admin, "hasIssues", "Masih kabur", form=form)
    (back,) = changes(phone)["returned"]
    assert (back["instanceId"], back["currentInstanceId"], back["reason"], back["comments"]) == ("uuid:satu", "uuid:dua", "Masih kabur", [])
    assert back["attachments"][0]["sha256"] == sha256(b"isi")
    assert b"uuid:dua" in phone.app.test_client().get(back["xmlUrl"]).data


def test_decisions_come_once_and_only_to_whom_they_concern(app: Flask, admin: Any, project: int, form: int, phone: Phone) -> None:
    other = enrol(app, project, "HP lain")
    phone.send(instance())
    since = changes(phone)["cursor"]
    decide(app, admin, "approved", "", form=form)
    told = changes(phone, since)
    assert [one["reviewState"] for one in told["decided"]] == ["approved"] and told["returned"] == []
    assert news(phone, told["cursor"]) == set()
    assert news(other, since) == set() and changes(other)["decided"] == []
    decide(app, admin, None, "Salah tekan", form=form)
    assert [(one["reviewState"], one["reason"]) for one in changes(phone, told["cursor"])["decided"]] == [(None, "Salah tekan")]


def test_a_deleted_record_is_on_no_list(app: Flask, admin: Any, project: int, form: int, phone: Phone) -> None:
    phone.send(instance())
    decide(app, admin, "hasIssues", form=form)
    since = changes(phone)["cursor"]
    admin.call("DELETE", f"/v1/projects/{project}/forms/pokja/submissions/uuid%3Asatu")
    told = changes(phone, since)
    assert told["returned"] == [] and told["decided"] == []


@pytest.mark.parametrize("since", ["x", "-", "1", "99999999999999999999-1", "0-0", "%00", "1-2-3"])
def test_a_cursor_that_is_none_of_ours_is_no_error(phone: Phone, since: str) -> None:
    assert phone.get(f"changes?since={since}").status_code in (200, 400)


def test_a_revoked_link_and_another_project_are_403(app: Flask, project: int, phone: Phone) -> None:
    from server.accounts import store
    from server.accounts.models import AppUser
    from server.db import db, transaction

    assert phone.app.test_client().get(f"/v1/key/{phone.token}/projects/{project + 1}/changes").status_code == 403
    with app.app_context(), transaction():
        found = db.session.get(AppUser, phone.id)
        assert found is not None
        store.revoke(found)
    assert phone.get("changes").status_code == 403
    assert phone.get("formList").status_code == 403
    assert phone.send(instance()).status_code == 403


def test_a_receipt_is_the_senders_alone(app: Flask, project: int, phone: Phone) -> None:
    phone.send(instance())
    assert phone.get("forms/pokja/submissions/uuid%3Asatu/receipt").status_code == 200
    assert enrol(app, project, "HP lain").get("forms/pokja/submissions/uuid%3Asatu/receipt").status_code == 404
    assert phone.get("forms/tidak/submissions/uuid%3Asatu/receipt").status_code == 404


def test_a_receipt_is_also_for_who_holds_the_record_to_the_byte(app: Flask, project: int, phone: Phone) -> None:
    """The phone got another account while the record was under way, and finishes under it."""
    sent = instance(body=WITH_PHOTO)
    phone.send(sent)
    successor = enrol(app, project, "HP pengganti")
    known = f"forms/pokja/submissions/uuid%3Asatu/receipt?xmlSha256={sha256(sent)}"
    assert successor.get(known).get_json()["attachments"] == []
    assert successor.send(sent, {"foto.jpg": b"gambar"}).status_code == 201
    assert successor.get(known).get_json()["attachments"] == [{"name": "foto.jpg", "sha256": sha256(b"gambar"), "size": 6}]
    for guess in ("", sha256(sent + b" "), sha256(sent).upper()):
        assert successor.get(f"forms/pokja/submissions/uuid%3Asatu/receipt?xmlSha256={guess}").status_code == 404, guess


def test_after_a_restore_from_an_older_backup_a_phone_begins_anew(app: Flask, phone: Phone) -> None:
    from datetime import timedelta

    from sqlalchemy import update

    from server.db import db, now, transaction
    from server.events import Event

    since = changes(phone)["cursor"]
    assert news(phone, since) == set()
    with app.app_context(), transaction():  # the same numbers, other lines
        db.session.execute(update(Event).values(logged_at=now() - timedelta(days=3)))
    assert {"forms", "villages", "returned", "decided"} <= set(changes(phone, since))
