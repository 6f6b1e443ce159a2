"""The shipped form and rubric, and answers to it written by field name."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyxform.validators import odk_validate

from forms import convert, workbook
from forms.form import Form
from forms.workbook import Workbook
from scoring import calculates
from scoring import rubric as rubrics
from scoring import score as scores
from scoring.model import Rubric

INSTRUMENT = Path(__file__).parents[2] / "instruments" / "pokja-kampung-kb"
VISIT = date(2026, 11, 24)
POKTAN = ("bkb", "bkr", "bkl", "uppka", "pikr")

# A village in which everything is at its best, and every proof is there.
BEST: dict[str, str] = {
    "status_pokja": "aktif", "tgl_kunjungan": "2026-11-24",
    "n_penduduk": "2000", "n_keluarga": "600", "n_remaja": "400", "n_kel_balita": "150", "n_kel_remaja": "250",
    "n_kel_lansia": "120", "n_pus": "400", "n_krs": "60",
    "n_iud": "40", "n_mow": "20", "n_mop": "0", "n_implan": "40", "n_suntik": "100", "n_pil": "50", "n_kondom": "10",
    "n_hamil": "20", "n_ias": "110", "n_iat": "6", "n_tial": "4",
    "a1": "4", "a2_inti": "3", "a2_bidang": "8", "a3_anggota": "30", "a3_aktif": "30", "a4_terlatih": "20", "a5": "4",
    "a6": "ya", "a6_kunjungan": "3", "a7": "bupati camat kades",
    "b1": "4", "b2": "4", "b3": "4", "b4": "pk siga potensi_desa sektoral", "b5_tgl": "2026-10-01",
    "b6": "peta_keluarga profil papan", "b7": "4",
    "c6": "4", "c7_jumlah": "3", "c7_aktif": "3", "c8_kali": "6", "c9_sesi": "6", "c10_krs": "60",
    "c10_didampingi": "60", "c11": "4", "c12": "stbm sampah pekarangan", "c13_rencana": "10", "c13_terlaksana": "10",
    "d1": "opd_kb kesehatan sosial dukcapil pendidikan dpmd kemenag", "d2": "apbn apbd dana_desa hibah csr",
    "d3": "dianggarkan", "d3_anggaran": "10000000", "d3_realisasi": "9000000", "d4": "bulanan", "d5": "4",
    "e1_rapat": "12", "e2": "bulanan", "e3": "bulanan", "e3_tgl": "2026-11-01", "e4_unggahan": "12",
    "e4_profil": "ya", "e5_k0": "ya", "e5_bulan": "6", "e6": "4",
    "f5_peserta": "1990", "f6_s": "150", "f6_d": "140",
    "a5_lokasi": "-2.9 108.1 0 5", "e4_tautan": "https://contoh.example/1",
}  # fmt: skip
BEST_ROW = {"ada": "ya", "punya_sk": "ya", "pertemuan_12bln": "12", "peserta": "120"}


@dataclass(frozen=True)
class Village:
    """Answers by field name, and the rows of the five groups, as flat answers of the form."""

    form: Form

    def answers(
        self,
        named: Mapping[str, str | None] | None = None,
        rows: Mapping[str, Mapping[str, str]] | None = None,
        proof: bool = True,
    ) -> dict[str, str]:
        """Return the best village with some answers changed (None: left blank) and rows replaced by kind."""
        values = {**BEST, **{name: value or "" for name, value in (named or {}).items()}}
        answers = {self.path(name): value for name, value in values.items() if value}
        if proof:
            answers |= {f.path: f"{f.name}.jpg" for f in self.form.by_path.values() if f.binary and "/poktan" not in f.path}
        for position, kind in enumerate(POKTAN, start=1):
            row = dict((rows or {}).get(kind, BEST_ROW))
            at = f"/poktan[{position}]"
            if proof:
                row["poktan_bukti"] = f"{kind}.jpg"
            inside = {self.path(name).replace("/poktan", at, 1): value for name, value in row.items()}
            answers |= {at: "", f"{at}/jenis": kind, **inside}
        return answers

    def path(self, name: str) -> str:
        field = self.form.field(name)
        assert field is not None, name
        return field.path


@pytest.fixture(scope="session")
def book() -> Workbook:
    return workbook.read_folder(INSTRUMENT)


@pytest.fixture(scope="session")
def form(book: Workbook) -> Form:
    return convert.convert(book)


@pytest.fixture(scope="session")
def rubric(book: Workbook, form: Form) -> Rubric:
    return rubrics.read(book.sheets["scoring"], form)


@pytest.fixture(scope="session")
def village(form: Form) -> Village:
    return Village(form)


@pytest.fixture(scope="session")
def assess(rubric: Rubric, village: Village) -> Callable[..., scores.Score]:
    """Score the best village with some answers changed."""

    def run(named: Any = None, rows: Any = None, proof: bool = True, **more: Any) -> scores.Score:
        return scores.score(village.answers(named, rows, proof), rubric, on=VISIT, **more)

    return run


# The engines that fill forms on phones, driven by the programs beside the instrument's own tests.
ENGINES = Path(__file__).parents[1] / "instruments"
Run = Callable[[Sequence[str]], list[str]]


@pytest.fixture(scope="session")
def published(book: Workbook, rubric: Rubric) -> Form:
    """The form with the rubric's page, as phones get it."""
    return convert.convert(calculates.add(book, rubric))


@pytest.fixture(scope="session")
def run_on_collect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Form], Run]]:
    """JavaRosa, the engine of ODK Collect, started for a form and then driven line by line."""
    if not shutil.which("javac"):
        pytest.skip("no Java compiler: install a JDK (17 or later) to fill the form on Collect's engine")
    classes = tmp_path_factory.mktemp("classes")
    jar = odk_validate.ODK_VALIDATE_PATH
    subprocess.run(["javac", "-cp", jar, "-d", str(classes), str(ENGINES / "CollectEngine.java")], check=True)
    with ExitStack() as open_engines:

        def start(form: Form) -> Run:
            file = tmp_path_factory.mktemp("collect") / "form.xml"
            file.write_bytes(form.xml)
            command = ["java", "-Xmx512m", "-cp", f"{jar}:{classes}", "CollectEngine", str(file)]
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            process = open_engines.enter_context(subprocess.Popen(command, text=True, encoding="utf-8", **pipes))
            assert process.stdin and process.stdout
            open_engines.callback(process.stdin.close)

            def run(lines: Sequence[str]) -> list[str]:
                answers = []
                for line in ("open", *lines):
                    print(line, file=process.stdin, flush=True)
                    answers.append(process.stdout.readline().rstrip("\n"))
                    assert process.poll() is None, f"JavaRosa stopped at: {line}"
                return answers[1:]

            return run

        yield start


@pytest.fixture(scope="session")
def collect(published: Form, run_on_collect: Callable[[Form], Run]) -> Run:
    return run_on_collect(published)


@pytest.fixture(scope="session")
def phone(published: Form, engine_page: Any) -> Run:
    """The engine of the phone app, in a real Chromium."""
    xml = published.xml.decode()
    return lambda lines: engine_page.evaluate("([xml, lines]) => fillForm(xml, lines)", [xml, list(lines)])  # type: ignore[no-any-return]
