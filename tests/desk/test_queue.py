"""The queue: ordered by risk, with reasons in words (EXPECTATIONS S1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests import arrivals
from tests.desk.conftest import jpeg

SCALES = "".join(f"<s{n}>3</s{n}>" for n in range(1, 8))


def villages(page: str) -> list[str]:
    """Names in the list, in order."""
    return re.findall(r'<h2><a href="[^"]+">([^<]+)</a></h2>', page)


def reasons(page: str) -> list[str]:
    return [words.strip() for words in re.findall(r'<span class="reason[^"]*">([^<]+)</span>', page)]


@pytest.mark.parametrize(("given", "expected"), [
    ({}, "tidak ada yang mencolok"),
    ({"lokasi": "-2.70 108.00 0 6"}, "lokasi 35 km dari desa"),
    ({"lokasi": "-2.8701 108.2702 0 150"}, "akurasi lokasi hanya 150 m"),
    ({"lokasi": ""}, "lokasi tidak direkam"),
    ({"start": "2026-11-20T09:00:00.000+07:00", "end": "2026-11-20T09:04:00.000+07:00"}, "diisi dalam 4 menit"),
    ({"end": "2099-11-20T09:04:00.000+07:00"}, "jam ponsel keliru"),
    ({"more": SCALES}, "hampir semua skala dijawab 3"),
    ({"more": "<s1>4</s1>"}, "1 jawaban tinggi tanpa bukti"),
    ({"anggota": "banyak"}, "1 isian tidak cocok dengan formulir"),
    ({"foto": "sk.jpg"}, "1 foto belum sampai"),
    ({"desa": "19.06.09.2001"}, "kode desa tidak dikenal"),
])
def test_each_reason_for_doubt_is_told_in_words(reader: Callable[..., Any], send: Callable[..., str], given: dict[str, str], expected: str) -> None:
    send(**given)
    assert expected in reasons(reader().page("queue"))


@pytest.mark.parametrize("given", [
    {"start": "2026-11-20T09:00:00.000+07:00", "end": "2026-11-20T09:40:00.000+07:00"},
    {"more": SCALES.replace("<s1>3", "<s1>1")}, {"more": "<s1>3</s1><s2>3</s2>", "foto": "sk.jpg"}])
def test_an_ordinary_submission_raises_no_alarm(reader: Callable[..., Any], send: Callable[..., str], given: dict[str, str]) -> None:
    send(files={"sk.jpg": jpeg()} if "foto" in given else None, **given)
    found = reasons(reader().page("queue"))
    assert not [words for words in found if "menit" in words or "skala" in words or "foto" in words or ("bukti" in words and "s1" not in given["more"])]


def test_resent_ones_come_first_then_the_riskiest_then_the_longest_waiting(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    send("uuid:tenang", desa="19.06.01.2002", lokasi="-2.86 108.29 0 5")
    send("uuid:jauh", desa="19.06.02.2001")
    resent = send("uuid:ulang")
    budi = reader(role="manager")
    budi.decide(resent, "hasIssues", "Perbaiki")
    assert villages(budi.page("queue")) == ["Gantung", "Lalang"]
    send("uuid:ulang2", deprecated="uuid:ulang")
    page = budi.page("queue")
    assert villages(page) == ["Padang", "Gantung", "Lalang"]
    assert "Dikirim ulang" in page


def test_a_photo_that_arrives_later_lifts_the_warning(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    budi = reader()
    send(foto="sk.jpg")
    assert "1 foto belum sampai" in reasons(budi.page("queue"))
    send(foto="sk.jpg", files={"sk.jpg": jpeg()})
    assert "1 foto belum sampai" not in reasons(budi.page("queue"))


def test_the_same_photo_is_told_at_both_of_its_places(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    budi = reader()
    send("uuid:satu", {"a.jpg": jpeg()}, foto="a.jpg")
    budi.page("queue")  # weighed before anybody else used the photo
    send("uuid:dua", {"b.jpg": jpeg()}, foto="b.jpg", desa="19.06.01.2002")
    budi.page("queue")
    found = reasons(budi.page("queue"))
    assert "1 foto juga dipakai di Padang" in found and "1 foto juga dipakai di Lalang" in found


@pytest.mark.parametrize(("query", "expected"), [
    ("", ["Gantung", "Padang"]), ("?kecamatan=19.06.01", ["Padang"]), ("?desa=19.06.02.2001", ["Gantung"]),
    ("?kecamatan=19.06.01&desa=19.06.02.2001", ["Padang"]), ("?q=gantung", ["Gantung"]), ("?q=manggar", ["Padang"]),
    ("?q=aminah", ["Gantung", "Padang"]), ("?q=uuid:padang", ["Padang"]), ("?q=%25", []), ("?state=approved", []),
    ("?periode=2026-S2", ["Gantung", "Padang"]), ("?periode=2026-S1", []), ("?petugas=99999", []), ("?petugas=x", ["Gantung", "Padang"]),
    ("?state=nonsense", ["Gantung", "Padang"]), ("?page=-4", ["Gantung", "Padang"]), ("?page=7", [])])
def test_filters_narrow_the_list(reader: Callable[..., Any], send: Callable[..., str], query: str, expected: list[str]) -> None:
    send("uuid:padang")
    send("uuid:gantung", desa="19.06.02.2001")
    assert sorted(villages(reader().page("queue" + query))) == expected


def test_a_long_queue_has_pages(reader: Callable[..., Any], send: Callable[..., str]) -> None:
    for number in range(31):
        send(f"uuid:{number}")
    budi = reader()
    first, second = budi.page("queue"), budi.page("queue?page=2")
    assert (len(villages(first)), len(villages(second))) == (30, 1)
    assert 'rel="next"' in first and 'rel="next"' not in second and 'rel="prev"' in second


def test_what_could_not_be_weighed_in_time_is_weighed_next_time(
        reader: Callable[..., Any], send: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    from server.desk import weighing

    for number in range(5):
        send(f"uuid:{number}", lokasi="")
    rina = reader()
    monkeypatch.setattr(weighing, "LONGEST", 0.0)
    assert len(villages(rina.page("queue"))) == 5 and reasons(rina.page("queue")) == []
    monkeypatch.setattr(weighing, "LONGEST", 60.0)
    monkeypatch.setattr(weighing, "AT_ONCE", 2)
    assert reasons(rina.page("queue")).count("lokasi tidak direkam") == 5


def test_the_sender_can_be_chosen(app: Any, project: int, reader: Callable[..., Any], send: Callable[..., str]) -> None:
    hendra = arrivals.enrol(app, project, "Hendra")
    send("uuid:satu")
    send("uuid:dua", desa="19.06.01.2002", sender=hendra)
    budi = reader()
    assert villages(budi.page(f"queue?petugas={hendra.id}")) == ["Lalang"]


def test_an_empty_queue_says_that_all_is_reviewed(reader: Callable[..., Any], form: int) -> None:
    assert "Semua sudah ditinjau" in reader().page("queue")


def test_trial_and_deleted_submissions_do_not_wait(app: Any, reader: Callable[..., Any], send: Callable[..., str], form: int, project: int) -> None:
    send()
    with app.app_context():
        from server.db import transaction
        from server.submissions import store

        with transaction():
            found = store.find(form, "uuid:satu")
            assert found is not None
            store.delete(found, project, None)
    assert villages(reader().page("queue?state=all")) == []


def test_a_database_of_before_keeps_its_order_and_weighs_only_what_is_new(app: Any, reader: Callable[..., Any], send: Callable[..., str]) -> None:
    from sqlalchemy import text

    from server import schema
    from server.db import db

    send("uuid:tenang", desa="19.06.01.2002", lokasi="-2.86 108.29 0 5")
    send("uuid:jauh", desa="19.06.02.2001")
    budi = reader()
    before = villages(budi.page("queue"))
    send("uuid:baru", desa="19.06.01.2001")
    with app.app_context():
        schema.migrate("0006")
        schema.migrate()
        with db.engine.connect() as connection:
            risks = dict(connection.execute(text("SELECT instance_id, risk FROM submissions")).tuples().all())
    assert risks["uuid:baru"] == -1 < risks["uuid:tenang"] < risks["uuid:jauh"]
    assert villages(budi.page("queue"))[0] == before[0] == "Gantung"
