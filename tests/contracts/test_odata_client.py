"""An OData 4 client and pyodk, both unmodified, read a running server (PROTOCOL §4, appendix A)."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from odata import ODataService
from pyodk.client import Client

from forms.workbook import Workbook, to_xlsx
from tests.conftest import PASSWORD
from tests.exports.conftest import CHOICES, FULL, SURVEY, sheet

pytestmark = pytest.mark.slow
SETTINGS = [{"form_id": "kunjungan.rumah", "version": "1", "form_title": "Kunjungan", "area_field": "desa"}]
BASIC = "Basic " + base64.b64encode(f"admin@contoh.id:{PASSWORD}".encode()).decode()
COUNT = 7


def call(address: str, path: str, data: bytes | None = None, content_type: str = "application/json") -> Any:
    request = urllib.request.Request(f"{address}{path}", data=data, headers={"Authorization": BASIC, "Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


@pytest.fixture
def filled(served: str) -> str:
    """The running server with a form and seven submissions of it."""
    book = to_xlsx(Workbook(sheets={"survey": sheet(SURVEY), "choices": CHOICES, "settings": SETTINGS}, name="x.xlsx"))
    call(served, "/v1/projects/1/forms?publish=true&ignoreWarnings=true", book,
         "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    for number in range(COUNT):
        xml = (f'<data id="kunjungan.rumah" version="1">{FULL.replace("<anggota>12", f"<anggota>{number}")}'
               f"<meta><instanceID>uuid:{number}</instanceID></meta></data>")
        call(served, "/v1/projects/1/forms/kunjungan.rumah/submissions", xml.encode(), "text/xml")
    return served


@pytest.fixture
def service(filled: str) -> ODataService:
    session = requests.Session()
    session.auth = ("admin@contoh.id", PASSWORD)
    return ODataService(f"{filled}/v1/projects/1/forms/kunjungan.rumah.svc/", session=session, reflect_entities=True, quiet_progress=True)


def test_python_odata_learns_the_tables_and_reads_their_rows(service: ODataService) -> None:
    assert set(service.entities) == {"Submissions", "Submissions.ling_kungan.kegiatan", "Submissions.ling_kungan.kegiatan.peserta"}
    rows = service.query(service.entities["Submissions"]).all()
    assert [row.anggota for row in rows] == list(range(COUNT))[::-1]
    assert rows[0].luas == 1.5e7 and rows[0].mulai.utcoffset().total_seconds() == 7 * 3600
    guests = service.query(service.entities["Submissions.ling_kungan.kegiatan.peserta"]).all()
    assert len(guests) == 2 * COUNT and {guest.umur for guest in guests} == {31, None}


def test_python_odata_filters_orders_and_selects(service: ODataService) -> None:
    table = service.entities["Submissions"]
    assert [row.anggota for row in service.query(table).filter(table.anggota >= 4).order_by(table.anggota.asc())] == [4, 5, 6]
    assert list(service.query(table).filter(table.desa == "it's")) == []
    assert service.query(table).select(table.anggota).order_by(table.anggota.desc()).limit(2).all() == [{"anggota": 6}, {"anggota": 5}]
    assert [row.anggota for row in service.query(table).offset(5)] == [1, 0]


def test_python_odata_follows_the_pages(filled: str, service: ODataService) -> None:
    table = service.entities["Submissions"]
    first = service.query(table).limit(3).raw({"$top": "3"})
    assert len(first) == 3
    connection, seen, address = service.default_context.connection, [], f"{filled}/v1/projects/1/forms/kunjungan.rumah.svc/Submissions?$top=3"
    while address:
        page = connection.execute_get(address)
        seen += [row["anggota"] for row in page["value"]]
        address = page.get("@odata.nextLink")
    assert seen == list(range(COUNT))[::-1]


@pytest.fixture
def pyodk(filled: str, tmp_path: Path) -> Iterator[Client]:
    with Client(config_path=config_file(tmp_path, filled), cache_path=tmp_path / "cache.toml") as client:
        yield client


def config_file(folder: Path, address: str) -> Path:
    path = folder / "pyodk.toml"
    path.write_text(f'[central]\nbase_url = "{address}"\nusername = "admin@contoh.id"\npassword = "{PASSWORD}"\ndefault_project_id = 1\n')
    return path


def test_pyodk_reads_tables(pyodk: Client) -> None:
    table = pyodk.submissions.get_table(form_id="kunjungan.rumah", top=2, skip=1, count=True, wkt=True)
    assert (table["@odata.count"], [row["anggota"] for row in table["value"]]) == (COUNT, [5, 4])
    assert table["value"][0]["ling_kungan"]["titik"] == "POINT (106.15 -2.85 12.5)"
    expanded = pyodk.submissions.get_table(form_id="kunjungan.rumah", expand="*", filter="__system/submissionDate lt now()")
    assert len(expanded["value"]) == COUNT and len(expanded["value"][0]["ling_kungan"]["kegiatan"]) == 2
    some = pyodk.submissions.get_table(form_id="kunjungan.rumah", select="__id,desa", filter="__id eq 'uuid:3'")
    assert some["value"] == [{"__id": "uuid:3", "desa": "19.06.01.2001"}]
    below = pyodk.submissions.get_table(form_id="kunjungan.rumah", table_name="Submissions.ling_kungan.kegiatan")
    assert len(below["value"]) == 2 * COUNT
