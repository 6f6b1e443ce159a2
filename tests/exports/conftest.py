"""A form of every type with repeats in repeats, and helpers that send and read its submissions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests import arrivals
from tests.arrivals import Phone
from tests.conftest import Person

SURVEY = """
type | name | label
text | desa | Desa
integer | anggota | Anggota
decimal | luas | Luas
date | tanggal | Tanggal
dateTime | mulai | Mulai
time | jam | Jam
begin group | ling.kungan | Lingkungan
geopoint | titik | Titik
geotrace | jalan | Jalan
geoshape | batas | Batas
select_multiple tema | tema | Tema
begin repeat | kegiatan | Kegiatan
text | nama | Nama
image | bukti | Bukti
begin repeat | peserta | Peserta
text | nama | Nama
integer | umur | Umur
end repeat | |
end repeat | |
end group | |
image | foto | Foto
"""
CHOICES = [{"list_name": "tema", "name": name, "label": label} for name, label in
           (("gizi", "Gizi"), ("kb", "Keluarga berencana"), ("lansia", "Lansia"))]
FULL = ("<desa>19.06.01.2001</desa><anggota>12</anggota><luas>1.5E7</luas><tanggal>2026-03-14</tanggal>"
        "<mulai>2026-03-14T08:15:00.000+07</mulai><jam>08:15:00.000+07:00</jam>"
        "<ling.kungan><titik>-2.85 106.15 12.5 4.0</titik><jalan>-2.8 106.1 0 0;-2.9 106.2 0 0</jalan>"
        "<batas>-2.8 106.1;-2.9 106.1;-2.9 106.2;-2.8 106.1</batas><tema>gizi lansia</tema>"
        "<kegiatan><nama>Penyuluhan</nama><peserta><nama>Siti</nama><umur>31</umur></peserta>"
        "<peserta><nama>Ani, \"A\"</nama></peserta></kegiatan>"
        "<kegiatan><nama>=1+1</nama><bukti>bukti.jpg</bukti></kegiatan></ling.kungan><foto>foto.jpg</foto>")


def sheet(text: str) -> list[dict[str, str]]:
    """A sheet from lines of cells between bars."""
    head, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [dict(zip(head, line, strict=False)) for line in lines]


@pytest.fixture
def form(app: Flask, project: int) -> int:
    """Id of the published form `pokja`."""
    return arrivals.publish(app, project, {"survey": sheet(SURVEY), "choices": CHOICES}, area_field="desa", period_field="", kind_field="")


@pytest.fixture
def phone(app: Flask, project: int, form: int) -> Phone:
    return arrivals.enrol(app, project)


@pytest.fixture
def send(phone: Phone) -> Callable[..., str]:
    """Sends a filled form: `send("uuid:satu", "<desa>…</desa>")`."""

    def one(instance_id: str, body: str = FULL, files: dict[str, bytes] | None = None, **more: Any) -> str:
        answer = phone.send(arrivals.instance(instance_id, body=body, **more), files)
        assert answer.status_code == 201, answer.text
        return instance_id

    return one


@pytest.fixture
def svc(project: int) -> str:
    return f"/v1/projects/{project}/forms/pokja.svc"


@pytest.fixture
def rows(admin: Person, svc: str) -> Callable[..., Any]:
    """The `value` of a table."""

    def read(path: str = "Submissions", **query: Any) -> Any:
        answer = admin.get(f"{svc}/{path}", query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json["value"]

    return read
