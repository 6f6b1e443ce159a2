"""The whole job, end to end: a form filled offline on a phone becomes a reviewed, traceable village score."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, expect

from tests.browser.story.conftest import ARGS, CHROMIUM, PHONE, Office
from tests.browser.story.phone import Worker, counts
from tests.chromium import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TODAY = datetime.now(UTC).date()
PERIOD = f"{TODAY.year}-S{1 if TODAY.month < 7 else 2}"

# A village half-way: nearly everything at the middle of its scale, and two photos for the two best answers.
FIRST: dict[str, str] = {
    "periode": PERIOD, "kecamatan": "19.06.01", "desa": "19.06.01.2001", "jenis_penilaian": "lapangan",
    "tgl_kunjungan": TODAY.isoformat(), "lokasi": "LOKASI", "persetujuan": "OK", "narasumber": "ketua_pokja",
    "status_pokja": "aktif",
    "n_penduduk": "2000", "n_keluarga": "600", "n_remaja": "400", "n_kel_balita": "150", "n_kel_remaja": "250",
    "n_kel_lansia": "100", "n_pus": "400", "n_krs": "60",
    "n_iud": "16", "n_mow": "0", "n_mop": "0", "n_implan": "16", "n_suntik": "80", "n_pil": "48", "n_kondom": "0",
    "n_hamil": "40", "n_ias": "164", "n_iat": "20", "n_tial": "16", "n_sumber": "siga", "n_tgl": TODAY.isoformat(),
    **{f"poktan.{row}.{name}": value for row in range(1, 6) for name, value in {
        "ada": "ya", "punya_sk": "ya", "kader": "5", "kader_terlatih": "3", "pertemuan_12bln": "12"}.items()},
    "poktan.1.peserta": "30", "poktan.2.peserta": "50", "poktan.3.peserta": "20", "poktan.4.peserta": "120",
    "poktan.5.peserta": "80",
    "a1": "4", "a1_nomor": "141/07/2024", "a1_tgl": "2024-03-01", "a1_bukti": "FOTO",
    "a2_inti": "3", "a2_bidang": "8", "a3_anggota": "20", "a3_aktif": "10", "a4_terlatih": "10", "a5": "2",
    "a6": "ya", "a6_kunjungan": "3", "a7": "bupati",
    "b1": "3", "b1_bukti": "FOTO", "b2": "2", "b3": "2", "b4": "pk siga", "b5_tgl": (TODAY - timedelta(days=30)).isoformat(),
    "b6": "profil", "b7": "2",
    "c6": "2", "c7_jumlah": "4", "c7_aktif": "2", "c8_kali": "20", "c9_sesi": "3", "c9_tema": "stunting", "c10_krs": "60",
    "c10_didampingi": "30", "c11": "2", "c12": "sampah", "c13_rencana": "10", "c13_terlaksana": "5",
    "d1": "opd_kb kesehatan", "d2": "apbn", "d3": "diusulkan", "d4": "triwulanan", "d5": "2",
    "e1_rapat": "4", "e2": "semesteran", "e3": "semesteran", "e3_tgl": (TODAY - timedelta(days=60)).isoformat(),
    "e4_unggahan": "3", "e4_profil": "ya", "e5_k0": "tidak", "e5_bulan": "3", "e6": "2",
    "f5_peserta": "1480", "f6_s": "150", "f6_d": "75",
    "catatan": "Pengkajian pertama.", "rekomendasi": "Lengkapi bukti dukung.",
}  # fmt: skip
# What the supervisor asks to correct: the decree is 3 and not 4, and there were 2 service days and not 20.
RIGHT = {"a1": "3", "c8_kali": "2"}

# By hand, from DOMAIN §5.3: (weight, points) of each indicator after correction. Points above 50 without their
# evidence are capped at 50; only A1 and B1 have a photo.
BY_HAND = {
    20.0: ([(5, 75), (3, 50), (3, 50), (3, 50), (2, 50), (3, 50), (1, 50)],  # A: 1125 / 20 = 56.25
           [(4, 75), (3, 50), (4, 50), (3, 50), (2, 50), (2, 40), (2, 50)]),  # B: 1080 / 20 = 54
    25.0: ([(2, 50)] * 5 + [(2, 50), (2, 50), (2, 50), (2, 50), (3, 50), (1, 50), (2, 40), (4, 50)],),  # C: 1380 / 28
    12.0: ([(3, 33), (3, 33), (3, 25), (2, 50), (1, 50)],),  # D: 423 / 12 = 35.25
    13.0: ([(3, 50), (2, 50), (2, 50), (2, 50), (2, 35), (4, 50)],),  # E: 720 / 15 = 48
    10.0: ([(2, 50), (2, 50), (1, 25), (2, 50), (1, 50), (2, 50)],),  # F: 475 / 10 = 47.5
}
SCORE = sum(weight * sum(w * s for w, s in part) / sum(w for w, _ in part)
            for weight, parts in BY_HAND.items() for part in parts) / 100
assert round(SCORE, 2) == 49.59


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A camera's picture, larger than what is sent."""
    path = tmp_path / "kamera.jpg"
    Image.effect_noise((2400, 1800), 60).convert("RGB").save(path, quality=90)
    return path


