"""The provisional score on phones equals the server's to the last printed digit (EXPECTATIONS P12)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from forms.fields import Field, walk
from forms.form import Form
from forms.validate import validate
from scoring.figures import printed
from scoring.model import Rubric
from scoring.score import Score, score

VISIT = date(2025, 12, 20)  # before 2026 the form accepts any date, whatever this machine's clock says
RANGES = {
    "n_penduduk": (800, 3000), "n_keluarga": (200, 800), "n_remaja": (0, 400), "n_kel_balita": (0, 200),
    "n_kel_remaja": (0, 200), "n_kel_lansia": (0, 200), "n_pus": (0, 500), "n_krs": (0, 40), "a2_inti": (0, 3),
    "a2_bidang": (0, 8), "a3_anggota": (1, 40), "a3_aktif": (0, 40), "a4_terlatih": (0, 20), "r3": (0, 3),
    "peserta": (0, 150), "c10_krs": (0, 60), "c10_didampingi": (0, 40), "c13_rencana": (1, 20), "e5_bulan": (0, 6),
    "f5_peserta": (300, 2900), "f6_s": (0, 200), "f6_d": (0, 200), "d3_anggaran": (1, 2_000_000_000),
    "d3_realisasi": (0, 1_500_000_000),
}  # fmt: skip
ALONE = {"tidak_ada", "tt", "tb"}


def an_answer(field: Field, form: Form, dice: random.Random) -> str:
    if field.select:
        codes = [choice.value for choice in form.choices[field.choices or ""]]
        if field.select == "one":
            return dice.choice(codes)
        free = [code for code in codes if code not in ALONE]
        if not free or dice.random() < 0.15:
            return dice.choice([code for code in codes if code in ALONE] or codes)
        return " ".join(dice.sample(free, dice.randint(1, len(free))))
    if field.type in ("int", "decimal"):
        return str(dice.randint(*RANGES.get(field.name, (0, 15))))
    if field.type == "date":
        return (VISIT - timedelta(days=dice.choice([0, 15, 100, 365, 366, 500, 1200]))).isoformat()
    if field.type == "geopoint":
        return "-2.9 108.1 0 5"
    return f"{field.name}.jpg" if field.binary else "https://contoh.example/"


def random_village(form: Form, seed: int) -> list[tuple[str, str]]:
    """Return answers in form order: complete or patchy, with more or less evidence, of every status."""
    dice = random.Random(seed)
    blank, proof = dice.choice([0.0, 0.02, 0.1, 0.4]), dice.choice([0.0, 0.5, 0.8, 1.0])
    status = "aktif" if seed % 6 else dice.choice(["belum_ada", "dirintis", "vakum", "aktif"])
    fixed = {"status_pokja": status, "tgl_kunjungan": VISIT.isoformat(), "n_tt": dice.choice(["", "", "", "kb", "n_pus"])}
    skip = {"periode", "kecamatan", "desa", "jenis_penilaian", "persetujuan", "narasumber", "lokasi", "catatan"}
    given = []
    for field in walk(form.fields):
        if field.control not in ("input", "select1", "select", "upload") or field.readonly or field.name in skip:
            continue
        rows = range(1, 6) if field.path.startswith("/poktan/") else (0,)
        for row in rows:
            unlucky = dice.random() < (1 - proof if field.binary else blank)
            value = fixed.get(field.name, "" if unlucky else an_answer(field, form, dice))
            if field.name.endswith("_kode") and dice.random() < 0.9:
                value = ""
            if value:
                given.append((field.path.replace("/poktan/", f"/poktan[{row}]/", 1), value))
    return given


def lines(given: list[tuple[str, str]]) -> list[str]:
    return [f"set\t{path}\t{value}" for path, value in given]


def shown_by_phone(form: Form, run: Callable, given: list[tuple[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the phone kept of the answers, and its calculates by name."""
    asked = [path for path, _ in given]
    asked += [f.path for f in walk(form.fields) if f.path.startswith("/skor/") and f.calculate]
    asked += [f"/poktan[{row}]/jenis" for row in range(1, 6)]
    replies = run([*lines(given), *(f"state\t{path}" for path in asked)])[len(given) :]
    kept = {}
    for path, reply in zip(asked, replies, strict=True):
        state = reply.split("\t")
        if len(state) == 4 and state[0] == "true" and state[3]:
            kept[path] = state[3]
    kept |= {f"/poktan[{row}]": "" for row in range(1, 6) if f"/poktan[{row}]/jenis" in kept}
    figures = {path.rsplit("/", 1)[-1]: value for path, value in kept.items() if path.startswith("/skor/")}
    return {path: value for path, value in kept.items() if not path.startswith("/skor/")}, figures


