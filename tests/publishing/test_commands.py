"""`pokja form publish` and `pokja form export` (DESIGN §2)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import text

from forms.workbook import read, read_folder
from server import shipped
from server.cli import main
from server.db import db
from tests.publishing.conftest import VISIT, xform, xls, xlsx


@pytest.fixture
def say(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Runs a command on a fresh, migrated database."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    def run(*words: object, given: str | None = None) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], input=given)

    return run


@pytest.mark.slow
def test_the_shipped_folder_makes_project_1_and_is_published_once(say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    first = say("form", "publish", shipped.instrument())
    assert first.exit_code == 0, first.output
    assert "pokja_kampung_kb version 2026112401 is published in project 1, scored by" in first.output
    second = say("form", "publish", shipped.instrument())
    assert second.exit_code == 0 and "was published already" in second.output
    assert say("form", "export", "pokja_kampung_kb", tmp_path / "x.xlsx").exit_code == 0
    given, got = read_folder(shipped.instrument()), read((tmp_path / "x.xlsx").read_bytes(), "x.xlsx")
    assert got.sheets == given.sheets
    third = say("form", "publish", tmp_path / "x.xlsx")
    assert third.exit_code == 0 and "was published already" in third.output, "the way through Excel changes nothing"


def test_a_new_version_is_published_and_other_content_under_an_old_one_refused(say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "kunjungan.xlsx"
    path.write_bytes(xlsx())
    assert say("form", "publish", path).exit_code == 0
    more = VISIT + "|        | text      | kerja  | Kerja  |\n"
    path.write_bytes(xlsx(more))
    refused = say("form", "publish", path)
    assert refused.exit_code == 1 and "Version 1 is already published" in refused.output
    path.write_bytes(xlsx(more, "2"))
    assert "version 2 is published" in say("form", "publish", path).output


def test_a_workbook_of_excel_97_is_published_and_given_back_as_such(say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "kunjungan.xls").write_bytes(xls())
    assert "kunjungan version 1 is published" in say("form", "publish", tmp_path / "kunjungan.xls").output
    refused = say("form", "export", "kunjungan", tmp_path / "x.xlsx")
    assert refused.exit_code == 1 and "name it x.xls" in refused.output and not (tmp_path / "x.xlsx").exists()
    assert say("form", "export", "kunjungan", tmp_path / "x.xls").exit_code == 0
    assert (tmp_path / "x.xls").read_bytes() == xls()


def test_an_xform_is_published_and_has_no_workbook_to_export(say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "kunjungan.xml"
    path.write_bytes(xform())
    assert say("form", "publish", path).exit_code == 0
    answer = say("form", "export", "kunjungan", tmp_path / "x.xlsx")
    assert answer.exit_code == 1 and "no workbook" in answer.output and not (tmp_path / "x.xlsx").exists()


@pytest.mark.slow
def test_an_error_names_sheet_row_and_column_and_leaves_nothing(say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "form"
    shutil.copytree(shipped.instrument(), folder)
    scoring = (folder / "scoring.csv").read_text(encoding="utf-8-sig")
    line = next(number for number, text in enumerate(scoring.splitlines(), 1) if "a2_inti" in text)
    (folder / "scoring.csv").write_text(scoring.replace("a2_inti", "a2_salah"), encoding="utf-8")
    answer = say("form", "publish", folder)
    assert answer.exit_code == 1
    assert f"scoring, row {line}, column" in answer.output and "a2_salah" in answer.output
    survey = folder / "survey.csv"
    survey.write_text(survey.read_text(encoding="utf-8-sig").replace("begin_repeat", "begin_ulang"), encoding="utf-8")
    answer = say("form", "publish", folder)
    assert answer.exit_code == 1 and "survey, row " in answer.output and "Traceback" not in answer.output
    unknown = say("form", "publish", shipped.instrument(), "--project", "7")
    assert unknown.exit_code == 1 and "There is no project 7" in unknown.output


def test_an_unknown_project_or_form_is_said_so(say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert "There is no form x in this project" in say("form", "export", "x", tmp_path / "x.xlsx").output


def test_a_person_is_added_with_a_role_and_an_area(say) -> None:  # type: ignore[no-untyped-def]
    say("form", "publish", shipped.instrument())
    admin = say("user", "add", "Admin@Contoh.id", "--role", "admin", "--password-stdin", given="kata-sandi-uji\n")
    assert admin.exit_code == 0 and "admin@contoh.id is admin everywhere." in admin.output
    reviewer = say("user", "add", "r@contoh.id", "--role", "reviewer", "--project", "1", "--area", "19.06.01", "--name", "Rina",
                   "--password-stdin", given="kata-sandi-uji\n")
    assert "r@contoh.id is reviewer in project 1, area 19.06.01." in reviewer.output


def test_before_the_first_migration_a_command_says_in_one_line_what_to_do(say, app: Flask) -> None:  # type: ignore[no-untyped-def]
    with app.app_context():
        for statement in ("ALTER TABLE users RENAME TO gone", "DELETE FROM alembic_version"):
            db.session.execute(text(statement))
        db.session.commit()
    answer = say("user", "add", "a@b.id", "--role", "admin", "--password-stdin", given="kata-sandi-uji\n")
    assert answer.exit_code == 1 and len(answer.output.splitlines()) == 1, answer.output
    assert answer.output.startswith("pokja: The database is at migration none") and "`pokja migrate`" in answer.output


@pytest.mark.parametrize(("words", "says"), [
    (("a@b.id", "--role", "admin"), "at least 10 characters"),
    (("tanpa-at", "--role", "admin"), "not an e-mail address"),
    (("a@b.id", "--role", "viewer", "--project", "9"), "There is no project 9"),
    (("a@b.id", "--role", "viewer", "--area", "19..06"), "like 19.06.01")])
def test_a_person_that_cannot_be_added_is_refused_in_one_line(say, words: tuple[str, ...], says: str) -> None:  # type: ignore[no-untyped-def]
    password = "pendek" if "10 characters" in says else "kata-sandi-uji"
    answer = say("user", "add", *words, "--password-stdin", given=password + "\n")
    assert answer.exit_code == 1 and says in answer.output
    assert say("user", "add", "a@b.id", "--role", "admin", "--password-stdin", given="kata-sandi-uji\n").exit_code == 0
