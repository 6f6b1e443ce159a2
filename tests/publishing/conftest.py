"""A form author: sends workbooks and XForms, written in the tests as small XLSForm tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from werkzeug.test import TestResponse

from forms.convert import convert
from forms.workbook import to_xlsx
from tests.conftest import Person
from tests.forms.conftest import excel97, table

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
SETTINGS = """
| settings | form_id   | version   | form_title |
|          | kunjungan | {version} | Kunjungan  |
"""
VISIT = """
| survey |           |        |        |
|        | type      | name   | label  |
|        | text      | nama   | Nama   |
|        | integer   | umur   | Umur   |
"""


def xlsx(text: str = VISIT, version: str | None = "1") -> bytes:
    """The workbook of these tables; with `version` also the settings of the form "kunjungan"."""
    return to_xlsx(table(text + (SETTINGS.format(version=version) if version is not None else "")))


def xls(text: str = VISIT, version: str = "1") -> bytes:
    """The same as a workbook of Excel 97."""
    book = table(text + SETTINGS.format(version=version))
    return excel97(**{name: [book.columns(name), *([row.get(head) for head in book.columns(name)] for row in rows)]
                      for name, rows in book.sheets.items()})


def xform(text: str = VISIT, version: str = "1") -> bytes:
    """The XForm of these tables."""
    return convert(table(text + SETTINGS.format(version=version))).xml


@dataclass
class Author:
    """Sends form definitions to one project."""

    person: Person
    project: int

    def url(self, tail: str = "") -> str:
        return f"/v1/projects/{self.project}/forms{tail}"

    def send(self, tail: str, data: bytes, kind: str | None = None, headers: dict[str, str] | None = None, **query: Any) -> TestResponse:
        kind = kind or (XLSX if data.startswith(b"PK") else "application/xml")
        asked = f"?{urlencode(query)}" if query else ""
        return self.person.post(self.url(tail) + asked, data=data, content_type=kind, headers=headers or {})  # type: ignore[no-any-return]

    def create(self, data: bytes, **query: Any) -> TestResponse:
        return self.send("", data, **query)

    def published(self, text: str = VISIT, version: str = "1") -> dict[str, Any]:
        """Publish these tables as a new form, or as the next version."""
        answer = self.create(xform(text, version), publish="True")
        if answer.status_code == 409:
            assert self.send("/kunjungan/draft", xform(text, version), ignoreWarnings="true").status_code == 200
            assert self.post("/kunjungan/draft/publish").status_code == 200
            answer = self.get("/kunjungan")
        assert answer.status_code == 200, answer.text
        return answer.json  # type: ignore[no-any-return]

    def get(self, tail: str = "", **more: Any) -> TestResponse:
        return self.person.get(self.url(tail), **more)  # type: ignore[no-any-return]

    def post(self, tail: str, **more: Any) -> TestResponse:
        return self.person.post(self.url(tail), **more)  # type: ignore[no-any-return]

    def call(self, method: str, tail: str, **more: Any) -> TestResponse:
        return self.person.call(method, self.url(tail), **more)  # type: ignore[no-any-return]


@pytest.fixture
def author(admin: Person, project: int) -> Author:
    return Author(admin, project)


@pytest.fixture
def segment() -> Callable[[str], str]:
    return lambda text: quote(text, safe="")
