"""Who is in the demo: people at the desk, field workers with phones, and the words that mark them (DOMAIN §2.4)."""

from __future__ import annotations

from dataclasses import dataclass

MARK = "CONTOH"
PROJECT = f"{MARK} · Pokja Kampung KB Belitung Timur"
DESCRIPTION = "Data contoh (fiktif) untuk mencoba aplikasi. Bukan keadaan desa yang sebenarnya."
PASSWORD = "pokja-contoh-2026"  # noqa: S105 (printed at every start; the demo holds nothing secret)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who logs in at the desk. `area` "" is the whole kabupaten."""

    email: str
    name: str
    role: str
    area: str
    task: str


@dataclass(frozen=True, slots=True)
class Worker:
    """A field worker with a phone."""

    key: str
    name: str
    area: str


ADMIN = Person("admin@pokja.example", f"Admin Dinkes P2KB ({MARK})", "admin", "", "admin: desa, formulir, akun")
VERIFIER = Person("verifikator@pokja.example", f"Verifikator kabupaten ({MARK})", "manager", "",
                  "verifikator kabupaten: meninjau semua, mengunci periode")
SECOND = Person("verifikator2@pokja.example", f"Verifikator kedua ({MARK})", "reviewer", "", "peninjau kedua, seluruh kabupaten")
MANGGAR = Person("manggar@pokja.example", f"Penyelia Manggar ({MARK})", "reviewer", "19.06.01", "penyelia Kecamatan Manggar")
GANTUNG = Person("gantung@pokja.example", f"Penyelia Gantung ({MARK})", "reviewer", "19.06.02", "penyelia Kecamatan Gantung")
VIEWER = Person("pemantau@pokja.example", f"Pemantau – Bupati, Bappeda ({MARK})", "viewer", "", "pemantau: hanya melihat")
PEOPLE = (ADMIN, VERIFIER, SECOND, MANGGAR, GANTUNG, VIEWER)

WORKERS = (
    Worker("manggar", f"Siti Rahmah, PKB Manggar ({MARK})", "19.06.01"),
    Worker("manggar2", f"Yudi Pratama, PKB Manggar ({MARK})", "19.06.01"),
    Worker("gantung", f"Andi Saputra, PKB Gantung ({MARK})", "19.06.02"),
    Worker("dendang", f"Marlina, PKB Dendang ({MARK})", "19.06.03"),
    Worker("kampit", f"Ronald Sihite, PKB Kelapa Kampit ({MARK})", "19.06.04"),
    Worker("damar", f"Nurhayati, PKB Damar ({MARK})", "19.06.05"),
    Worker("renggiang", f"Hendra Wijaya, PKB Simpang Renggiang ({MARK})", "19.06.06"),
    Worker("pesak", f"Dewi Lestari, PKB Simpang Pesak ({MARK})", "19.06.07"),
)
PHONE = WORKERS[0]  # whose link is printed: something of theirs was sent back
BY_AREA = {worker.area: worker for worker in reversed(WORKERS)}
REVIEWERS = {"19.06.01": MANGGAR, "19.06.02": GANTUNG}


def worker_of(village: str, second: bool = False) -> Worker:
    """The field worker of a village; in Manggar there is a second one."""
    return WORKERS[1] if second and village.startswith("19.06.01") else BY_AREA[village[:8]]


def reviewer_of(village: str) -> Person:
    """Who reviews a village's submissions."""
    return REVIEWERS.get(village[:8], VERIFIER)