class Handset:
    """A phone whose browser can be closed and opened again with everything it had stored."""

    def __init__(self, play: Playwright, folder: Path) -> None:
        self._play, self._folder = play, folder
        self.context: BrowserContext
        self.open()

    def open(self, online: bool = True) -> Page:
        self.context = self._play.chromium.launch_persistent_context(
            str(self._folder), executable_path=CHROMIUM, args=ARGS, **PHONE)  # type: ignore[arg-type]
        self.context.set_offline(not online)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        return self.page

    def close(self) -> None:
        self.context.close()


def test_a_form_filled_offline_becomes_a_reviewed_score(office: Office, play: Playwright, desk_browser: Browser,
                                                        photo: Path, tmp_path: Path) -> None:
    handset = Handset(play, tmp_path / "ponsel")
    page = handset.page

    # Enrol; one visit is enough.
    page.goto(office.link)
    expect(page.get_by_role("link", name="Isi formulir")).to_be_visible()
    assert "token" not in page.url
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_timeout(500)

    # The network is cut. The whole instrument is filled with two photos.
    handset.context.set_offline(True)
    page.get_by_role("link", name="Isi formulir").click()
    worker = Worker(page, FIRST, photo)
    start_form(page)
    half(worker)
    handset.close()

    # The browser is closed and opened again, still without network: same question, nothing lost.
    page = handset.open(online=False)
    page.goto(office.server.address)
    expect(page.get_by_test_id("count-drafts")).to_have_text("1")
    page.get_by_test_id("count-drafts").click()
    page.locator("a, button").filter(has_text="Lalang Jaya").first.click()
    expect(page.locator(".place")).to_contain_text("B. Perencanaan dan data")
    worker = Worker(page, FIRST, photo)
    worker.fill_all()
    page.locator("button.primary.big").click()
    page.wait_for_function("() => location.hash.startsWith('#/done')")
    page.goto(office.server.address)
    assert counts(page) == {"returned": "0", "drafts": "0", "outbox": "1", "sent": "0"}

    # The network is back; the server is killed in the middle of sending; then it sends by itself, once.
    killed: list[str] = []

    def kill_once(request: Request) -> None:
        if request.method == "POST" and "/submission" in request.url and not killed:
            killed.append(request.url)
            office.server.kill()

    page.on("request", kill_once)
    handset.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    for _ in range(100):
        if killed:
            break
        page.wait_for_timeout(100)
    assert killed
    office.server.start()
    page.goto(office.server.address)
    expect(page.get_by_test_id("count-sent")).to_have_text("1", timeout=60_000)

    # The supervisor finds it, once, and sends two answers back.
    desk = desk_browser.new_context(locale="id-ID", viewport={"width": 1280, "height": 900}).new_page()
    log_in(desk, office)
    assert len(stored(desk, office, "/v1/projects/1/forms/pokja_kampung_kb/submissions")) == 1
    desk.locator("a[href*='/desk/']", has_text="Lalang Jaya").first.click()
    expect(desk.locator("a[data-photo], .photo img, img[alt]").first).to_be_visible()
    comment(desk, "a1", "Fotonya SK tanpa uraian tugas. Itu tingkat 3.")
    comment(desk, "c8_kali", "Buku register hanya mencatat 2 kali.")
    desk.keyboard.press("p")
    desk.locator("#dialog textarea").fill("Dua jawaban tidak cocok dengan buktinya.")
    expect(desk.locator("#dialog .phone-preview")).to_contain_text("Buku register hanya mencatat 2 kali.")
    desk.locator("#dialog button.primary").click()
    expect(desk.locator("[data-told]")).to_be_visible()

    # It stands first on the phone after the next sync, and is fixed without network.
    page.reload()
    expect(page.get_by_test_id("count-returned")).to_have_text("1")
    handset.context.set_offline(True)
    page.goto(office.server.address)
    expect(page.get_by_text("Dua jawaban tidak cocok dengan buktinya.")).to_be_visible()
    page.get_by_role("link", name="Perbaiki").or_(page.get_by_role("button", name="Perbaiki")).first.click()
    expect(page.locator('.question[data-reference$="/a1"]')).to_contain_text("Itu tingkat 3.")
    worker = Worker(page, RIGHT, photo)
    worker.correct("a1", RIGHT["a1"])
    page.locator(".remark-jump button").click()
    expect(page.locator('.question[data-reference$="/c8_kali"]')).to_contain_text("hanya mencatat 2 kali")
    worker.correct("c8_kali", RIGHT["c8_kali"])
    worker.fill_all()
    page.locator("button.primary.big").click()
    page.wait_for_function("() => location.hash.startsWith('#/done')")
    handset.context.set_offline(False)
    page.goto(office.server.address)
    expect(page.get_by_test_id("count-outbox")).to_have_text("0", timeout=60_000)
    expect(page.get_by_test_id("count-returned")).to_have_text("0")

    # The reviewer sees only what changed, and approves.
    desk.goto(f"{office.server.address}/desk")
    desk.locator("a[href*='/desk/']", has_text="Lalang Jaya").first.click()
    expect(desk.locator("nav.tabs [aria-current=page] .count")).to_have_text("2")
    desk.keyboard.press("a")
    desk.wait_for_timeout(1000)

    # The village's score is exactly the figure computed by hand.
    desk.goto(f"{office.server.address}/desk/villages/19.06.01.2001?period={PERIOD}")
    expect(desk.locator("main")).to_contain_text("49,59")
    scores = stored(desk, office, f"/v1/projects/1/scores?period={PERIOD}")
    assert [(row["villageCode"], row["total"]) for row in scores] == [("19.06.01.2001", 49.59)]
    (record,) = stored(desk, office, "/v1/projects/1/forms/pokja_kampung_kb/submissions")
    assert record["reviewState"] == "approved"
    photos = stored(desk, office, f"/v1/projects/1/forms/pokja_kampung_kb/submissions/{record['instanceId']}/attachments")
    assert [photo["exists"] for photo in photos] == [True, True]

    # The worker learns of it.
    page.goto(office.server.address)
    page.get_by_test_id("count-sent").click()
    expect(page.locator("main")).to_contain_text("Disetujui")
    handset.close()


