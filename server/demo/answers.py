"""The answers of one demo submission by field name, module by module, within the form's limits (DOMAIN §5.1–5.3)."""

from __future__ import annotations

import random
from datetime import timedelta

from server.demo import words
from server.demo.draws import Draw
from server.demo.people import MARK
from server.demo.plan import FIRST, Case

Named = dict[str, str]
POKTAN = {
    "bkb": ("n_kel_balita", "BKB – Bina Keluarga Balita", "keluarga dengan balita", "families with under-fives"),
    "bkr": ("n_kel_remaja", "BKR – Bina Keluarga Remaja", "keluarga dengan remaja", "families with adolescents"),
    "bkl": ("n_kel_lansia", "BKL – Bina Keluarga Lansia", "keluarga dengan lansia", "families with elderly"),
    "uppka": ("n_keluarga", "UPPKA – Usaha Peningkatan Pendapatan Keluarga Akseptor", "keluarga", "families"),
    "pikr": ("n_remaja", "PIK-R – Pusat Informasi dan Konseling Remaja", "remaja", "adolescents"),
}


def named(case: Case, draw: Draw) -> tuple[Named, list[Named]]:
    """All answers outside the repeat, and its rows (none before a Pokja is formed)."""
    found = {"status_pokja": case.status, **_visit(case, draw)}
    if not case.formed:
        return found | readiness(case, draw) | _words(draw), []
    found |= numbers(case, draw)
    rows = groups(found, draw)
    for module in (institution, planning, activities, resources, monitoring, results):
        found |= module(case, draw, found)
    return found | _words(draw) | _said_unknown(case, draw), rows


def _visit(case: Case, draw: Draw) -> Named:
    year, half = case.period.split("-")
    first, last = ("-01-01", "-06-30") if half == "S1" else ("-07-01", "-12-31")
    return {"periode": case.period, "kecamatan": case.village[:8], "desa": case.village, "jenis_penilaian": case.kind,
            "tgl_kunjungan": case.visit.isoformat(), "periode_mulai": year + first, "periode_akhir": year + last,
            "narasumber": draw.some("narasumber", 6, 2), "persetujuan": "OK"}


def _words(draw: Draw) -> Named:
    return {"catatan": words.marked(draw.pick(words.NOTES)), "rekomendasi": words.marked(draw.pick(words.ADVICE))}


def readiness(case: Case, draw: Draw) -> Named:
    """Module R."""
    found = {"r1": draw.yes(), "r2": ("tidak", "draf", "menunggu")[min(2, round(2.2 * draw.near()))], "r3": str(draw.count(3)),
             "r4": draw.yes(0.3), "r5": draw.yes(0.4), "r6": ("tidak", "diusulkan", "tercantum")[min(2, round(2 * draw.near()))],
             "r7": draw.some("r7", 3, 1)}
    if found["r1"] == "ya":
        found["r1_tgl"] = draw.before(case.visit, 20, 150)
    if case.status == "dirintis":
        found["r8"] = (case.visit + timedelta(days=draw.between(40, 150))).isoformat()
    return found


def numbers(case: Case, draw: Draw) -> Named:
    """Module N: a village keeps its size from period to period."""
    size = random.Random(f"size {case.village}")  # noqa: S311 (demo data)
    grown = 1.0 if case.period == FIRST else 1.006
    people = round((640 if "small" in case.special else size.randint(1400, 6200)) * grown)
    families = round(people / size.uniform(3.2, 3.7))
    shares = {"n_remaja": (people, 0.23, 0.27), "n_kel_balita": (families, 0.21, 0.28), "n_kel_remaja": (families, 0.34, 0.42),
              "n_kel_lansia": (families, 0.18, 0.26), "n_pus": (families, 0.56, 0.66), "n_krs": (families, 0.08, 0.16)}
    counts = {name: round(whole * size.uniform(low, high)) for name, (whole, low, high) in shares.items()}
    found = {"n_penduduk": str(people), "n_keluarga": str(families), **{name: str(value) for name, value in counts.items()}}
    return found | couples(counts["n_pus"], draw) | {
        "n_sumber": draw.some("n_sumber", 3, 1), "n_tgl": draw.before(case.visit, 5, 60)}


