"""A small scored form whose figures are quickly computed by hand, and how its submissions are sent and judged.

Dimension A (weight 60): A1 = 25 × a1 (weight 3, capped at 50 without its photo), A2 = 25 × a2 (weight 1).
Dimension B (weight 40): B1 = 100 × b ÷ 4. Classes: rendah 0, sedang 40, tinggi 70 (asks A1 ≥ 75).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from tests import arrivals
from tests.conftest import Person

PERIOD, BEFORE = "2026-S2", "2026-S1"
PADANG, LALANG, GANTUNG = "19.06.01.2001", "19.06.01.2002", "19.06.02.2001"
FORM = "skor_uji"
LABELS = ("label::Indonesia (id)", "label::English (en)")


def _row(kind: str, name: str, label: str = "", **more: str) -> dict[str, str]:
    return {"type": kind, "name": name, LABELS[0]: label or name, LABELS[1]: (label or name) + " (English)", **more}


def _rule(kind: str, code: str, label: str = "", **more: str) -> dict[str, str]:
    return {"kind": kind, "code": code, LABELS[0]: label or code, LABELS[1]: f"{label or code} (English)", **more}


SHEETS: dict[str, list[dict[str, str]]] = {
    "survey": [_row("text", "desa", "Desa"), _row("select_one periode", "periode", "Periode"),
               _row("select_one jenis", "jenis", "Jenis"), _row("select_one status", "status", "Status"), _row("date", "tgl", "Kunjungan"),
               _row("select_one skala", "a1", "Status SK"), _row("image", "a1_foto", "Foto SK"), _row("select_one skala", "a2", "Pengurus"),
               _row("integer", "b", "Kegiatan terlaksana"), _row("select_one yatidak", "r1", "Musyawarah")],
    "choices": [
        *({"list_name": name, "name": value, LABELS[0]: label, LABELS[1]: label} for name, value, label in (
            ("periode", "2026-S1", "Semester 1 2026"), ("periode", "2026-S2", "Semester 2 2026"),
            ("jenis", "lapangan", "Penilaian lapangan"), ("jenis", "mandiri", "Penilaian mandiri"), ("jenis", "ko_penilaian", "Ko-penilaian"),
            ("status", "aktif", "Aktif"), ("status", "belum_ada", "Belum ada"), ("yatidak", "ya", "Ya"), ("yatidak", "tidak", "Tidak"),
            *(("skala", str(n), f"Nilai {n}") for n in range(5)), ("skala", "tt", "Tidak tahu")))],
    "scoring": [
        _rule("rubric", "uji", "Skor uji", params="version: 1; cap: 50; small: 30; status: status; visit_date: tgl",
              when="status = 'aktif'"),
        _rule("dimension", "A", "Kelembagaan", weight="60"), _rule("dimension", "B", "Kegiatan", weight="40"),
        _rule("indicator", "A1", "SK Pokja", parent="A", weight="3", rule="rubric", value="a1", evidence="D", evidence_fields="a1_foto"),
        _rule("indicator", "A2", "Pengurus lengkap", parent="A", weight="1", rule="rubric", value="a2"),
        _rule("indicator", "B1", "Realisasi", parent="B", weight="2", rule="share", value="b", of="4", params="0:0 100:100"),
        _rule("class", "rendah", "Rendah", value="0"), _rule("class", "sedang", "Sedang", value="40"), _rule("class", "tinggi", "Tinggi", value="70"),
        _rule("gate", "gate_sk", "SK belum berlaku", parent="tinggi", value="A1 >= 75"),
        _rule("readiness", "R", "Kesiapan", when="status = 'belum_ada'"),
        _rule("indicator", "R1", "Musyawarah", parent="R", weight="1", rule="map", value="r1", params="tidak:0 ya:100"),
    ],
    "settings": [{"form_id": FORM, "form_title": "Skor uji", "version": "1", "default_language": "Indonesia (id)", "area_field": "desa",
                  "period_field": "periode", "kind_field": "jenis", "counted_kind": "lapangan"}],
}


@pytest.fixture
def form(app: Flask, project: int) -> int:
    """Id of the published form; three villages of two sub-districts are there too."""
    from server.db import transaction
    from server.villages import store as villages
    from tests.desk.conftest import VILLAGES

    with app.app_context(), transaction():
        villages.import_csv(VILLAGES.encode())
    return arrivals.publish(app, project, SHEETS)


def body(desa: str = PADANG, periode: str = PERIOD, jenis: str = "lapangan", status: str = "aktif", a1: str = "4", a2: str = "2",
         b: str = "3", foto: str = "sk.jpg", tgl: str = "2026-08-11", r1: str = "") -> str:
    """The answers of an instance; the figures that go with the defaults: A 87.50, B 75.00, total 82.50."""
    if status == "belum_ada":
        a1 = a2 = b = foto = ""
    given = {"desa": desa, "periode": periode, "jenis": jenis, "status": status, "tgl": tgl, "a1": a1, "a1_foto": foto, "a2": a2, "b": b, "r1": r1}
    return "".join(f"<{name}>{value}</{name}>" for name, value in given.items() if value)


@dataclass
class Case:
    """One project with its phone and an administrator who calls the API."""

    app: Flask
    project: int
    phone: arrivals.Phone
    admin: Person

    def send(self, instance_id: str = "uuid:satu", *, deprecated: str | None = None, photo: bool = True, **given: str) -> str:
        """A submission arrives; returns the instance id."""
        xml = arrivals.instance(instance_id, form=FORM, deprecated=deprecated, body=body(**given))
        files = {"sk.jpg": f"foto {instance_id}".encode()} if photo and given.get("foto") != "" and given.get("status") != "belum_ada" else {}
        answer = self.phone.send(xml, files)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return instance_id

    def review(self, instance_id: str, state: str | None, expect: int = 200) -> Any:
        answer = self.admin.call("PATCH", self.at(instance_id), json={"reviewState": state})
        assert answer.status_code == expect, answer.get_data(as_text=True)
        return answer

    def approved(self, instance_id: str = "uuid:satu", **given: Any) -> str:
        self.send(instance_id, **given)
        self.review(instance_id, "approved")
        return instance_id

    def at(self, instance_id: str) -> str:
        return f"/v1/projects/{self.project}/forms/{FORM}/submissions/{instance_id}"

    def scores(self, period: str = PERIOD) -> dict[str, Any]:
        """The stored scores by village code, as the API tells them."""
        answer = self.admin.get(f"/v1/projects/{self.project}/scores?period={period}")
        assert answer.status_code == 200
        return {row["villageCode"]: row for row in answer.get_json()}

    def total(self, village: str = PADANG, period: str = PERIOD) -> float | None:
        """The village's score; -1 when it has no row."""
        row = self.scores(period).get(village)
        return -1.0 if row is None else row["total"]


@pytest.fixture
def case(app: Flask, project: int, form: int, admin: Person) -> Case:
    return Case(app, project, arrivals.enrol(app, project, "Siti Aminah"), admin)


@pytest.fixture
def rate(case: Case, reader: Callable[..., Any]) -> Callable[..., Any]:
    """A reviewer rates an indicator on the record's page: `rate("A1", value="25")`."""
    readers: dict[str, Any] = {}

    def post(indicator: str, instance_id: str = "uuid:satu", who: str = "rahma@b.id", expect: int = 303, **given: str) -> Any:
        import re

        known = readers.setdefault(who, None) or reader(who, name=who.partition("@")[0].title())
        readers[who] = known
        record = f"records/{FORM}/{instance_id}"
        version = re.findall(r'name="version" value="(\d+)"', known.page(f"{record}/rate?indicator={indicator}"))[0]
        answer = known.post(f"{record}/rate", indicator=indicator, version=version, reason="Dilihat di lapangan", **given)
        assert answer.status_code == expect, answer.get_data(as_text=True)
        return answer

    return post
