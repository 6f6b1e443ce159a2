"""What phones list and fetch: form list, manifest, where to POST, drafts on trial (PROTOCOL §2.1–2.5, §2.8)."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from lxml import etree

from tests.arrivals import Phone, enrol, instance, publish

LIST = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
WITH_MEDIA = {"survey": [{"type": "select_one_from_file desa_kita.csv", "name": "desa", "label": "Desa"}],
              "choices": [{"list_name": "x", "name": "x", "label": "x"}]}


def listed(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200 and answer.content_type == "text/xml; charset=utf-8", answer.data
    return [{child.tag.removeprefix(LIST): child.text or "" for child in form} for form in etree.fromstring(answer.data)]


def fetch(app: Flask, url: str) -> Any:
    """GET an absolute address as a phone would."""
    parts = urlsplit(url)
    assert parts.scheme == "http" and parts.netloc
    return app.test_client().get(parts.path, headers={"X-OpenRosa-Version": "1.0"})


def test_a_phone_lists_its_forms_and_the_hash_is_that_of_the_bytes(app: Flask, phone: Phone) -> None:
    (form,) = listed(phone.get("formList?deviceID=hp&verbose=true"))
    assert (form["formID"], form["name"], form["version"]) == ("pokja", "Pokja uji", "1")
    assert form["downloadUrl"].startswith(f"http://localhost{phone.base}/forms/") and "manifestUrl" not in form
    assert form["hash"] == "md5:" + hashlib.md5(fetch(app, form["downloadUrl"]).data).hexdigest()


def test_the_list_can_be_narrowed_to_one_form(app: Flask, project: int, phone: Phone) -> None:
    publish(app, project, form_id="a b/ü&c", form_title="")
    assert [form["formID"] for form in listed(phone.get("formList"))] == ["a b/ü&c", "pokja"]
    assert listed(phone.get("formList?formID=tidak"))  == []
    (odd,) = listed(phone.get("formList?formID=a%20b%2F%C3%BC%26c"))
    assert odd["downloadUrl"].endswith("/forms/a%20b%2F%C3%BC%26c.xml") and fetch(app, odd["downloadUrl"]).status_code == 200
    assert phone.send(instance(form="a b/ü&amp;c")).status_code == 201


@pytest.mark.parametrize(("state", "shown"), [("open", 1), ("closing", 0), ("closed", 0)])
def test_only_open_forms_are_listed(admin: Any, project: int, phone: Phone, state: str, shown: int) -> None:
    assert admin.call("PATCH", f"/v1/projects/{project}/forms/pokja", json={"state": state}).status_code == 200
    assert len(listed(phone.get("formList"))) == shown


def test_addresses_follow_the_public_url(app: Flask, phone: Phone) -> None:
    config = app.extensions["pokja.config"]
    config.values["PUBLIC_URL"] = "https://pokja.example.id"
    (form,) = listed(phone.get("formList"))
    assert form["downloadUrl"] == f"https://pokja.example.id{phone.base}/forms/pokja.xml"


def test_the_manifest_names_filled_slots_only(app: Flask, admin: Any, project: int, phone: Phone) -> None:
    publish(app, project, WITH_MEDIA, form_id="daftar", form_title="Daftar", version="1", area_field="desa", period_field="", kind_field="")
    form = next(form for form in listed(phone.get("formList")) if form["formID"] == "daftar")
    assert list(etree.fromstring(fetch(app, form["manifestUrl"]).data)) == []
    under = f"/v1/projects/{project}/forms/daftar/draft"
    assert admin.post(under).status_code == 200
    assert admin.post(f"{under}/attachments/desa_kita.csv", data=b"name,label\na,A\n").status_code == 200
    assert admin.post(f"{under}/publish?version=2").status_code == 200
    (file,) = etree.fromstring(fetch(app, form["manifestUrl"]).data)
    told = {child.tag.removeprefix(MANIFEST): child.text for child in file}
    assert told["filename"] == "desa_kita.csv" and file.get("type") is None
    got = fetch(app, told["downloadUrl"])
    assert told["hash"] == "md5:" + hashlib.md5(got.data).hexdigest()
    assert got.headers["Content-Disposition"].startswith("attachment; filename=")


def test_head_says_where_to_post_and_how_much_at_once(app: Flask, phone: Phone) -> None:
    for method in ("HEAD", "GET"):
        answer = app.test_client().open(f"{phone.base}/submission?deviceID=x", method=method, headers=phone.headers)
        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Location"] == f"http://localhost{phone.base}/submission"
        assert int(answer.headers["X-OpenRosa-Accept-Content-Length"]) >= 10485760
        assert answer.headers["X-OpenRosa-Version"] == "1.0" and answer.headers["Content-Language"] == "en"


def test_errors_wear_the_envelope_and_the_headers_too(app: Flask, project: int, phone: Phone) -> None:
    dead = app.test_client().get(f"/v1/key/{'a' * 64}/projects/{project}/formList", headers=phone.headers)
    asked = app.test_client().get(f"/v1/projects/{project}/formList", headers=phone.headers)
    for answer, code in ((dead, "403.1"), (asked, "401.2"), (phone.get("forms/tidak/manifest"), "404.1")):
        assert answer.headers["X-Problem-Code"] == code and answer.headers["X-OpenRosa-Version"] == "1.0"
        assert etree.fromstring(answer.data)[0].get("nature") == "error"
    assert "WWW-Authenticate" in asked.headers and "WWW-Authenticate" not in dead.headers


def test_a_web_user_sends_with_a_token_or_a_password(app: Flask, person: Any, project: int, form: int) -> None:
    from tests.conftest import PASSWORD

    collector = person("siti@contoh.id", role="formfill", project=project)
    headers = {"X-OpenRosa-Version": "1.0"}
    (form_told,) = listed(collector.get(f"/v1/projects/{project}/formList", headers=headers))
    assert form_told["downloadUrl"] == f"http://localhost/v1/projects/{project}/forms/pokja.xml"
    phone = Phone(app, project, "", collector.id, {**headers, "Authorization": f"Bearer {collector.token}"})
    assert phone.send(instance(), base=f"/v1/projects/{project}").status_code == 201
    basic = app.test_client().head(f"/v1/projects/{project}/submission", headers=headers, auth=("siti@contoh.id", PASSWORD))
    assert basic.status_code == 204
    viewer = person("lihat@contoh.id", role="viewer", project=project)
    phone.headers["Authorization"] = f"Bearer {viewer.token}"
    assert phone.send(instance("uuid:b"), base=f"/v1/projects/{project}").headers["X-Problem-Code"] == "401.2"


def test_a_phone_without_a_form_gets_an_empty_list_and_is_refused_only_when_it_sends(app: Flask, project: int, phone: Phone) -> None:
    from server.accounts.models import Assignment
    from server.db import db, transaction

    with app.app_context(), transaction():
        db.session.query(Assignment).filter_by(actor_id=phone.id).delete()
    assert listed(phone.get("formList")) == []
    assert phone.get("submission").status_code == 204
    refused = phone.send(instance())
    assert (refused.status_code, refused.headers["X-Problem-Code"]) == (401, "401.2")
    assert "WWW-Authenticate" not in refused.headers, "its key is all the credentials it has"
    elsewhere = app.test_client().get(f"{phone.base.rpartition('/')[0]}/{project + 1}/formList", headers=phone.headers)
    assert elsewhere.status_code == 403


def test_of_a_project_that_is_gone_no_list_is_given_or_phones_would_delete_their_forms(
        app: Flask, admin: Any, project: int, phone: Phone) -> None:
    headers = {"X-OpenRosa-Version": "1.0"}
    assert admin.get(f"/v1/projects/{project + 1}/formList", headers=headers).headers["X-Problem-Code"] == "404.1"
    assert admin.call("DELETE", f"/v1/projects/{project}").status_code == 200
    assert phone.get("formList").status_code == 404
    assert phone.get("submission").status_code == 404, "not even asked to send"


def test_a_phone_of_one_form_lists_and_sends_only_that(app: Flask, project: int, phone: Phone, form: int) -> None:
    from server.accounts.models import Assignment
    from server.db import db, transaction

    publish(app, project, form_id="lain", form_title="Lain")
    with app.app_context(), transaction():
        db.session.query(Assignment).filter_by(actor_id=phone.id).one().form_id = form
    assert [one["formID"] for one in listed(phone.get("formList"))] == ["pokja"]
    assert phone.send(instance()).status_code == 201
    assert phone.send(instance(form="lain")).headers["X-Problem-Code"] == "401.2"
    assert phone.get("forms/lain/manifest").status_code == 403


def test_a_draft_is_tried_under_its_token_and_leaves_nothing(app: Flask, admin: Any, project: int, phone: Phone) -> None:
    from server.db import db
    from server.events import Event
    from server.submissions.models import Submission

    under = f"/v1/projects/{project}/forms/pokja/draft"
    admin.post(under)
    token = admin.get(under).get_json()["draftToken"]
    base = f"/v1/test/{quote(token, safe='')}/projects/{project}/forms/pokja/draft"
    client, headers = app.test_client(), {"X-OpenRosa-Version": "1.0"}
    (form,) = listed(client.get(f"{base}/formList", headers=headers))
    assert form["downloadUrl"] == f"http://localhost{base}.xml" and fetch(app, form["downloadUrl"]).status_code == 200
    assert client.head(f"{base}/submission", headers=headers).status_code == 204
    for xml, status in ((instance(), 201), (instance(), 201), (instance("uuid:b", version="any"), 201), (instance(form="lain"), 400)):
        assert phone.send(xml, base=base).status_code == status
    with app.app_context():
        assert [(row.trial, row.submitter_id) for row in db.session.query(Submission)] == [(True, None)] * 2
        assert db.session.query(Event).filter(Event.action.startswith("submission.")).count() == 0
    assert phone.send(instance()).status_code == 201, "the same id among real records is another record"
    assert len(admin.get(f"/v1/projects/{project}/forms/pokja/submissions").get_json()) == 1
    assert phone.send(instance(), base=base.replace(quote(token, safe=""), "x" * 64)).headers["X-Problem-Code"] == "404.4"
    assert admin.post(f"{under}/publish?version=2").status_code == 200
    with app.app_context():
        assert [row.trial for row in db.session.query(Submission)] == [False], "trial records go with the draft"
    assert client.get(f"{base}/formList", headers=headers).status_code == 404


def test_whoever_may_change_a_form_tries_its_draft_without_a_token(app: Flask, admin: Any, project: int, form: int) -> None:
    base = f"/v1/projects/{project}/forms/pokja/draft"
    admin.post(base)
    headers = {"X-OpenRosa-Version": "1.0"}
    assert len(listed(admin.get(f"{base}/formList", headers=headers))) == 1
    assert admin.get(f"{base}/manifest", headers=headers).status_code == 200
    sender = Phone(app, project, "", admin.id, {**headers, "Authorization": f"Bearer {admin.token}"})
    assert sender.send(instance(), base=base).status_code == 201
    assert enrol(app, project).send(instance(), base=f"{base}").status_code == 401


def test_the_settings_of_a_phone_lead_collect_and_our_app_to_it(app: Flask, admin: Any, person: Any, project: int, phone: Phone) -> None:
    import base64
    import json
    import zlib

    path = f"/v1/projects/{project}/app-users/{phone.id}/settings"
    told = admin.get(path).get_json()
    settings = json.loads(zlib.decompress(base64.b64decode(told["collect"])))
    assert settings["general"]["server_url"] == told["serverUrl"] == f"http://localhost{phone.base}"
    assert settings["project"]["name"] == "Pokja Kampung KB" and settings["admin"] == {}
    assert told["link"] == f"http://localhost/#token={phone.token}&project={project}"
    assert fetch(app, f"{told['serverUrl']}/formList").status_code == 200
    near = enrol(app, project, "HP dekat", area="19.06.01")
    manager = person("camat@contoh.id", role="manager", project=project, area="19.06.01")
    assert manager.get(path).status_code == 404, "the token of a phone outside one's area stays secret"
    assert manager.get(f"/v1/projects/{project}/app-users/{near.id}/settings").status_code == 200
    assert person("lihat@contoh.id", role="viewer", project=project).get(path).status_code == 403
