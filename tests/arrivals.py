"""A small form and a phone for tests of what arrives: instances, POSTs, and the form they belong to."""

from __future__ import annotations

import functools
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.test import TestResponse

if TYPE_CHECKING:
    from server.publishing.sources import Source

VERSION = "1"
SHEETS: dict[str, list[dict[str, str]]] = {
    "survey": [
        {"type": "text", "name": "desa", "label": "Desa"},
        {"type": "text", "name": "periode", "label": "Periode"},
        {"type": "text", "name": "jenis", "label": "Jenis"},
        {"type": "integer", "name": "anggota", "label": "Anggota"},
        {"type": "image", "name": "foto", "label": "Foto"},
        {"type": "begin repeat", "name": "kegiatan", "label": "Kegiatan"},
        {"type": "text", "name": "nama", "label": "Nama"},
        {"type": "image", "name": "bukti", "label": "Bukti"},
        {"type": "end repeat", "name": "", "label": ""},
    ],
    "settings": [{"form_id": "pokja", "form_title": "Pokja uji", "version": VERSION, "area_field": "desa",
                  "period_field": "periode", "kind_field": "jenis"}],
}


def instance(instance_id: str | None = "uuid:satu", *, form: str = "pokja", version: str | None = VERSION,
             deprecated: str | None = None, body: str = "<desa>19.06.01.2001</desa><anggota>12</anggota>") -> bytes:
    """The XML of a filled form."""
    meta = f"<instanceID>{instance_id}</instanceID>" if instance_id is not None else ""
    meta += f"<deprecatedID>{deprecated}</deprecatedID>" if deprecated else ""
    told = "" if version is None else f' version="{version}"'
    return (f'<?xml version="1.0"?><data xmlns:orx="http://openrosa.org/xforms" id="{form}"{told}>{body}'
            f"<meta>{meta}</meta></data>").encode()


def multipart(parts: list[tuple[str | bytes, bytes, str]], boundary: str = "batas") -> bytes:
    """A multipart body whose parts are named by the field name, as Collect sends it."""
    body = b""
    for name, data, content_type in parts:
        raw = name if isinstance(name, bytes) else name.encode()
        body += (f"--{boundary}\r\n".encode() + b'Content-Disposition: form-data; name="' + raw + b'"; filename="'
                 + raw + b'"\r\nContent-Type: ' + content_type.encode() + b"\r\n\r\n" + data + b"\r\n")
    return body + f"--{boundary}--\r\n".encode()


@dataclass
class Phone:
    """A phone's account: everything it calls lies under its key."""

    app: Flask
    project: int
    token: str
    id: int
    headers: dict[str, str] = field(default_factory=lambda: {"X-OpenRosa-Version": "1.0"})

    @property
    def base(self) -> str:
        return f"/v1/key/{self.token}/projects/{self.project}"

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.app.test_client().get(f"{self.base}/{path}", headers={**self.headers, **more.pop("headers", {})}, **more)

    def send(self, xml: bytes, files: Mapping[str, bytes] | None = None, *, query: str = "?deviceID=hp-1",
             incomplete: bool = False, base: str | None = None) -> TestResponse:
        """POST a filled form with files."""
        parts = [("xml_submission_file", xml, "text/xml"),
                 *((name, data, "image/jpeg") for name, data in (files or {}).items())]
        body = multipart([*parts])
        if incomplete:
            body = b'--batas\r\nContent-Disposition: form-data; name="*isIncomplete*"\r\n\r\nyes\r\n' + body
        return self.post(body, query=query, base=base)

    def post(self, body: bytes, content_type: str = "multipart/form-data; boundary=batas", query: str = "",
             base: str | None = None) -> TestResponse:
        return self.app.test_client().post(f"{base or self.base}/submission{query}", data=io.BytesIO(body), headers=self.headers,
                                           content_type=content_type)


def publish(app: Flask, project: int, sheets: dict[str, list[dict[str, str]]] | None = None, **settings: str) -> int:
    """Publish the small form (or another one); the id of its row."""
    from server.db import transaction
    from server.publishing import store

    chosen = {**SHEETS, **(sheets or {})}
    chosen["settings"] = [{**chosen["settings"][0], **settings}]
    with app.app_context(), transaction():
        return store.publish_workbook(project, _converted(json.dumps(chosen))).form_id


@functools.cache
def _converted(sheets: str) -> Source:
    """The form of these sheets; many tests publish the same one, and a conversion takes longer than all else they do."""
    from forms.workbook import Workbook
    from server.publishing import sources

    return sources.from_workbook(Workbook(sheets=json.loads(sheets), name="uji.xlsx"))


def enrol(app: Flask, project: int, name: str = "HP Siti", area: str = "") -> Phone:
    """A new phone."""
    from server.accounts import store
    from server.db import transaction

    with app.app_context(), transaction():
        user = store.create_app_user(project, name, None, area=area)
        assert user.token is not None
        return Phone(app, project, user.token, user.actor_id)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
