"""What the door refused, at the desk: read, beside the stored record, taken in or discarded (PROTOCOL §B.3, §B.4)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests import arrivals
from tests.desk.conftest import answers, jpeg
from tests.desk.test_record import text

Refuse = Callable[..., None]


@pytest.fixture
def refuse(phone: arrivals.Phone) -> Refuse:
    """Sends something that is refused: `refuse("409.1", "uuid:satu", anggota="7")`."""
    def post(code: str, instance_id: str = "uuid:satu", files: dict[str, bytes] | None = None, *, raw: bytes | None = None,
             deprecated: str | None = None, version: str = "1", form: str = "pokja", **given: Any) -> None:
        xml = raw or arrivals.instance(instance_id, deprecated=deprecated, version=version, form=form, body=answers(**given))
        assert phone.send(xml, files).headers.get("X-Problem-Code") == code

    return post


def lines(page: str) -> list[str]:
    return [html.unescape(name) for name in re.findall(r'<h2><a href="[^"]*/quarantine/\d+">([^<]*)</a>', page)]


def set_state(app: Flask, form: int, state: str) -> None:
    from server.db import db, transaction
    from server.publishing.models import FormRow

    with app.app_context(), transaction():
        row = db.session.get(FormRow, form)
        assert row is not None
        row.state = state


def test_the_queue_leads_there_when_there_is_something(reader: Callable[..., Any], form: int, refuse: Refuse) -> None:
    budi = reader()
    assert "Kiriman tertahan" not in budi.page("queue")
    assert "Semua kiriman dari ponsel sudah masuk" in budi.page("quarantine")
    refuse("404.6", version="99")
    refuse("404.6", version="99")
    page = budi.page("queue")
    assert "Kiriman tertahan: 1." in page and "/quarantine" in page
    listed = text(budi.page("quarantine"))
    assert "Padang Pokja uji Versi formulir “99” belum pernah diterbitkan di sini Siti Aminah" in listed
    assert "dikirim 2 kali" in listed and "Menunggu keputusan 1" in listed
    assert "Kiriman tertahan" not in reader("v@b.id", role="viewer").page("queue")


def test_of_several_projects_the_door_of_the_desk_names_the_count(app: Flask, reader: Callable[..., Any], refuse: Refuse) -> None:
    from server.db import transaction
    from server.projects.store import create

    with app.app_context(), transaction():
        create("Lain")
    refuse("404.6", version="99")
    assert text(reader(role="admin").page("/desk")).count("Kiriman tertahan: 1.") == 1


WHYS = [
    ("404.1", {"form": "asing"}, "Formulir ini tidak dikenal di sini"), ("404.5", {"deprecated": "uuid:asing"}, "Catatan yang diperbaiki tidak ada"),
    ("400.2", {"raw": b"<data"}, "Isi kiriman tidak dapat dibaca"), ("400.2", {"raw": b"<data/>"}, "Tidak menyebut formulirnya"),
    ("400.13", {"instance_id": "x" * 256}, "Nomornya terlalu panjang")]


@pytest.mark.parametrize(("code", "given", "words"), WHYS, ids=[case[2] for case in WHYS])
def test_the_reason_is_said_in_plain_indonesian(reader: Callable[..., Any], form: int, refuse: Refuse, code: str, given: Any,
                                                words: str) -> None:
    refuse(code, **given)
    budi = reader()
    assert words in budi.page("quarantine") and words in budi.page("quarantine/1")


def test_an_unknown_version_is_read_with_a_chosen_one(app: Flask, project: int, reader: Callable[..., Any], refuse: Refuse,
                                                      phone: arrivals.Phone) -> None:
    refuse("404.6", "uuid:b", {"sk.jpg": jpeg()}, version="99", foto="sk.jpg", more="<baru>isi baru</baru>")
    budi = reader()
    page = budi.page("quarantine/1")
    shown = text(page)
    assert "Jumlah anggota 1.250" in shown and "Peserta Posyandu 30" in shown and "/isi/baru isi baru" in shown
    assert 'data-photo="/desk/1/quarantine/1/files/sk.jpg?size=small"' in page
    for size in ("", "?size=small"):
        assert budi.get(f"quarantine/1/files/sk.jpg{size}").mimetype == "image/jpeg"
    assert budi.get("quarantine/1/files/lain.jpg").status_code == 404
    assert re.findall(r'<option value="([^"]*)"', page) == ["1"]
    failed = budi.post("quarantine/1/accept", version="98")
    assert failed.status_code == 404 and "Pilih versi formulir yang sudah diterbitkan." in failed.get_data(as_text=True)
    done = budi.post("quarantine/1/accept", version="1")
    assert done.status_code == 303 and done.headers["Location"].endswith("/records/pokja/uuid:b?told=taken")
    record = text(budi.page("records/pokja/uuid:b?told=taken"))
    assert "Diterima. Menunggu peninjauan seperti yang lain." in record and "Siti Aminah" in record
    assert budi.get("records/pokja/uuid:b/files/1/sk.jpg").status_code == 200
    assert "Diterima oleh Rahma" in text(budi.page("quarantine/1")) and lines(budi.page("quarantine?state=accepted")) == ["Padang"]
    again = budi.post("quarantine/1/accept", version="1")
    assert again.status_code == 409 and "Sudah ada yang memutuskan." in again.get_data(as_text=True)


def test_what_differs_stands_beside_what_is_stored(reader: Callable[..., Any], send: Callable[..., str], refuse: Refuse) -> None:
    send("uuid:satu", anggota="1250", start="2026-01-01T08:00:00.000+07:00")
    refuse("409.1", "uuid:satu", anggota="7", more="<s1>4</s1>", start="2026-01-02T08:00:00.000+07:00",
           rows="<kegiatan><nama>Posyandu</nama><peserta>30</peserta></kegiatan><kegiatan><nama>BKB</nama></kegiatan>")
    budi = reader()
    table = re.findall(r'(?s)id="differences".*?</section>', budi.page("quarantine/1"))[0]
    assert text(table).partition("Tersimpan ")[2] == (
        "Jumlah anggota 7 1.250 Skala 1 Nilai 4 tidak dijawab Nama kegiatan (2) BKB tidak dijawab "
        "Yang tersimpan: dikirim Siti Aminah, " + text(table).partition("Siti Aminah, ")[2])
    assert budi.post("quarantine/1/accept").status_code == 303
    assert "Jumlah anggota 7 sebelumnya: 1.250" in text(budi.page("records/pokja/uuid:satu"))


def test_an_edit_that_lost_stands_beside_the_winner(reader: Callable[..., Any], send: Callable[..., str], refuse: Refuse) -> None:
    send("uuid:satu", anggota="1")
    send("uuid:dua", deprecated="uuid:satu", anggota="2")
    refuse("409.9", "uuid:tiga", deprecated="uuid:satu", anggota="3")
    budi = reader()
    page = text(budi.page("quarantine/1"))
    assert "Memperbaiki versi yang sementara itu sudah diganti" in page and "Jumlah anggota 3 2" in page
    assert budi.post("quarantine/1/accept").headers["Location"].endswith("/records/pokja/uuid:satu?told=taken")


def test_a_discarded_one_names_who_and_why(reader: Callable[..., Any], form: int, refuse: Refuse) -> None:
    refuse("400.2", raw=b"<data id='<script>alert(1)</script>'")
    budi = reader()
    page = budi.page("quarantine/1")
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and "tidak dapat diterima" in page
    assert "quarantine/1/accept" not in page
    missing = budi.post("quarantine/1/discard", reason=" ")
    assert missing.status_code == 400 and "Tuliskan mengapa tidak diperlukan." in missing.get_data(as_text=True)
    assert budi.post("quarantine/1/discard", reason="isian latihan").status_code == 303
    assert lines(budi.page("quarantine")) == [] and lines(budi.page("quarantine?state=discarded")) == ["Kiriman tidak terbaca"]
    assert "Disisihkan oleh Rahma" in text(budi.page("quarantine/1")) and "isian latihan" in budi.page("quarantine/1")


def test_a_closed_form_or_a_deleted_record_is_the_managers_business(app: Flask, reader: Callable[..., Any], send: Callable[..., str],
                                                                    refuse: Refuse, form: int) -> None:
    from server.db import transaction
    from server.submissions import store

    send("uuid:satu")
    with app.app_context(), transaction():
        found = store.find(form, "uuid:satu")
        assert found is not None
        store.delete(found, 1, None)
    refuse("409.18", "uuid:dua", deprecated="uuid:satu", anggota="9")
    set_state(app, form, "closed")
    refuse("409.2", "uuid:tiga")
    budi, manager = reader(), reader("m@b.id", role="manager")
    assert "Formulir sudah ditutup. Pengelola masih dapat menerimanya." in budi.page("quarantine/2")
    refused = budi.post("quarantine/1/accept")
    assert refused.status_code == 409
    with app.app_context():
        assert store.find(form, "uuid:satu") is None, "what was not taken in brings nothing back"
    for number, root in ((1, "uuid:satu"), (2, "uuid:tiga")):
        assert manager.post(f"quarantine/{number}/accept").headers["Location"].endswith(f"/records/pokja/{root}?told=taken")
    set_state(app, form, "open")


def test_nothing_of_the_neighbour_is_seen(reader: Callable[..., Any], send: Callable[..., str], refuse: Refuse) -> None:
    send("uuid:satu", desa="19.06.02.2001", more="<catatan>Rahasia</catatan>")
    refuse("409.1", "uuid:satu", desa="19.06.01.2001")
    refuse("404.6", "uuid:dua", {"sk.jpg": jpeg()}, version="99", desa="19.06.02.2001", foto="sk.jpg")
    near = reader(area="19.06.01")
    page = near.page("quarantine/1")
    assert "Rahasia" not in page and "di luar wilayah Anda" in page and "quarantine/1/accept" not in page
    assert near.post("quarantine/1/accept").status_code == 403
    assert lines(near.page("quarantine")) == ["Padang"]
    for path in ("quarantine/2", "quarantine/2/files/sk.jpg"):
        assert near.get(path).status_code == 404
    assert near.post("quarantine/2/discard", reason="x").status_code == 404


def test_a_decision_needs_the_word_of_the_page(reader: Callable[..., Any], form: int, refuse: Refuse) -> None:
    refuse("404.6", version="99")
    budi = reader()
    for path in ("accept", "discard"):
        assert budi.client.post(budi.at(f"quarantine/1/{path}"), data={"reason": "x", "version": "1"}).status_code == 403
    assert lines(budi.page("quarantine")) == ["Padang"]
