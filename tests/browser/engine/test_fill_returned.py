"""The way back: a returned record opens at its first remark and is corrected offline (EXPECTATIONS F8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

FORM = """
| survey |
|        | type         | name  | label         | repeat_count | relevant     |
|        | text         | nama  | Nama          |              |              |
|        | text         | kota  | Kota          |              |              |
|        | begin repeat | pok   | Kelompok      | 2            |              |
|        | integer      | kader | Jumlah kader  |              |              |
|        | end repeat   |       |               |              |              |
|        | image        | foto  | Foto          |              |              |
|        | text         | akhir | Catatan       |              | ${nama} = 'x' |
"""


@pytest.fixture
def returned(fill: Any) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
    """Fills, sends and returns a record with these remarks; gives its row, opened for correction."""

    def build(comments: list[dict[str, Any]]) -> dict[str, Any]:
        key = fill.start(FORM)
        fill.at("/nama").locator("input").fill("Ani")
        fill.next()
        fill.at("/kota").locator("input").fill("Manggar")
        fill.next()
        fill.at("/pok[1]/kader").locator("input").fill("3")
        fill.next()
        fill.at("/pok[2]/kader").locator("input").fill("5")
        fill.saved()
        row = fill.row()
        fill.go("#/home")
        fill.page.locator("#elsewhere").wait_for()
        xml = row["xml"].replace("<foto/>", "<foto>1-foto.jpg</foto>")
        sent = {
            **row,
            "xml": xml,
            "status": "returned",
            "rootId": "uuid:akar",
            "comments": comments,
            "reason": "Angka kader keliru",
        }
        del sent["page"]
        fill.page.evaluate("row => lab.db.putInstance(row, [])", sent)
        fill.go(f"#/fill/{row['instanceId']}")
        fill.page.locator(".question").first.wait_for()
        return {**sent, "formKey": key}

    return build


def remark(path: str | None, body: str) -> dict[str, Any]:
    return {"path": path, "body": body, "at": "2026-11-20T03:00:00Z"}


TWO = [
    remark("/pok[2]/kader", "Hitung ulang kader"),
    remark("/kota", "Tulis nama desanya"),
    remark(None, "Foto kurang jelas"),
]


def test_it_opens_at_the_first_remark_with_the_reason_and_leads_to_the_next(fill: Any, returned: Any) -> None:
    returned(TWO)
    assert fill.place.startswith("Halaman 2 dari 5")
    expect(fill.page.locator(".returned")).to_contain_text("Angka kader keliru")
    expect(fill.page.locator(".returned")).to_contain_text("Foto kurang jelas")
    expect(fill.at("/kota").locator(".remark")).to_contain_text("Tulis nama desanya")
    expect(fill.at("/kota").locator(".remark")).to_contain_text("20 November 2026")
    expect(fill.page.locator(".remark-jump")).to_contain_text("Catatan 1 dari 2")
    fill.page.get_by_role("button", name="Berikutnya: catatan 2 dari 2").click()
    expect(fill.at("/pok[2]/kader").locator(".remark")).to_contain_text("Hitung ulang kader")
    fill.page.get_by_label("Daftar isi").click()
    expect(fill.page.locator(".contents .section-row", has_text="Ada catatan")).to_have_count(2)


def test_other_rows_of_a_repeat_carry_no_remark(fill: Any, returned: Any) -> None:
    returned(TWO)
    fill.next()
    expect(fill.at("/pok[1]/kader")).to_be_visible()
    expect(fill.page.locator(".question .remark")).to_have_count(0)


def test_a_remark_on_a_question_no_longer_asked_is_shown_on_top(fill: Any, returned: Any) -> None:
    returned([remark("/akhir", "Mengapa kosong?"), remark("/nama", "Nama lengkap")])
    expect(fill.page.locator(".returned")).to_contain_text("Mengapa kosong?")
    expect(fill.at("/nama").locator(".remark")).to_contain_text("Nama lengkap")


def test_the_correction_is_a_new_instance_that_names_the_old_one(fill: Any, returned: Any) -> None:
    old = returned(TWO)
    fill.at("/kota").locator("input").fill("Mentawak")
    fill.saved()
    edit = next(row for row in fill.rows("draft"))
    assert edit["instanceId"] != old["instanceId"]
    assert (edit["mode"], edit["deprecatedId"], edit["rootId"]) == ("edit", old["instanceId"], "uuid:akar")
    assert fill.rows("returned")[0]["xml"] == old["xml"]
    fill.reload()
    expect(fill.at("/kota").locator("input")).to_have_value("Mentawak")
    for _ in range(4):
        fill.next()
    expect(fill.page.get_by_text("Siap dikirim")).to_be_visible()
    fill.page.get_by_role("button", name="Selesaikan dan kirim").click()
    fill.page.get_by_text("belum terkirim").wait_for()
    (ready,) = fill.rows("ready")
    assert f"deprecatedID>{old['instanceId']}</" in ready["xml"]
    assert ready["deprecatedId"] == old["instanceId"]
    assert "<foto>1-foto.jpg</foto>" in ready["xml"] and ">Ani<" in ready["xml"] and "<kader>5</kader>" in ready["xml"]


def test_a_photo_that_only_the_server_has_is_said_to_be_there(fill: Any, returned: Any) -> None:
    returned([remark("/foto", "Kabur")])
    expect(fill.at("/foto")).to_contain_text("Berkas ini tersimpan di server")
    fill.at("/foto").get_by_role("button", name="Hapus").click()
    fill.saved()
    (edit,) = fill.rows("draft")
    assert "1-foto.jpg" not in edit["xml"]


def test_a_photo_the_phone_has_is_shown_again(fill: Any, returned: Any) -> None:
    old = returned([remark("/kota", "Perbaiki")])
    fill.go("#/home")
    fill.page.locator("#elsewhere").wait_for()
    edits = [row["instanceId"] for row in fill.rows("draft")]
    fill.page.evaluate("ids => lab.db.deleteInstance(...ids)", edits)
    fill.page.evaluate(
        """async id => { const c = Object.assign(document.createElement('canvas'), {width: 9, height: 9}); c.getContext('2d')
        const blob = await new Promise(r => c.toBlob(r, 'image/jpeg'))
        await lab.db.putBlob({instanceId: id, name: '1-foto.jpg', blob, type: blob.type, size: blob.size}) }""",
        old["instanceId"],
    )
    fill.go(f"#/fill/{old['instanceId']}")
    fill.page.get_by_label("Daftar isi").click()
    fill.page.locator(".section-row").last.click()
    fill.page.locator(".page-row", has_text="Foto").click()
    expect(fill.at("/foto").locator("img.photo")).to_be_visible()


def test_opening_a_returned_record_again_continues_the_correction(fill: Any, returned: Any) -> None:
    old = returned(TWO)
    fill.at("/kota").locator("input").fill("Mentawak")
    fill.saved()
    fill.go("#/home")
    fill.page.locator("#elsewhere").wait_for()
    fill.go(f"#/fill/{old['instanceId']}")
    expect(fill.at("/kota").locator("input")).to_have_value("Mentawak")
    assert len(fill.rows("draft")) == 1


def test_a_record_waiting_to_be_sent_is_a_draft_again_and_keeps_its_identity(fill: Any) -> None:
    fill.start(FORM)
    fill.at("/nama").locator("input").fill("Ani")
    fill.saved()
    row = fill.row()
    fill.page.evaluate("([id, xml]) => lab.db.finalise(id, {xml})", [row["instanceId"], row["xml"]])
    fill.go("#/home")
    fill.page.locator("#elsewhere").wait_for()
    fill.go(f"#/fill/{row['instanceId']}")
    fill.at("/nama").locator("input").fill("Ani B")
    fill.saved()
    again = fill.row()
    assert (again["status"], again["instanceId"]) == ("draft", row["instanceId"]) and "deprecatedID" not in again["xml"]


def test_a_record_under_way_cannot_be_opened_and_says_why(fill: Any) -> None:
    fill.start(FORM)
    fill.at("/nama").locator("input").fill("Ani")
    fill.saved()
    row = fill.row()
    fill.page.evaluate("id => lab.db.patchInstance(id, {status: 'sending'})", row["instanceId"])
    fill.go("#/home")
    fill.page.locator("#elsewhere").wait_for()
    fill.go(f"#/fill/{row['instanceId']}")
    expect(fill.page.locator(".notice.bad")).to_contain_text("sedang atau sudah dikirim")
