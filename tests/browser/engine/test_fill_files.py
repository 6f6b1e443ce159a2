"""Photos, drawings and other files: scaled, kept at once, never lost and never left behind (WEBFORMS §3.3c, §7; DOMAIN §5.2)."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PHOTO = """
| survey |
|        | type  | name | label | parameters | required |
|        | image | foto | Foto  | {pixels}   | yes      |
|        | text  | nama | Nama  |            |          |
"""


def picture(width: int, height: int, *, noise: bool = False) -> bytes:
    """A JPEG with an EXIF block that turns it by 90 degrees and names a camera."""
    image = Image.effect_noise((width, height), 90).convert("RGB") if noise else Image.new("RGB", (width, height), "#3a7")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Kamera Uji"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, quality=95)
    return out.getvalue()


def take(fill: Any, path: Path, data: bytes, *, button: str = "Ambil foto", name: str = "IMG_0001.jpg") -> None:
    file = path / name
    file.write_bytes(data)
    with fill.page.expect_file_chooser() as chooser:
        fill.page.get_by_role("button", name=button).click()
    chooser.value.set_files(file)


def test_a_photo_is_scaled_turned_upright_and_loses_its_exif(fill: Any, tmp_path: Path) -> None:
    fill.start(PHOTO.format(pixels=""))
    take(fill, tmp_path, picture(2400, 1800, noise=True))
    expect(fill.page.locator("img.photo")).to_be_visible()
    (file,) = fill.files(fill.row()["instanceId"])
    assert (file["width"], file["height"], file["type"], file["exif"]) == (1200, 1600, "image/jpeg", False) or max(
        file["width"], file["height"]
    ) < 1600
    assert file["size"] <= 600_000
    assert re.fullmatch(r"\d{13}-foto\.jpg", file["name"]) and fill.value("/foto") == file["name"]


def test_a_plain_photo_keeps_the_long_edge_of_1600(fill: Any, tmp_path: Path) -> None:
    fill.start(PHOTO.format(pixels=""))
    take(fill, tmp_path, picture(3200, 2400), button="Pilih gambar")
    expect(fill.page.locator("img.photo")).to_be_visible()
    (file,) = fill.files(fill.row()["instanceId"])
    assert (file["width"], file["height"], file["exif"]) == (1200, 1600, False)


def test_the_form_may_ask_for_smaller_photos(fill: Any, tmp_path: Path) -> None:
    fill.start(PHOTO.format(pixels="max-pixels=640"))
    take(fill, tmp_path, picture(1600, 1200))
    expect(fill.page.locator("img.photo")).to_be_visible()
    (file,) = fill.files(fill.row()["instanceId"])
    assert max(file["width"], file["height"]) == 640


def test_what_was_typed_is_on_disk_before_the_camera_opens(fill: Any) -> None:
    fill.start(PHOTO.format(pixels="").replace("| image | foto | Foto  |", "| image | foto | Foto  |"))
    fill.page.locator(".fill-nav .primary").click()
    fill.next()
    fill.at("/nama").locator("input").fill("Ani")
    fill.back()
    with fill.page.expect_file_chooser():
        fill.page.get_by_role("button", name="Ambil foto").click()
    assert fill.value("/nama") == "Ani"
    assert fill.row()["page"].endswith("/foto")


def test_a_photo_comes_back_after_a_kill_and_a_retake_leaves_no_old_one(fill: Any, tmp_path: Path) -> None:
    fill.start(PHOTO.format(pixels=""))
    take(fill, tmp_path, picture(800, 600))
    expect(fill.page.locator("img.photo")).to_be_visible()
    (first,) = fill.files(fill.row()["instanceId"])
    fill.reload()
    expect(fill.page.locator("img.photo")).to_be_visible()
    take(fill, tmp_path, picture(400, 300), button="Ambil ulang")
    fill.until(
        "async old => { const [r] = await lab.db.listInstances(); return !r.xml.includes(old) }", arg=first["name"]
    )
    fill.until(
        "async () => { const [r] = await lab.db.listInstances(); return (await lab.db.listBlobs(r.instanceId)).length === 1 }"
    )
    (second,) = fill.files(fill.row()["instanceId"])
    assert second["name"] != first["name"] and fill.value("/foto") == second["name"]


def test_a_removed_photo_is_gone_from_answer_and_store_even_after_a_restart(fill: Any, tmp_path: Path) -> None:
    fill.start(PHOTO.format(pixels=""))
    take(fill, tmp_path, picture(400, 300))
    expect(fill.page.locator("img.photo")).to_be_visible()
    fill.reload()
    fill.page.get_by_role("button", name="Hapus").click()
    expect(fill.page.locator("img.photo")).to_have_count(0)
    fill.until(
        "async () => { const [r] = await lab.db.listInstances(); return !(await lab.db.listBlobs(r.instanceId)).length }"
    )
    assert fill.value("/foto") == ""
    fill.page.locator(".fill-nav .primary").click()
    expect(fill.at("/foto").locator(".problem")).to_contain_text("Wajib diisi")


def test_a_file_that_is_no_picture_is_refused_in_words(fill: Any, tmp_path: Path) -> None:
    fill.start(PHOTO.format(pixels=""))
    take(fill, tmp_path, b"GIF89a but not really")
    expect(fill.at("/foto")).to_contain_text("Foto tidak dapat dibaca")
    assert fill.files(fill.row()["instanceId"]) == []
    expect(fill.page.get_by_role("button", name="Ambil foto")).to_be_enabled()


def test_a_photo_that_vanished_from_the_phone_hinders_finishing(fill: Any, tmp_path: Path) -> None:
    fill.start(PHOTO.format(pixels=""))
    take(fill, tmp_path, picture(400, 300))
    expect(fill.page.locator("img.photo")).to_be_visible()
    row = fill.row()
    fill.page.evaluate("([id, name]) => lab.db.deleteBlob(id, name)", [row["instanceId"], fill.value("/foto")])
    fill.next()
    fill.next()
    expect(fill.page.locator(".problem-list")).to_contain_text("Berkasnya tidak ada lagi di HP ini")


def test_a_signature_is_a_png_of_its_own(fill: Any) -> None:
    table = """