def by_server(found: Score) -> dict[str, str]:
    """Return the server's figures under the phone's names, left out where there is none."""
    figures = {"skor_total": found.total.score, "skor_kesiapan": found.readiness}
    if found.kind == "score":
        figures |= {f"skor_{part.code.lower()}": part.score for part in found.parts}
        figures["skor_kelengkapan"] = 100 * found.total.completeness
    if found.total.score is not None:
        figures |= {"skor_bawah": found.total.lower, "skor_atas": found.total.upper}
    texts = {name: printed(value, "en") for name, value in figures.items() if value is not None}
    if found.standard:
        texts["skor_kelas"] = found.standard.band.code
        texts["skor_rentang_kelas"] = str(int(found.standard.provisional))
    capped = [code for code, standing in found.standings.items() if standing.capped]
    if found.kind == "score" and capped:
        texts["skor_bukti_kurang"] = ", ".join(capped)
    for place, step in enumerate(found.steps, start=1):
        texts[f"skor_saran_{place}"] = step.indicator.code
        proof = " (add the evidence)" if step.how == "evidence" else ""
        label = step.indicator.label["English (en)"]
        texts[f"skor_saran_{place}_2"] = f"{step.indicator.code} {label}: +{printed(step.points, 'en')} points{proof}"
    return texts


COMPARED = (
    "skor_total", "skor_kesiapan", "skor_a", "skor_b", "skor_c", "skor_d", "skor_e", "skor_f", "skor_bawah",
    "skor_atas", "skor_kelengkapan", "skor_kelas", "skor_bukti_kurang",
    "skor_saran_1", "skor_saran_2", "skor_saran_3", "skor_saran_1_2", "skor_saran_3_2",
)  # fmt: skip


def agree(form: Form, rubric: Rubric, run: Callable, seed: int) -> Score:
    answers, figures = shown_by_phone(form, run, random_village(form, seed))
    found = score(answers, rubric, on=VISIT)
    server = by_server(found)
    wanted = {name: server.get(name, "") for name in COMPARED}
    got = {name: figures.get(name, "") for name in COMPARED}
    assert got == wanted, f"village {seed}"
    for code, standing in found.standings.items():
        own = figures.get(f"sk_s_{code.lower()}", figures.get(f"sk_u_{code.lower()}", ""))
        said = own if own in ("", "tb") else printed(float(own), "en")
        assert said == ("tb" if standing.state == "tb" else printed(standing.value, "en").replace("–", "")), (seed, code)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("first", [0, 10, 20, 30])
def test_collect_prints_the_servers_figures(published: Form, rubric: Rubric, collect: Callable, first: int) -> None:
    found = [agree(published, rubric, collect, seed) for seed in range(first, first + 10)]
    assert any(score.total.score is not None for score in found)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("first", [0, 10, 20, 30])
def test_the_phone_app_prints_the_servers_figures(published: Form, rubric: Rubric, phone: Callable, first: int) -> None:
    found = [agree(published, rubric, phone, seed) for seed in range(first, first + 10)]
    assert any(score.total.score is not None for score in found)


@pytest.mark.slow
def test_the_form_with_its_score_page_converts_without_warnings_and_opens_in_collect(published: Form) -> None:
    assert published.warnings == ()
    complaints = validate(published.xml)
    if complaints is None:
        pytest.skip("no Java: install a JRE (17 or later) to try the form with ODK Validate")
    assert complaints == []
