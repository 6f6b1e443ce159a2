"""Drafts, publishing, versions through HTTP (PROTOCOL §3 "Form", §2.8)."""

from __future__ import annotations

import hashlib
import threading

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from forms.convert import parse
from tests.publishing.conftest import VISIT, Author, xform, xlsx

MORE = VISIT + "|        | text      | kerja  | Kerja  |\n"
FEWER = "| survey | | | |\n| | type | name | label |\n| | text | nama | Nama |\n"
OTHER_TYPE = VISIT.replace("integer", "date   ")
AS_TEXT = VISIT.replace("integer", "text   ")


def publish(author: Author, version: str | None = None) -> TestResponse:
    return author.post("/kunjungan/draft/publish" + ("" if version is None else f"?version={version}"))


def test_phones_get_the_published_version_while_a_draft_is_made(author: Author) -> None:
    first = author.published()
    assert author.send("/kunjungan/draft", xform(MORE, "2")).json == {"success": True}
    assert author.get("/kunjungan").json["hash"] == first["hash"]
    draft = author.get("/kunjungan/draft").json
    assert draft["version"] == "2" and len(draft["draftToken"]) == 64 and draft["publishedAt"] is None
    assert author.get("/kunjungan/draft.xml").data == xform(MORE, "2")
    assert [f["name"] for f in author.get("/kunjungan/draft/fields").json][:3] == ["nama", "umur", "kerja"]


def test_publishing_freezes_the_draft_and_keeps_what_was(author: Author) -> None:
    author.published()
    author.send("/kunjungan/draft", xform(MORE, "2"))
    assert publish(author).json == {"success": True}
    shown = author.get("/kunjungan").json
    assert shown["version"] == "2" and shown["draftToken"] is None and shown["updatedAt"]
    assert author.get("/kunjungan/draft").status_code == 404
    assert [each["version"] for each in author.get("/kunjungan/versions").json] == ["2", "1"]
    assert author.get("/kunjungan/versions/1.xml").data == xform()
    assert author.get("/kunjungan/versions/2.xml").data == author.get("/kunjungan.xml").data == xform(MORE, "2")
    assert author.get("/kunjungan/versions/1").json["version"] == "1"
    assert author.get("/kunjungan/versions/3").json["code"] == 404.6
    assert len(author.get("/kunjungan/versions/2/fields").json) > len(author.get("/kunjungan/versions/1/fields").json)


def test_a_version_given_at_publishing_is_written_into_the_xml(author: Author) -> None:
    author.create(xform().replace(b"<h:body>", b"<!-- catatan --><h:body>"))
    before = author.get("/kunjungan").json["hash"]
    assert publish(author, "2026-11-24T03%3A55").status_code == 200
    shown, xml = author.get("/kunjungan").json, author.get("/kunjungan.xml").data
    assert shown["version"] == "2026-11-24T03:55" == parse(xml).version
    assert shown["hash"] == hashlib.md5(xml).hexdigest() != before
    assert b"<!-- catatan -->" in xml
    assert author.get("/kunjungan/versions/2026-11-24T03%3A55.xml").data == xml


def test_the_empty_version_is_written_with_three_lines(author: Author) -> None:
    author.create(xform(version="1").replace(b' version="1"', b""), publish="true")
    assert author.get("/kunjungan/versions/___").json["version"] == ""
    assert author.get("/kunjungan/versions/___.xml").status_code == 200


def test_a_version_is_published_once(author: Author) -> None:
    author.published()
    author.send("/kunjungan/draft", xform(MORE, "1"))
    assert publish(author).json["code"] == 409.6
    assert author.get("/kunjungan.xml").data == xform()
    assert publish(author, "2").status_code == 200


@pytest.mark.parametrize("version", ["x" * 256, "%00"])
def test_a_version_that_cannot_be_kept_is_refused(author: Author, version: str) -> None:
    author.create(xform())
    assert 400 <= publish(author, version).status_code < 500
    assert author.get("/kunjungan").json["publishedAt"] is None


def test_publishing_without_a_draft_says_so(author: Author) -> None:
    author.published()
    answer = publish(author)
    assert answer.json["code"] == 404.1 and "draft" in answer.json["message"]


def test_an_empty_body_copies_the_published_version_with_its_files(author: Author) -> None:
    with_file = VISIT + "|        | select_one_from_file desa.csv | desa | Desa |\n"
    author.create(xform(with_file))
    author.send("/kunjungan/draft/attachments/desa.csv", b"name,label\n1,A\n", "text/csv")
    publish(author)
    assert author.post("/kunjungan/draft").json == {"success": True}
    assert author.get("/kunjungan/draft.xml").data == author.get("/kunjungan.xml").data
    assert author.get("/kunjungan/draft/attachments").json[0]["blobExists"] is True
    assert publish(author).json["code"] == 409.6
    assert publish(author, "2").status_code == 200
    assert author.get("/kunjungan/attachments/desa.csv").data == b"name,label\n1,A\n"