| survey |
|        | type  | name | label        | appearance |
|        | image | ttd  | Tanda tangan | signature  |
"""
    fill.start(table)
    fill.page.get_by_role("button", name="Mulai menggambar").click()
    expect(fill.page.get_by_role("button", name="Simpan gambar")).to_be_disabled()
    box = fill.page.locator("canvas").bounding_box()
    fill.page.mouse.move(box["x"] + 30, box["y"] + 40)
    fill.page.mouse.down()
    fill.page.mouse.move(box["x"] + 200, box["y"] + 120, steps=8)
    fill.page.mouse.up()
    fill.page.get_by_role("button", name="Simpan gambar").click()
    expect(fill.page.locator("img.photo")).to_be_visible()
    (file,) = fill.files(fill.row()["instanceId"])
    assert file["type"] == "image/png" and re.fullmatch(r"\d{13}-ttd\.png", file["name"])


OTHERS = [
    ("audio", "Pilih rekaman suara", "catatan.ogg"),
    ("video", "Pilih atau rekam video", "kegiatan.mp4"),
    ("file", "Pilih berkas", "SK Pokja.PDF"),
]


@pytest.mark.parametrize(("kind", "button", "name"), OTHERS)
def test_sound_film_and_files_are_kept_as_they_are(fill: Any, tmp_path: Path, kind: str, button: str, name: str) -> None:
    table = f"""
| survey |
|        | type   | name   | label |
|        | {kind} | berkas | Soal  |
"""
    fill.start(table)
    take(fill, tmp_path, b"%PDF-1.4 isi", button=button, name=name)
    expect(fill.page.locator(".file-name")).to_contain_text("Berkas tersimpan")
    (file,) = fill.files(fill.row()["instanceId"])
    assert file["name"].endswith("." + name.split(".")[-1].lower()) and file["size"] == 12
    fill.next()
    expect(fill.page.locator(".ready")).to_contain_text("1 berkas")


def test_a_picture_or_sound_in_a_label_comes_from_the_phone(fill: Any) -> None:
    table = """
| survey |
|        | type | name | label | media::image |
|        | text | nama | Nama  | peta.svg     |
|        | text | lain | Lain  | hilang.png   |
"""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><rect width="20" height="20"/></svg>'
    key = fill.start(table)
    fill.page.evaluate(
        "async ([key, svg]) => { const f = await lab.db.getForm(key); await lab.db.putForm(f, [{name: 'peta.svg', hash: '', "
        "type: 'image/svg+xml', blob: new Blob([svg], {type: 'image/svg+xml'})}]) }",
        [key, svg],
    )
    fill.go("#/home")
    fill.go(f"#/fill/new/{key}")
    expect(fill.at("/nama").locator("img")).to_be_visible()
    fill.next()
    expect(fill.at("/lain")).to_contain_text("“hilang.png” belum ada di HP ini")
