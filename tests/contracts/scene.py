"""A project with one of everything, made through the API of a running server, for clients that try all of it."""

from __future__ import annotations

from typing import Any

import requests

from forms.workbook import to_xlsx
from tests.forms.conftest import table

FORM = "kunjungan rumah"
INSTANCE = "uuid:satu"
PHOTO = b"\xff\xd8\xff\xe0 sebuah foto"
WORKBOOK = """
| survey   |                               |        |        |           |
|          | type                          | name   | label  | save_to   |
|          | text                          | nama   | Nama   | nama      |
|          | integer                       | jiwa   | Jiwa   |           |
|          | image                         | foto   | Foto   |           |
|          | begin_repeat                  | anak   | Anak   |           |
|          | text                          | sebut  | Nama   |           |
|          | end_repeat                    | anak   |        |           |
|          | select_one_from_file desa.csv | desa   | Desa   |           |
| settings | form_id                       | version | form_title |      |
|          | kunjungan rumah               | 1       | Kunjungan  |      |
| entities | list_name                     | label   |            |      |
|          | keluarga                      | ${nama} |            |      |
"""
XML = ('<data id="kunjungan rumah" version="1"><nama>Siti</nama><jiwa>4</jiwa><foto>foto.jpg</foto><anak><sebut>Ani</sebut></anak>'
       '<anak><sebut>Budi</sebut></anak><desa>19.06.01.2001</desa><meta><instanceID>{}</instanceID>{}</meta></data>')


def workbook() -> bytes:
    """The form as XLSX."""
    return to_xlsx(table(WORKBOOK))


def xml(instance_id: str = INSTANCE, deprecated: str = "") -> bytes:
    """A filled form."""
    old = f"<deprecatedID>{deprecated}</deprecatedID>" if deprecated else ""
    return XML.format(instance_id, old).encode()


class Api:
    """Calls the API of a running server with a token."""

    def __init__(self, address: str, token: str) -> None:
        self.address = f"{address}/v1"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(method, self.address + path, timeout=60, **more)

    def need(self, method: str, path: str, **more: Any) -> Any:
        """The JSON of a call that must succeed."""
        answer = self.call(method, path, **more)
        assert answer.ok, (method, path, answer.status_code, answer.text[:400])
        return answer.json()


def log_in(address: str, email: str, password: str) -> str:
    """A session token."""
    answer = requests.post(f"{address}/v1/sessions", json={"email": email, "password": password}, timeout=60)
    assert answer.ok, answer.text
    token: str = answer.json()["token"]
    return token


def furnish(api: Api) -> dict[str, Any]:
    """A project with a published form and its draft, files, a submission with an edit and a comment, one
    that was refused, a phone, a list.

    What comes back are the parts of addresses, by the names that the routes give them.
    """
    project = api.need("POST", "/projects", json={"name": "Pokja Kampung KB"})["id"]
    base = f"/projects/{project}"
    forms, form = f"{base}/forms", f"{base}/forms/kunjungan%20rumah"
    kind = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    api.need("POST", f"{forms}?ignoreWarnings=true", data=workbook(), headers=kind)
    api.need("POST", f"{form}/draft/attachments/desa.csv", data=b"name,label\n19.06.01.2001,Lenggang\n")
    api.need("POST", f"{form}/draft/publish")
    api.need("POST", f"{form}/draft")
    draft = api.need("GET", f"{form}/draft")
    sent = {"Content-Type": "application/xml"}
    api.need("POST", f"{form}/submissions", data=xml(), headers=sent)
    one = f"{form}/submissions/uuid%3Asatu"
    api.need("POST", f"{one}/attachments/foto.jpg", data=PHOTO, headers={"Content-Type": "image/jpeg"})
    api.need("PUT", one, data=xml("uuid:dua", INSTANCE), headers=sent)
    api.need("POST", f"{one}/comments", json={"body": "Foto kabur."})
    phone = api.need("POST", f"{base}/app-users", json={"displayName": "HP 1", "allForms": True})
    person = api.need("POST", "/users", json={"email": f"uji{phone['id']}@contoh.id", "displayName": "Uji", "password": "sepuluh-huruf"})
    lists = [each["name"] for each in api.need("GET", f"{base}/datasets")]
    assert lists == ["keluarga"], lists
    entity = api.need("POST", f"{base}/datasets/keluarga/entities", json={"label": "Siti", "data": {"nama": "Siti"}})
    refused = {"xml_submission_file": xml("uuid:tertahan", "uuid:asing"), "desa.csv": b"name,label\n"}
    assert api.call("POST", f"{base}/submission", files=refused, headers={"X-OpenRosa-Version": "1.0"}).status_code == 404
    held = api.need("GET", f"{base}/quarantine")[0]["id"]
    return {"project": project, "form": FORM, "instance": INSTANCE, "version": "1", "name": "foto.jpg", "user": person["id"],
            "phone": phone["id"], "actor": person["id"], "role": "viewer", "token": draft["draftToken"], "number": 1,
            "table": "Submissions", "dataset": "keluarga", "uuid": entity["uuid"], "held": held}