def couples(pus: int, draw: Draw) -> Named:
    """Seven methods and four groups of non-users, which add up to the couples of reproductive age."""
    users = draw.of(pus, 0.42, 0.72)
    lasting = draw.of(users, 0.14, 0.36)
    iud, mow = round(lasting * 0.34), round(lasting * 0.16)
    mop = round(lasting * 0.02)
    suntik, pil = round((users - lasting) * 0.66), round((users - lasting) * 0.27)
    unmet = min(pus - users, max(1, round(pus * (0.15 - 0.11 * draw.near()))))
    iat = round(unmet * 0.45)
    hamil = min(pus - users - unmet, round(pus * 0.04))
    counts = {"n_iud": iud, "n_mow": mow, "n_mop": mop, "n_implan": lasting - iud - mow - mop, "n_suntik": suntik, "n_pil": pil,
              "n_kondom": users - lasting - suntik - pil, "n_hamil": hamil, "n_ias": pus - users - unmet - hamil,
              "n_iat": iat, "n_tial": unmet - iat}
    return {**{name: str(value) for name, value in counts.items()},
            "n_kb_aktif": str(users), "n_kb_jumlah": str(pus), "n_selisih": "0"}


def groups(found: Named, draw: Draw) -> list[Named]:
    """The five activity groups in their fixed order, with what the form computes beside them."""
    rows = []
    for kind, (target, title, unit, unit_en) in POKTAN.items():
        whole = int(found[target])
        row = {"jenis": kind, "poktan_nama": title, "poktan_satuan": unit, "poktan_satuan_en": unit_en,
               "poktan_sasaran": str(whole), "poktan_n": "1", "poktan_tt": "0", "poktan_rasio": "0", "ada": draw.yes(0.35)}
        if row["ada"] == "ya":
            cadres, part = draw.between(3, 9), draw.of(whole, 0.02, 0.5)
            row |= {"punya_sk": draw.yes(0.1), "kader": str(cadres), "kader_terlatih": str(draw.of(cadres)),
                    "pertemuan_12bln": str(draw.count(12)), "peserta": str(part), "poktan_rasio": repr(100 * part / whole)}
        rows.append(row)
    return rows


def institution(case: Case, draw: Draw, _found: Named) -> Named:
    """Module A."""
    decree = "2" if "oldDecree" in case.special else _kept(draw.grade(), case)
    age = {"4": (30, 600), "3": (760, 1100)}.get(decree, (1900, 2900))
    members = draw.between(14, 34)
    found = {"a1": decree, "a2_inti": str(max(1, draw.count(3))), "a2_bidang": str(draw.count(8)), "a3_anggota": str(members),
             "a3_aktif": str(draw.of(members, 0.1, 0.95)), "a4_terlatih": str(draw.of(members, 0.0, 0.6)), "a5": draw.grade(),
             "a6": draw.yes(0.4), "a7": draw.some("a7", 4)}
    if int(decree) >= 2:
        found["a1_tgl"] = draw.before(case.visit, *age)
        found["a1_nomor"] = f"{draw.between(1, 40)}/SK/KADES/{found['a1_tgl'][:4]} ({MARK})"
    if found["a6"] == "ya":
        found["a6_kunjungan"] = str(draw.count(5))
    return found


def _kept(grade: str, case: Case) -> str:
    """Better Pokjas, and those whose documents a reviewer will ask about, have their papers in order."""
    return max(grade, "3") if case.level >= 0.56 or case.outcome in ("returned", "edited") else grade


def planning(case: Case, draw: Draw, _found: Named) -> Named:
    """Module B. What builds on a work plan is not asked without one."""
    plan = "2" if "thinPlan" in case.special else _kept(draw.grade(), case)
    found = {"b1": plan, "b3": draw.grade(), "b5_tgl": draw.before(case.visit, 40, round(1100 - 950 * draw.near())),
             "b6": draw.some("b6", 4), "b7": draw.grade()}
    if plan != "0":
        found["b2"] = draw.grade()
    if plan not in ("0", "1"):
        found["b4"] = draw.some("b4", 4, 1)
    return found


