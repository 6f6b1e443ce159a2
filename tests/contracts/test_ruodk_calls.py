"""What ruODK 1.5 sends, address by address, and the fields it takes from the answers (PROTOCOL §3–§6). R itself is not here."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.conftest import PASSWORD
from tests.contracts import scene

pytestmark = pytest.mark.slow
EXTENDED = {"Accept": "application/xml", "X-Extended-Metadata": "true"}  # it asks for XML and reads JSON
JSON = {"Accept": "application/json"}


class Ruodk:
    """Basic with every request; form ids encoded, ids of submissions left as they are."""

    def __init__(self, address: str) -> None:
        self.address = f"{address}/v1"
        self.made = scene.furnish(scene.Api(address, scene.log_in(address, "admin@contoh.id", PASSWORD)))
        self.base = f"projects/{self.made['project']}"
        self.form = f"{self.base}/forms/{quote(scene.FORM, safe='')}"
        self.list = f"{self.base}/datasets/{self.made['dataset']}"

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> requests.Response:
        return requests.request(method, f"{self.address}/{path}", auth=("admin@contoh.id", PASSWORD), headers=headers, timeout=60, **more)

    def get(self, path: str, headers: dict[str, str] = JSON, **params: Any) -> Any:
        answer = self.call("GET", path, headers, params=params)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()


@pytest.fixture
def ruodk(served: str) -> Ruodk:
    return Ruodk(served)


def test_projects_forms_and_people(ruodk: Ruodk) -> None:
    assert {"id", "name", "archived", "forms", "appUsers", "lastSubmission", "verbs"} <= ruodk.get("projects", EXTENDED)[0].keys()
    (form,) = ruodk.get(f"{ruodk.base}/forms", EXTENDED)
    assert (form["xmlFormId"], form["reviewStates"], form["createdBy"]["displayName"]) == (
        scene.FORM, {"received": 0, "hasIssues": 0, "edited": 1}, "Administrator")
    detail = ruodk.get(ruodk.form, EXTENDED)
    assert {"name", "version", "state", "submissions", "createdAt", "updatedAt", "publishedAt", "lastSubmission", "hash"} <= detail.keys()
    schema = ruodk.get(f"{ruodk.form}/fields", flatten="FALSE", odata="TRUE")
    assert [field["path"] for field in schema][:4] == ["/nama", "/jiwa", "/foto", "/anak"]
    assert ruodk.get(f"{ruodk.form}/draft/fields", flatten="FALSE", odata="FALSE") == ruodk.get(f"{ruodk.form}/fields")
    assert ruodk.call("GET", f"{ruodk.form}.xml").text.startswith("<?xml")
    assert [each["email"] for each in ruodk.get("users", q="admin")] == ["admin@contoh.id"]
    lines = ruodk.get("audits", action="submission", start="2020-01-01", end="2099-01-01", limit=2, offset=1)
    assert len(lines) == 2 and {"actorId", "action", "acteeId", "details", "loggedAt"} <= lines[0].keys()


def test_submissions_and_their_files(ruodk: Ruodk) -> None:
    (listed,) = ruodk.get(f"{ruodk.form}/submissions", {**JSON, **EXTENDED})
    assert (listed["instanceId"], listed["submitter"]["displayName"]) == (scene.INSTANCE, "Administrator")
    one = f"{ruodk.form}/submissions/{listed['instanceId']}"
    detail = ruodk.get(one, {**EXTENDED, "Accept": "application/json; extended"})
    assert detail["submitter"]["id"] and detail["updatedAt"] is not None
    assert ruodk.call("GET", f"{one}.xml").content == scene.xml("uuid:dua", scene.INSTANCE)
    assert ruodk.get(f"{one}/attachments") == [{"name": "foto.jpg", "exists": True}]
    assert ruodk.call("GET", f"{one}/attachments/foto.jpg").content == scene.PHOTO
    assert ruodk.get(f"{one}/audits")[-1]["action"] == "submission.create" and ruodk.get(f"{ruodk.form}/submissions/keys") == []
    plain = {"attachments": "false", "groupPaths": "false", "deletedFields": "true", "splitSelectMultiples": "true"}
    for body in ({}, {"json": []}, {"json": {"1": "sandi"}}):  # options in the address, passphrases in a JSON body
        answer = ruodk.call("POST", f"{ruodk.form}/submissions.csv.zip", params=plain, **body)
        names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        assert f"{scene.FORM}.csv" in names and not any(name.startswith("media/") for name in names)


def test_odata_of_a_form(ruodk: Ruodk) -> None:
    tables = [each["name"] for each in ruodk.get(f"{ruodk.form}.svc")["value"]]
    assert tables == ["Submissions", "Submissions.anak"]
    assert ruodk.call("GET", f"{ruodk.form}.svc/$metadata").headers["Content-Type"].startswith("application/xml")
    asked = {"$count": "true", "$wkt": "false", "$skip": 0, "$top": 10, "$filter": "year(__system/submissionDate) gt 2020", "$expand": "*"}
    page = ruodk.get(f"{ruodk.form}.svc/Submissions", **asked)
    assert page["@odata.count"] == 1 and [child["sebut"] for child in page["value"][0]["anak"]] == ["Ani", "Budi"]
    children = ruodk.get(f"{ruodk.form}.svc/Submissions.anak", **{"$count": "false", "$wkt": "true"})["value"]
    assert {child["__Submissions-id"] for child in children} == {scene.INSTANCE}


def test_entity_lists(ruodk: Ruodk) -> None:
    assert {"name", "createdAt", "lastEntity", "entities"} <= ruodk.get(f"{ruodk.base}/datasets", {**JSON, **EXTENDED})[0].keys()
    assert ruodk.call("PATCH", ruodk.list, JSON, json={"approvalRequired": False}).json()["approvalRequired"] is False
    made = ruodk.call("POST", f"{ruodk.list}/entities/", {**JSON, "X-Action-Notes": "uji"}, json={"label": "Ani", "data": []}).json()
    entity = f"{ruodk.list}/entities/{made['uuid']}"
    changed = ruodk.call("PATCH", f"{entity}?force=FALSE&baseVersion=1", JSON, json={"label": "Ani", "data": {"nama": "A"}})
    assert changed.json()["currentVersion"]["version"] == 2
    assert [each["version"] for each in ruodk.get(f"{entity}/versions", EXTENDED, relevantToConflict="False")] == [1, 2]
    assert [change["propertyName"] for change in ruodk.get(f"{entity}/diffs", EXTENDED)[0]] == ["nama"]
    assert [line["notes"] for line in ruodk.get(f"{entity}/audits", EXTENDED)] == [None, "uji"]
    csv = ruodk.call("GET", f"{ruodk.list}/entities.csv", {"Accept": "text/csv; charset=utf-8"})
    bare = csv.headers["ETag"].removeprefix("W/").strip('"')
    assert ruodk.call("GET", f"{ruodk.list}/entities.csv", {"If-None-Match": bare}).status_code == 304
    twice = quote("__system/updatedAt ne null", safe="")
    assert len(ruodk.call("GET", f"{ruodk.list}/entities.csv", params={"$filter": twice}).text.splitlines()) == 2
    rows = ruodk.get(f"{ruodk.list}.svc/Entities", **{"$top": 5})
    assert rows["value"][0]["__system"]["creatorName"] == "Administrator" and ruodk.get(f"{ruodk.list}.svc")["value"]
    assert ruodk.call("DELETE", entity, JSON).json() == {"success": True}
    assert [each["uuid"] for each in ruodk.get(f"{ruodk.list}/entities?deleted=true")] == [made["uuid"]]