def start_form(page: Page) -> None:
    """From the list of forms to the first page, when there is a choice to make."""
    choice = page.locator("a.row, button.row").filter(has_text="Pengkajian Pokja Kampung KB")
    expect(choice.or_(page.locator(".fill-nav")).first).to_be_visible()
    if choice.count():
        choice.first.click()
    expect(page.locator(".fill-nav")).to_be_visible()


def half(worker: Worker) -> None:
    """Fill up to the first page of module B."""
    while "· B. " not in worker.place:
        worker.fill_page()
        before = worker.place
        worker.page.locator(".fill-nav .primary").click()
        worker.page.wait_for_function("before => document.querySelector('.place p')?.textContent !== before", arg=before)
    worker.page.wait_for_timeout(1500)


def log_in(desk: Page, office: Office) -> None:
    desk.goto(f"{office.server.address}/desk")
    desk.locator("input[type=email], input[name=email]").fill(office.supervisor)
    desk.locator("input[type=password]").fill(office.password)
    desk.locator("main button[type=submit], main form button").first.click()
    expect(desk.locator("main")).to_contain_text("Lalang Jaya")


def comment(desk: Page, question: str, text: str) -> None:
    links = desk.locator("a[data-dialog][href*='comment']")
    found = links.evaluate_all("(all, name) => all.findIndex(one => (new URL(one.href).searchParams.get('path') ?? '').endsWith('/' + name))",
                               question)
    links.nth(found).click()
    desk.locator("#dialog textarea").fill(text)
    desk.locator("#dialog button.primary").click()
    expect(desk.get_by_text(text).first).to_be_visible()


def stored(desk: Page, office: Office, path: str) -> Any:
    """What the API tells the supervisor."""
    answer = desk.request.get(office.server.address + path)
    assert answer.ok, answer.text()
    return answer.json()