def activities(_case: Case, draw: Draw, found: Named) -> Named:
    """Module C."""
    posyandu, krs, planned = draw.between(2, 6), int(found["n_krs"]), draw.between(8, 22)
    more = {"c6": draw.grade() if krs else "tb", "c7_jumlah": str(posyandu), "c7_aktif": str(draw.of(posyandu, 0.3, 1.0)),
            "c8_kali": str(draw.count(7)), "c9_sesi": str(draw.count(8)), "c11": draw.grade(), "c12": draw.some("c12", 4)}
    more |= {"c10_krs": str(krs), "c10_didampingi": str(draw.of(krs))} if krs else {"c10_kode": "tb"}
    if int(more["c9_sesi"]) > 0:
        more["c9_tema"] = draw.some("c9_tema", 4, 1)
    if found["b1"] not in ("0", "1"):
        more |= {"c13_rencana": str(planned), "c13_terlaksana": str(draw.of(planned))}
    return more


def resources(_case: Case, draw: Draw, _found: Named) -> Named:
    """Module D."""
    found = {"d1": draw.some("d1", 10, 1), "d2": draw.some("d2", 5, 1), "d4": draw.often(), "d5": draw.grade(),
             "d3": ("tidak_ada", "diusulkan", "dianggarkan", "dianggarkan")[min(3, round(3.4 * draw.near()))]}
    if found["d3"] == "dianggarkan":
        budget = draw.between(12, 70) * 1_000_000
        found |= {"d3_anggaran": str(budget), "d3_realisasi": str(draw.of(budget) // 50_000 * 50_000)}
    return found


def monitoring(case: Case, draw: Draw, _found: Named) -> Named:
    """Module E."""
    meetings = 9 if case.outcome in ("returned", "edited") else draw.count(12)
    found = {"e1_rapat": str(meetings), "e2": draw.often(), "e3": draw.often(), "e4_unggahan": str(draw.count(13)),
             "e4_profil": draw.yes(), "e5_k0": draw.yes(0.3), "e5_bulan": str(draw.count(6)), "e6": draw.grade()}
    if found["e3"] != "tidak_pernah":
        found["e3_tgl"] = draw.before(case.visit, 10, round(420 - 360 * draw.near()))
    return found


def results(_case: Case, draw: Draw, found: Named) -> Named:
    """Module F, as far as it is asked."""
    under_fives = round(int(found["n_kel_balita"]) * 1.15)
    return {"f5_peserta": str(draw.of(int(found["n_penduduk"]), 0.62, 0.99)), "f6_s": str(under_fives),
            "f6_d": str(draw.of(under_fives, 0.3, 0.95))}


Gap = tuple[Named, tuple[str, ...]]  # codes that are ticked, and the answers they stand for
GAPS: tuple[Gap, ...] = (
    ({"f5_kode": "tt"}, ("f5_peserta",)), ({"e5_kode": "tt"}, ("e5_bulan",)), ({"a4_kode": "tt"}, ("a4_terlatih",)),
    ({"c8_kode": "tt"}, ("c8_kali",)), ({"d5": "tt"}, ()), ({"b7": "tt"}, ()), ({"c11": "tt"}, ()))
NO_COUPLES: Gap = (
    {"n_tt": "n_pus n_krs kb", "f5_kode": "tt", "f6_kode": "tt", "c10_kode": "tt"},
    ("n_pus", "n_krs", "n_iud", "n_mow", "n_mop", "n_implan", "n_suntik", "n_pil", "n_kondom", "n_hamil", "n_ias", "n_iat", "n_tial",
     "n_kb_aktif", "n_kb_jumlah", "n_selisih", "f5_peserta", "f6_s", "f6_d", "c10_krs", "c10_didampingi"))


def _said_unknown(case: Case, draw: Draw) -> Named:
    """Codes for what nobody in the village knew; a blank "" takes the answer away again."""
    gaps: tuple[Gap, ...] = (NO_COUPLES,) if "unknown" in case.special else GAPS if "gaps" in case.special else tuple(
        draw.dice.sample(GAPS, draw.between(0, 2)))
    return {name: value for codes, gone in gaps for name, value in {**codes, **dict.fromkeys(gone, "")}.items()}
