"""Files that travel with a form, through HTTP (PROTOCOL §3 "Slots", §2.3)."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

import pytest
from flask import Flask

from tests.publishing.conftest import VISIT, Author, xform

FILES = VISIT + """|        | select_one_from_file desa.csv | desa | Desa |
|        | select_one_from_file data_é.geojson | titik | Titik |
"""
CSV = b"name,label\n1,A\n"


@pytest.fixture
def drafted(author: Author) -> Author:
    assert author.create(xform(FILES)).status_code == 200
    return author


def test_slots_are_listed_empty(drafted: Author) -> None:
    told = drafted.get("/kunjungan/draft/attachments").json
    assert told == [
        {"name": name, "type": "file", "hash": None, "exists": False, "blobExists": False, "datasetExists": False, "updatedAt": None}
        for name in ("data_é.geojson", "desa.csv")]
    answer = drafted.get("/kunjungan/draft/attachments/desa.csv")
    assert answer.json["code"] == 404.1 and "desa.csv" in answer.json["message"]


def test_an_upload_answers_all_seven_fields(drafted: Author) -> None:
    answer = drafted.send("/kunjungan/draft/attachments/desa.csv", CSV, "text/csv", headers={"Content-Encoding": "gzip"})
    assert answer.json | {"updatedAt": None} == {
        "name": "desa.csv", "type": "file", "hash": hashlib.md5(CSV).hexdigest(), "exists": True, "blobExists": True,
        "datasetExists": False, "updatedAt": None}
    assert answer.json["updatedAt"].endswith("Z")


def test_a_file_that_a_submission_brought_before_has_its_hash_all_the_same(drafted: Author, app: Flask) -> None:
    from server import files
    from server.db import transaction

    with app.app_context(), transaction():
        files.register(files.keep(io.BytesIO(CSV)))  # as files of submissions are kept: nobody compares them by MD5
    answer = drafted.send("/kunjungan/draft/attachments/desa.csv", CSV, "text/csv")
    assert answer.json["hash"] == hashlib.md5(CSV).hexdigest()
    with app.app_context(), transaction():
        files.register(files.keep(io.BytesIO(CSV)))
    assert drafted.get("/kunjungan/draft/attachments").json[1]["hash"] == hashlib.md5(CSV).hexdigest()


def test_a_file_comes_back_as_it_went_with_its_hash(drafted: Author, segment: Callable[[str], str]) -> None:
    name = segment("data_é.geojson")
    drafted.send(f"/kunjungan/draft/attachments/{name}", b'{"type":"FeatureCollection","features":[]}', "application/geo+json")
    drafted.post("/kunjungan/draft/publish")
    answer = drafted.get(f"/kunjungan/attachments/{name}")
    assert answer.data == b'{"type":"FeatureCollection","features":[]}'
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"data__.geojson\"; filename*=UTF-8''data_%C3%A9.geojson")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert drafted.get(f"/kunjungan/attachments/{name}", headers={"If-None-Match": "W/" + answer.headers["ETag"]}).status_code == 304
    assert drafted.get("/kunjungan/versions/1/attachments").json == drafted.get("/kunjungan/attachments").json
    assert drafted.get(f"/kunjungan/versions/1/attachments/{name}").data == answer.data


def test_a_file_no_slot_names_is_refused_and_not_kept(drafted: Author, app: Flask) -> None:
    answer = drafted.send("/kunjungan/draft/attachments/lain.csv", CSV, "text/csv")
    assert answer.json["code"] == 404.1 and "lain.csv" in answer.json["message"]
    assert list(app.extensions["pokja.files"].all()) == []


def test_an_empty_file_is_a_file(drafted: Author) -> None:
    assert drafted.send("/kunjungan/draft/attachments/desa.csv", b"", "text/csv").json["exists"] is True
    assert drafted.get("/kunjungan/draft/attachments/desa.csv").data == b""


def test_a_slot_is_emptied(drafted: Author) -> None:
    drafted.send("/kunjungan/draft/attachments/desa.csv", CSV, "text/csv")
    assert drafted.call("DELETE", "/kunjungan/draft/attachments/desa.csv").json == {"success": True}
    slot = drafted.get("/kunjungan/draft/attachments").json[1]
    assert slot["exists"] is False and slot["updatedAt"]
    assert drafted.call("DELETE", "/kunjungan/draft/attachments/desa.csv").json["code"] == 404.1


def test_files_are_carried_on_by_name_and_type_and_published_ones_stay(drafted: Author) -> None:
    drafted.send("/kunjungan/draft/attachments/desa.csv", CSV, "text/csv")
    drafted.post("/kunjungan/draft/publish")
    drafted.send("/kunjungan/draft", xform(VISIT + "|        | select_one_from_file desa.csv | desa | Desa |\n", "2"), ignoreWarnings="true")
    assert [(slot["name"], slot["exists"]) for slot in drafted.get("/kunjungan/draft/attachments").json] == [("desa.csv", True)]
    drafted.send("/kunjungan/draft/attachments/desa.csv", b"name,label\n2,B\n", "text/csv")
    assert drafted.get("/kunjungan/attachments/desa.csv").data == CSV
    drafted.send("/kunjungan/draft", xform(FILES, "3"))
    assert drafted.get("/kunjungan/draft/attachments/desa.csv").data == b"name,label\n2,B\n", "what was uploaded last is kept"


def test_a_trial_fetches_the_drafts_files_by_its_token(drafted: Author, app: Flask) -> None:
    drafted.send("/kunjungan/draft/attachments/desa.csv", CSV, "text/csv")
    token = drafted.get("/kunjungan/draft").json["draftToken"]
    base = f"/v1/test/{token}/projects/{drafted.project}/forms/kunjungan/draft/attachments"
    assert app.test_client().get(f"{base}/desa.csv").data == CSV
    assert app.test_client().get(f"{base}/lain.csv").status_code == 404


@pytest.mark.parametrize("name", ["..%2F..%2Fetc%2Fpasswd", "a%00b", "x" * 300, "%2F", "%25", "'%22"])
def test_odd_names_are_names_and_never_paths(drafted: Author, name: str) -> None:
    assert drafted.get(f"/kunjungan/draft/attachments/{name}").json["code"] == 404.1
    assert drafted.send(f"/kunjungan/draft/attachments/{name}", CSV, "text/csv").json["code"] == 404.1
