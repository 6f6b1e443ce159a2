"""Entity lists at the desk: what they hold, conflicts, versions, and what a record made of them (PROTOCOL §6)."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests import arrivals
from tests.arrivals import Phone
from tests.datasets.conftest import ONE, THREE, TWO
from tests.datasets.test_from_submissions import SHEETS, create, sent, update

MANGGAR, GANTUNG = "19.06.01.2001", "19.06.02.2001"
VILLAGES = "kecamatan_code,kecamatan,village_code,village,lon,lat\n19.06.01,Manggar,19.06.01.2001,Padang,108.27,-2.87\n"


def text(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture
def planted(app: Flask, project: int) -> Phone:
    """A list `pohon` scoped by its property `desa`, fed by a form, with a tree in each of two sub-districts."""
    from server.datasets import store
    from server.db import transaction
    from server.villages import store as villages

    arrivals.publish(app, project, SHEETS)
    with app.app_context(), transaction():
        villages.import_csv(VILLAGES.encode())
        store.change_list(store.get_list(project, "pohon"), {"area_property": "desa"}, None)
    phone = arrivals.enrol(app, project, "Siti Aminah", area="")
    sent(phone, create(1, ONE, "Jati Tua", desa=MANGGAR, jenis="keras"), create(2, TWO, "Sono", desa=GANTUNG, jenis="lunak"))
    return phone


def test_the_lists_of_a_project_are_shown_with_what_one_sees_of_them(reader: Callable[..., Any], planted: Phone) -> None:
    page = reader("m@b.id", role="manager").page("lists")
    assert 'aria-current="page">Daftar' in page
    assert re.search(r'<td class="number"[^>]*>2</td>', page)
    near = reader("r@b.id", area="19.06.01").page("lists")
    assert re.search(r'<td class="number"[^>]*>1</td>', near)
    assert "Pokja uji" in text(page), "the form that feeds it"


def test_a_list_shows_its_entities_by_area_and_finds_them_by_label(reader: Callable[..., Any], planted: Phone) -> None:
    boss, near = reader("m@b.id", role="manager"), reader("r@b.id", area="19.06.01")
    whole = text(boss.page("lists/pohon"))
    assert "Jati Tua" in whole and "Sono" in whole and "Padang" in whole and "menurut isian desa" in whole and "keras" in whole
    mine = boss.page("lists/pohon?q=TUA jati")
    assert "Jati Tua" in mine and "Sono" not in mine
    nothing = boss.page("lists/pohon?q=%25")
    assert "Sono" not in nothing and "Tampilkan semua entri" in nothing
    part = near.page("lists/pohon")
    assert "Jati Tua" in part and "Sono" not in part and GANTUNG not in part
    assert "Sono" not in near.page("lists/pohon?q=sono")
    assert near.get("lists/tidak-ada").status_code == 404


def test_pages_follow_each_other(reader: Callable[..., Any], planted: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.desk import lists

    monkeypatch.setattr(lists, "PAGE", 1)
    boss = reader("m@b.id", role="manager")
    first, second = boss.page("lists/pohon"), boss.page("lists/pohon?page=2")
    assert "Sono" in first and "Jati Tua" not in first and 'rel="next"' in first and 'rel="prev"' not in first
    assert "Jati Tua" in second and "Sono" not in second and 'rel="prev"' in second and 'rel="next"' not in second
    assert boss.get("lists/pohon?page=99999999999999999999").status_code == 200


def test_an_entity_tells_how_it_came_to_what_it_says(reader: Callable[..., Any], planted: Phone) -> None:
    sent(planted, update(3, 1, label="Jati Muda", jenis="sedang"))
    page = reader("m@b.id", role="manager").page(f"lists/pohon/{ONE}")
    said = text(page)
    assert "Isi sekarang" in said and "Padang" in said and "Siti Aminah" in said
    assert "Label : Jati Tua → Jati Muda" in said.replace("Label:", "Label :") and "keras → sedang" in said
    assert "bentrok" not in said.lower()
    assert "records/pokja/uuid:3" in html.unescape(page).replace("%3A", ":")


@pytest.fixture
def torn(planted: Phone) -> Phone:
    """Two updates of one version: the list holds a hard conflict."""
    sent(planted, update(3, 1, label="Jati A", jenis="merah"), update(4, 1, jenis="putih"))
    return planted


def test_a_conflict_is_marked_explained_and_settled_by_a_person(reader: Callable[..., Any], torn: Phone) -> None:
    boss = reader("m@b.id", role="manager")
    assert 'class="tag hasIssues"' in boss.page("lists")
    only = boss.page("lists/pohon?conflict=yes")
    assert "Jati A" in only and "Sono" not in only
    page = boss.page(f"lists/pohon/{ONE}")
    assert "tanpa saling mengetahui" in text(page) and "dibuat dari versi 1" in text(page)
    version = re.findall(r'name="version" value="(\d+)"', page)[0]
    done = boss.post(f"lists/pohon/{ONE}/resolve", version=version)
    assert done.status_code == 303
    after = boss.page(f"lists/pohon/{ONE}")
    assert "tanpa saling mengetahui" not in text(after)
    assert "Jati A" not in boss.page("lists/pohon?conflict=yes")
    again = boss.post(f"lists/pohon/{ONE}/resolve", version=version)
    assert again.status_code == 400 and "sudah diselesaikan" in again.get_data(as_text=True)


def test_what_changed_since_the_page_was_opened_is_not_settled_unseen(reader: Callable[..., Any], torn: Phone) -> None:
    boss = reader("m@b.id", role="manager")
    sent(torn, update(5, 1, jenis="biru"))
    answer = boss.post(f"lists/pohon/{ONE}/resolve", version=3)
    assert answer.status_code == 409 and "Isinya baru saja berubah" in answer.get_data(as_text=True)
    assert "tanpa saling mengetahui" in text(boss.page(f"lists/pohon/{ONE}"))


def test_who_only_reads_sees_the_conflict_and_no_button(reader: Callable[..., Any], torn: Phone) -> None:
    viewer = reader("v@b.id", role="viewer")
    page = viewer.page(f"lists/pohon/{ONE}")
    assert "tanpa saling mengetahui" in text(page) and "/resolve" not in page
    assert viewer.post(f"lists/pohon/{ONE}/resolve", version=3).status_code == 403


def test_an_entity_of_another_area_is_not_there(app: Flask, reader: Callable[..., Any], torn: Phone) -> None:
    far = reader("r@b.id", role="manager", area="19.06.02")
    assert far.get(f"lists/pohon/{ONE}").status_code == far.get(f"lists/pohon/{THREE}").status_code == 404
    assert far.post(f"lists/pohon/{ONE}/resolve", version=3).status_code == 404
    assert "Jati" not in far.page("lists/pohon") and far.page("lists/pohon?conflict=yes").count("Jati") == 0


def test_a_record_shows_what_it_made_of_lists_and_why_not(reader: Callable[..., Any], planted: Phone) -> None:
    boss = reader("m@b.id", role="manager")
    made = boss.page("records/pokja/uuid:1")
    assert "Entri dalam daftar" in made and f"/lists/pohon/{ONE}" in made and "Tidak tersimpan" not in made
    sent(planted, create(6, ONE, "Kembar", desa=MANGGAR), create(7, "bukan-uuid", "X"), update(8, 9, uuid=TWO, jenis="x"))
    assert "Sudah ada entri dengan nomor ini." in boss.page("records/pokja/uuid:6")
    assert "Nomor atau versinya tidak berbentuk benar." in boss.page("records/pokja/uuid:7")
    assert "Versi yang menjadi dasarnya tidak ada." in boss.page("records/pokja/uuid:8")


def test_a_record_shows_what_waits_for_its_approval(app: Flask, project: int, reader: Callable[..., Any], planted: Phone) -> None:
    from server.datasets import store
    from server.db import transaction

    with app.app_context(), transaction():
        store.change_list(store.get_list(project, "pohon"), {"approval_required": True}, None)
    sent(planted, create(6, THREE, "Ulin", desa=MANGGAR))
    boss = reader("m@b.id", role="manager")
    assert "menunggu persetujuan" in boss.page("records/pokja/uuid:6")
    assert "Menunggu persetujuan" in boss.page("lists/pohon")
    boss.decide("records/pokja/uuid:6", "approved")
    assert "menunggu persetujuan" not in boss.page("records/pokja/uuid:6")
    assert "Ulin" in boss.page("lists/pohon")


def test_a_project_without_lists_says_where_they_come_from(reader: Callable[..., Any], project: int) -> None:
    assert "Daftar terbentuk saat formulir" in reader("m@b.id", role="manager").page("lists")
