"""Fixtures of the desk: a small form with everything a page shows, villages of two sub-districts, people and phones."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from tests import arrivals
from tests.conftest import PASSWORD

VILLAGES = """kecamatan_code,kecamatan,village_code,village,lon,lat
19.06.01,Manggar,19.06.01.2001,Padang,108.2700,-2.8700
19.06.01,Manggar,19.06.01.2002,Lalang,108.2900,-2.8600
19.06.02,Gantung,19.06.02.2001,Gantung,108.1700,-2.9700
"""
SHEETS: dict[str, list[dict[str, str]]] = {
    "survey": [
        {"type": "start", "name": "start"},
        {"type": "end", "name": "end"},
        {"type": "begin group", "name": "identitas", "label::Indonesia (id)": "Identitas", "label::English (en)": "Identity"},
        {"type": "text", "name": "desa", "label::Indonesia (id)": "Kode desa", "label::English (en)": "Village code"},
        {"type": "text", "name": "periode", "label::Indonesia (id)": "Periode", "label::English (en)": "Period"},
        {"type": "geopoint", "name": "lokasi", "label::Indonesia (id)": "Lokasi", "label::English (en)": "Place"},
        {"type": "end group"},
        {"type": "begin group", "name": "isi", "label::Indonesia (id)": "Isi", "label::English (en)": "Content"},
        {"type": "integer", "name": "anggota", "label::Indonesia (id)": "Jumlah **anggota**", "label::English (en)": "Members"},
        {"type": "date", "name": "tgl", "label::Indonesia (id)": "Tanggal SK", "label::English (en)": "Date of decree"},
        {"type": "select_one ya", "name": "aktif", "label::Indonesia (id)": "Aktif?", "label::English (en)": "Active?"},
        *({"type": "select_one skala", "name": f"s{n}", "label::Indonesia (id)": f"Skala {n}", "label::English (en)": f"Scale {n}"}
          for n in range(1, 8)),
        {"type": "image", "name": "foto", "label::Indonesia (id)": "Foto SK", "label::English (en)": "Photo", "parameters": "max-pixels=1600"},
        {"type": "text", "name": "catatan", "label::Indonesia (id)": "Catatan", "label::English (en)": "Note"},
        {"type": "end group"},
        {"type": "begin repeat", "name": "kegiatan", "label::Indonesia (id)": "Kegiatan", "label::English (en)": "Activity"},
        {"type": "text", "name": "nama", "label::Indonesia (id)": "Nama kegiatan", "label::English (en)": "Name"},
        {"type": "integer", "name": "peserta", "label::Indonesia (id)": "Peserta ${nama}", "label::English (en)": "Participants"},
        {"type": "end repeat"},
    ],
    "choices": [
        {"list_name": "ya", "name": "ya", "label::Indonesia (id)": "Ya, aktif", "label::English (en)": "Yes"},
        {"list_name": "ya", "name": "tidak", "label::Indonesia (id)": "Tidak", "label::English (en)": "No"},
        *({"list_name": "skala", "name": str(n), "label::Indonesia (id)": f"Nilai {n}", "label::English (en)": f"Value {n}"} for n in range(5)),
    ],
    "scoring": [
        {"kind": "rubric", "code": "uji", "label::Indonesia (id)": "Skor uji", "params": "version: 1"},
        {"kind": "dimension", "code": "A", "label::Indonesia (id)": "Kelembagaan", "weight": "100"},
        {"kind": "indicator", "code": "A1", "parent": "A", "label::Indonesia (id)": "SK Pokja", "weight": "50", "rule": "rubric",
         "value": "s1", "evidence": "D", "evidence_fields": "foto", "cap": "50"},
        {"kind": "indicator", "code": "A2", "parent": "A", "label::Indonesia (id)": "Pengurus", "weight": "50", "rule": "rubric",
         "value": "s2"},
        {"kind": "class", "code": "rendah", "label::Indonesia (id)": "Rendah", "value": "0"},
        {"kind": "class", "code": "tinggi", "label::Indonesia (id)": "Tinggi", "value": "70"},
    ],
    "settings": [{"form_id": "pokja", "form_title": "Pokja uji", "version": "1", "default_language": "Indonesia (id)",
                  "area_field": "desa", "period_field": "periode"}],
}


def answers(desa: str = "19.06.01.2001", *, lokasi: str = "-2.8701 108.2702 0 6", anggota: str = "1250", foto: str = "",
            more: str = "", rows: str = "<kegiatan><nama>Posyandu</nama><peserta>30</peserta></kegiatan>", start: str = "",
            end: str = "") -> str:
    """The body of an instance."""
    return (f"<start>{start}</start><end>{end}</end>"
            f"<identitas><desa>{desa}</desa><periode>2026-S2</periode><lokasi>{lokasi}</lokasi></identitas>"
            f"<isi><anggota>{anggota}</anggota><tgl>2026-03-09</tgl><aktif>ya</aktif>{more}<foto>{foto}</foto></isi>{rows}")


def jpeg(colour: str = "red", size: tuple[int, int] = (1200, 900)) -> bytes:
    """A photo."""
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, "JPEG", quality=60)
    return made.getvalue()


@pytest.fixture
def form(app: Flask, project: int) -> int:
    """Id of the published form; the villages are there too."""
    from server.db import transaction
    from server.villages import store as villages

    with app.app_context(), transaction():
        villages.import_csv(VILLAGES.encode())
    return arrivals.publish(app, project, SHEETS)


@pytest.fixture
def phone(app: Flask, project: int, form: int) -> arrivals.Phone:
    return arrivals.enrol(app, project, "Siti Aminah")


@dataclass
class Reader:
    """Somebody at the desk, logged in with a browser's cookie."""

    client: FlaskClient
    project: int
    id: int

    def get(self, path: str) -> Any:
        return self.client.get(self.at(path))

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, (answer.status_code, path)
        return str(answer.get_data(as_text=True))

    def at(self, path: str) -> str:
        return path if path.startswith("/desk") else f"/desk/{self.project}/{path}"

    def post(self, path: str, /, **data: Any) -> Any:
        return self.client.post(self.at(path), data={"__csrf": self.word, **data}, content_type="multipart/form-data")

    @property
    def word(self) -> str:
        return re.findall(r'name="__csrf" value="([^"]+)"', self.page("queue"))[0]

    def decide(self, record: str, choice: str, reason: str = "") -> Any:
        """Press a button of the record's page as it stands now."""
        page = self.page(record)
        seen, version = (re.findall(rf'name="{name}" value="(\d*)"', page) or [""] for name in ("seen", "version"))
        if not version[0]:
            form_page = self.page(f"{record}/decide?choice={choice}")
            seen, version = (re.findall(rf'name="{name}" value="(\d*)"', form_page) for name in ("seen", "version"))
        return self.post(f"{record}/decide", choice=choice, reason=reason, seen=seen[0], version=version[0])


@pytest.fixture
def reader(app: Flask, project: int, person: Callable[..., Any]) -> Callable[..., Reader]:
    """Logs people in: `reader("a@b.id", role="reviewer", area="19.06.01")`."""
    def log_in(email: str = "rahma@b.id", role: str = "reviewer", area: str = "", name: str = "") -> Reader:
        made = person(email, role=role, project=None if role == "admin" else project, area=area, name=name)
        client = app.test_client()
        assert client.post("/desk/login", data={"email": email, "password": PASSWORD}).status_code == 303
        return Reader(client, project, made.id)

    return log_in


@pytest.fixture
def send(phone: arrivals.Phone) -> Callable[..., str]:
    """Sends a submission and gives its page: `send("uuid:satu", desa=…)`."""
    def post(instance_id: str = "uuid:satu", files: dict[str, bytes] | None = None, deprecated: str | None = None,
             incomplete: bool = False, sender: arrivals.Phone | None = None, **given: Any) -> str:
        answer = (sender or phone).send(arrivals.instance(instance_id, deprecated=deprecated, body=answers(**given)), files,
                                        incomplete=incomplete)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return f"records/pokja/{instance_id}"

    return post
