"""One submission at the desk: read, decide, comment, rate, take back (EXPECTATIONS S2–S6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.desk.conftest import jpeg

SCORED = "<s1>4</s1><s2>2</s2>"


def text(page: str) -> str:
    """What a page says, without its marks."""
    import html

    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<head>.*?</head>|<datalist.*?</datalist>", "", page))))


def score(app: Flask, form: int) -> tuple[float | None, str | None] | None:
    """Total and class of the village, as stored."""
    from server.villages import store

    with app.app_context():
        row = store.score_of(form, "19.06.01.2001", "2026-S2")
        return (row.total, row.class_code) if row else None


def test_answers_stand_in_form_order_in_the_readers_language(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    budi = reader()
    record = send(more=SCORED)
    page = text(budi.page(record))
    expected = ["Padang", "Kecamatan Manggar", "Siti Aminah", "Identitas", "-2,87010; 108,27020 (± 6 m)", "Isi", "Jumlah anggota",
                "1.250", "Tanggal SK", "9 Maret 2026", "Aktif?", "Ya, aktif", "Skala 1", "Nilai 4", "Kegiatan · 1", "Posyandu",
                "Peserta Posyandu", "30"]
    at = 0
    for words in expected:  # each after the one before: "30" may also stand in the time above
        assert words in page[at:], words
        at = page.index(words, at) + len(words)
    assert "Catatan tidak dijawab" not in page and "WIB" in page
    budi.post("/desk/language", language="en", next="/desk")
    english = text(budi.page(record))
    assert "Members" in english and "1,250" in english and "9 March 2026" in english and "Participants" in english


def test_unanswered_questions_are_shown_on_request(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    assert "Catatan tidak dijawab" in text(reader().page(send() + "?view=everything"))


def test_what_does_not_fit_the_form_stands_beside_its_question(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    page = text(reader().page(send(anggota="banyak", more="<hantu>boo</hantu>")))
    assert "banyak ⚠ Isian tidak sesuai jenis yang diminta." in page
    assert "Pertanyaan ini tidak ada di formulir: /isi/hantu" in page


def test_text_from_a_phone_is_never_markup(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    page = reader().page(send(rows="<kegiatan><nama>&lt;script&gt;alert(1)&lt;/script&gt;</nama></kegiatan>"))
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


def test_the_place_is_drawn_with_its_distance(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    page = text(reader().page(send(lokasi="-2.8745 108.2700 0 12")))
    assert "500 m dari titik desa · akurasi 12 m" in page
    assert "Lalang" in page  # the neighbour


def test_photos_are_small_without_camera_notes_and_whole_on_request(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    import io

    from PIL import Image

    picture = Image.new("RGB", (1200, 900), "red")
    exif = Image.Exif()
    exif[0x010F] = "Kamera rahasia"
    made = io.BytesIO()
    picture.save(made, "JPEG", exif=exif)
    budi = reader()
    record = send(foto="sk.jpg", files={"sk.jpg": made.getvalue()})
    address = re.findall(r'href="([^"]+/files/[^"]+)"', budi.page(record))[0]
    whole, small = budi.get(address), budi.get(address + "?size=small")
    assert whole.data == made.getvalue() and whole.content_type == "image/jpeg"
    assert Image.open(io.BytesIO(small.data)).size == (480, 360) and b"Kamera" not in small.data
    assert "sandbox" in small.headers["Content-Security-Policy"] and small.headers["X-Content-Type-Options"] == "nosniff"
    assert budi.get(address + "?size=small").data == small.data


@pytest.mark.parametrize(("data", "inline"), [(jpeg()[:400], True), (b"<html><script>alert(1)</script>", False), (b"", False)])
def test_a_file_that_is_no_photo_is_a_download_and_its_small_picture_a_sentence(
        reader: Callable[..., Any], send: Callable[..., str], data: bytes, inline: bool) -> None:
    budi = reader()
    record = send(foto="sk.jpg", files={"sk.jpg": data})
    found = re.findall(r'href="([^"]+/files/[^"]+)"', budi.page(record))
    whole, small = budi.get(found[0]), budi.get(found[0] + "?size=small")
    assert whole.headers["Content-Disposition"].startswith("inline" if inline else "attachment")
    assert small.content_type.startswith("image/svg+xml") and "Foto rusak" in small.get_data(as_text=True)


def test_a_photo_that_has_not_arrived_is_told(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    assert "Berkas belum sampai: sk.jpg" in text(reader().page(send(foto="sk.jpg")))


def test_a_plain_record_needs_one_press_and_the_next_one_opens(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    first, second = send("uuid:satu"), send("uuid:dua")
    budi = reader()
    answer = budi.decide(first, "approved")
    assert answer.status_code == 303 and second in answer.location and "told=approved" in answer.location
    page = budi.client.get(answer.location).get_data(as_text=True)
    assert "Disetujui." in page
    last = budi.decide(second, "approved")
    assert "/queue" in last.location
    assert "Semua sudah ditinjau" in budi.client.get(last.location).get_data(as_text=True)


def test_skipping_walks_through_the_queue_and_round(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    records = [send(f"uuid:{n}") for n in range(3)]
    budi = reader()
    for here, following in zip(records, records[1:] + records[:1], strict=True):
        assert following in re.findall(r'href="([^"]+)" data-key="l n j"', budi.page(here))[0]


def test_sending_back_needs_a_reason_and_shows_what_the_worker_will_read(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    record, budi = send(), reader()
    answer = budi.post(record + "/comment", path="/isi/anggota", body="Notulen memuat 9 nama")
    assert answer.status_code == 303 and answer.location.endswith("#q-isi-anggota")
    assert "Notulen memuat 9 nama" in text(budi.page(record))
    preview = text(budi.page(record + "/decide?choice=hasIssues&reason=Periksa"))
    assert "Yang akan dibaca Siti Aminah di ponsel: Periksa Jumlah anggota Notulen memuat 9 nama" in preview
    refused = budi.decide(record, "hasIssues", "  ")
    assert refused.status_code == 400 and "Tulis alasannya" in refused.get_data(as_text=True)
    assert budi.decide(record, "hasIssues", "Periksa anggota").status_code == 303
    assert "Perlu perbaikan" in text(budi.page(record))


def test_an_empty_comment_is_asked_for_again(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    answer = reader().post(send() + "/comment", path="/isi/anggota", body=" ")
    assert answer.status_code == 400 and "Tulis komentarnya dahulu" in answer.get_data(as_text=True)


def test_after_a_resend_only_what_changed_is_marked_and_the_old_version_is_one_link_away(
        reader: Callable[..., Any], send: Callable[..., str]) -> None:
    record, budi = send(foto="a.jpg", files={"a.jpg": jpeg()}, more=SCORED), reader()
    budi.post(record + "/comment", path="/isi/anggota", body="Notulen memuat 9 nama")
    budi.decide(record, "hasIssues", "Periksa")
    send("uuid:dua", deprecated="uuid:satu", anggota="9", foto="a.jpg", more=SCORED,
         rows="<kegiatan><nama>Posyandu</nama><peserta>30</peserta></kegiatan><kegiatan><nama>BKB</nama></kegiatan>")
    page = budi.page(record)
    shown = text(page)
    assert "9 sebelumnya: 1.250" in shown and "Notulen memuat 9 nama" in shown and "pada versi sebelumnya" in shown
    assert "BKB sebelumnya: tidak dijawab" in shown
    assert "Tanggal SK" not in shown and "Peserta Posyandu" not in shown
    assert page.count("answer changed") == 2
    everything = text(budi.page(record + "?view=answers"))
    assert "Tanggal SK" in everything and "9 sebelumnya: 1.250" in everything
    old = re.findall(r'href="([^"]+version=\d+[^"]*)">Versi sebelumnya', page)[0]
    before = budi.page(old.replace("&amp;", "&"))
    assert "1.250" in text(before) and "Ini versi sebelumnya." in text(before) and "Setujui <kbd>" not in before


def test_the_second_of_two_reviewers_is_told_kindly_and_keeps_the_own_text(
        app: Flask, form: int, reader: Callable[..., Any], send: Callable[..., str]) -> None:
    record = send(more=SCORED)
    budi, rahma = reader("budi@b.id", name="Budi"), reader("rahma@b.id", name="Rahma")
    open_page = rahma.page(record)
    version = re.findall(r'name="version" value="(\d+)"', open_page)[0]
    budi.decide(record, "approved")
    answer = rahma.post(record + "/decide", choice="rejected", reason="Desa salah", seen="", version=version)
    assert answer.status_code == 409
    told = text(answer.get_data(as_text=True))
    assert "Budi sudah lebih dahulu memutuskan" in told and "Keputusan: Disetujui" in told and "Desa salah" in told
    assert "Disetujui" in text(rahma.page(record)) and score(app, form) is not None


def test_a_form_opened_late_over_an_old_page_counts_only_what_that_page_showed(
        reader: Callable[..., Any], send: Callable[..., str]) -> None:
    import html

    record = send()
    budi, rahma = reader("budi@b.id", name="Budi"), reader("rahma@b.id", name="Rahma")
    link = html.unescape(re.findall(r'href="([^"]+/decide\?choice=hasIssues[^"]*)"', rahma.page(record))[0])
    budi.decide(record, "approved")
    late = rahma.page(link)
    given = dict(re.findall(r'name="(seen|version)" value="(\d*)"', late))
    assert rahma.post(record + "/decide", choice="hasIssues", reason="Foto buram", **given).status_code == 409
    assert "Disetujui" in text(rahma.page(record))


def test_a_decision_on_an_old_version_is_told_kindly(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    record, budi = send(), reader()
    version = re.findall(r'name="version" value="(\d+)"', budi.page(record))[0]
    budi.decide(record, "hasIssues", "Periksa")
    send("uuid:dua", deprecated="uuid:satu", anggota="9")
    answer = budi.post(record + "/decide", choice="rejected", reason="x", seen="1", version=version)
    assert answer.status_code == 409 and "Petugas sudah mengirim versi baru" in answer.get_data(as_text=True)


def test_a_mistaken_approval_is_taken_back_with_a_reason_and_the_score_follows_at_once(
        app: Flask, form: int, reader: Callable[..., Any], send: Callable[..., str]) -> None:
    record, budi = send(more=SCORED, foto="a.jpg", files={"a.jpg": jpeg()}), reader()
    assert score(app, form) is None
    budi.decide(record, "approved")
    assert score(app, form) == (75.0, "tinggi")  # (100 + 50) / 2
    assert budi.decide(record, "back", " ").status_code == 400
    assert score(app, form) == (75.0, "tinggi")
    answer = budi.decide(record, "back", "Salah tekan")
    assert record in answer.location and score(app, form) is None
    page = text(budi.page(record))
    assert "Keputusan ditarik" in page and "Salah tekan" in page and "Disetujui ·" in page
    assert "Padang" in text(budi.page("queue"))


@pytest.mark.parametrize(("given", "total"), [
    ({"value": "0", "reason": "SK tidak ada"}, 25.0),
    ({"value": "62,5", "reason": "SK lama"}, 56.25),
    ({"value": "", "rejected": "on", "reason": "Foto dari internet"}, 50.0),
])
def test_a_rating_moves_the_score_and_is_shown_with_its_reason(
        app: Flask, form: int, reader: Callable[..., Any], send: Callable[..., str], given: dict[str, str], total: float) -> None:
    record, budi = send(more=SCORED, foto="a.jpg", files={"a.jpg": jpeg()}), reader(name="Budi")
    version = re.findall(r'name="version" value="(\d+)"', budi.page(record))[0]
    answer = budi.post(record + "/rate", indicator="A1", version=version, **given)
    assert answer.status_code == 303 and answer.location.endswith("#i-A1")
    budi.decide(record, "approved")
    assert score(app, form) == (total, "rendah")
    assert f"– {given['reason']}" in text(budi.page(record))
    budi.post(record + "/rate", indicator="A1", version=version, act="back", reason="Keliru")
    assert score(app, form) == (75.0, "tinggi")


@pytest.mark.parametrize(("given", "status"), [
    ({"indicator": "A1", "value": "50", "reason": ""}, 400), ({"indicator": "A1", "value": "", "reason": "x"}, 400),
    ({"indicator": "A1", "value": "lima", "reason": "x"}, 400), ({"indicator": "A1", "value": "101", "reason": "x"}, 400),
    ({"indicator": "A1", "value": "nan", "reason": "x"}, 400), ({"indicator": "Z9", "value": "50", "reason": "x"}, 404)])
def test_a_rating_that_cannot_be_used_is_asked_for_again(
        reader: Callable[..., Any], send: Callable[..., str], given: dict[str, str], status: int) -> None:
    record, budi = send(more=SCORED), reader()
    version = re.findall(r'name="version" value="(\d+)"', budi.page(record))[0]
    answer = budi.post(record + "/rate", version=version, **given)
    assert answer.status_code == status
    if status == 400:
        assert 'role="alert"' in answer.get_data(as_text=True)


def test_a_locked_period_is_told_kindly(app: Flask, project: int, reader: Callable[..., Any], send: Callable[..., str]) -> None:
    from server.db import transaction
    from server.villages import store

    record, budi = send(), reader()
    with app.app_context(), transaction():
        store.set_lock(project, "2026-S2", True, None, "")
    answer = budi.decide(record, "approved")
    assert answer.status_code == 409 and "Periode 2026-S2 terkunci" in answer.get_data(as_text=True)


def test_a_record_of_an_unknown_village_is_called_by_its_own_name(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    page = text(reader().page(send(desa="19.06.09.2009")))
    assert "uuid:satu" in page and "Kode desa ini tidak ada dalam daftar desa." in page


def test_the_record_page_opens_fast_enough(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    import time

    record, budi = send(more=SCORED), reader()
    budi.page(record)
    began = time.monotonic()
    budi.page(record)
    assert time.monotonic() - began < 1  # S1: first record open in 1 s