def test_a_form_never_published_has_nothing_to_copy(author: Author) -> None:
    author.create(xform())
    assert author.post("/kunjungan/draft").json["code"] == 400.2


def test_another_form_is_no_draft_of_this_one(author: Author) -> None:
    author.published()
    answer = author.send("/kunjungan/draft", xlsx(MORE + "\n| settings | form_id | version |\n| | lain | 2 |\n", version=None))
    assert answer.json["code"] == 400.8 and "lain" in answer.json["message"]
    assert author.get("/kunjungan/draft").status_code == 404


def test_a_lost_question_is_a_warning_named(author: Author) -> None:
    author.published()
    answer = author.send("/kunjungan/draft", xform(FEWER, "2"))
    assert answer.json["code"] == 400.16
    assert answer.json["details"]["warnings"]["workflowWarnings"] == [{"type": "structureChanged", "details": ["umur"]}]
    assert author.get("/kunjungan/draft").status_code == 404
    assert author.send("/kunjungan/draft", xform(FEWER, "2"), ignoreWarnings="True").status_code == 200


def test_a_question_keeps_its_type_through_all_versions(author: Author) -> None:
    author.published()
    author.published(FEWER, "2")
    answer = author.send("/kunjungan/draft", xform(OTHER_TYPE, "3"), ignoreWarnings="true")
    assert answer.json["code"] == 400.17
    assert (answer.json["details"]["path"], answer.json["details"]["old"], answer.json["details"]["new"]) == ("/umur", "int", "date")
    assert author.send("/kunjungan/draft", xform(AS_TEXT, "3"), ignoreWarnings="true").status_code == 200


def test_the_draft_of_a_published_form_can_be_dropped_but_not_the_only_one(author: Author) -> None:
    author.create(xform())
    assert author.call("DELETE", "/kunjungan/draft").json["code"] == 409.7
    publish(author)
    assert author.call("DELETE", "/kunjungan/draft").json["code"] == 404.1
    author.send("/kunjungan/draft", xform(MORE, "2"))
    assert author.call("DELETE", "/kunjungan/draft").json == {"success": True}
    assert author.get("/kunjungan/draft").status_code == 404


def test_a_draft_is_tried_by_its_token_alone_until_it_is_published(author: Author, app: Flask) -> None:
    author.create(xform())
    token = author.get("/kunjungan/draft").json["draftToken"]
    nobody = app.test_client()
    base = f"/v1/test/{token}/projects/{author.project}/forms/kunjungan/draft"
    assert nobody.get(f"{base}.xml").data == xform()
    assert nobody.get(f"{base.replace('kunjungan', 'lain')}.xml").json["code"] == 404.1
    author.send("/kunjungan/draft", xform(MORE, "2"))
    assert nobody.get(f"{base}.xml").data == xform(MORE, "2"), "a tester's phone keeps its address"
    publish(author)
    assert nobody.get(f"{base}.xml").json["code"] == 404.4


def test_the_rubric_of_a_version_is_kept_and_read_once(author: Author, app: Flask) -> None:
    from forms.workbook import read_folder, to_xlsx
    from server.publishing import store
    from server.shipped import instrument

    author.create(to_xlsx(read_folder(instrument())), publish="true")
    with app.app_context():
        form = store.find_form(author.project, "pokja_kampung_kb")
        assert form is not None
        version = store.current_version(form.id)
        assert version is not None
        rubric, definition = store.rubric(version), store.definition(version)
        assert rubric is not None and store.rubric(version) is rubric and store.definition(version) is definition
        assert store.area_path(definition) == "/identitas/desa" and store.period_path(definition) == "/identitas/periode"
        assert store.kind_path(definition) == "/identitas/jenis_penilaian"


def test_two_publish_at_once_and_one_version_is_current(author: Author, app: Flask) -> None:
    author.create(xform())
    author.send("/kunjungan/draft", xform(MORE, "2"))
    codes: list[int] = []

    def go(version: str) -> None:
        answer = app.test_client().post(author.url(f"/kunjungan/draft/publish?version={version}"),
                                        headers={"Authorization": f"Bearer {author.person.token}"})
        codes.append(answer.status_code)

    threads = [threading.Thread(target=go, args=(version,)) for version in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 404]
    assert len(author.get("/kunjungan/versions").json) == 1


def test_the_log_tells_who_published_what(author: Author, app: Flask) -> None:
    from server import events

    author.published()
    author.call("PATCH", "/kunjungan", json={"state": "closing"})
    with app.app_context():
        lines = [(line.action, line.actor_id, line.details["xmlFormId"]) for line in events.newest(author.project)
                 if line.action.startswith("form.")]
    assert lines == [(action, author.person.id, "kunjungan") for action in ("form.update", "form.update.publish", "form.create")]
