"""The demo: every case the pages must show occurs, and nothing in it could not have come from a phone (issue 2, point 1)."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select

from scoring import rubric as rubrics
from server import shipped
from server.db import db, transaction
from server.demo import making, people, store, telling
from server.demo.filling import Filled, fill
from server.demo.plan import CASES, FIRST, PERIODS, SECOND, Case
from server.files import Blob
from server.publishing import sources
from server.reviews import store as reviews
from server.submissions.models import Submission, SubmissionAttachment, SubmissionVersion
from server.villages import store as villages
from server.villages.models import ScoreRow, Village
from tests.conftest import make_app
from tests.demo.xform_logic import Logic


@pytest.fixture(scope="module")
def demo(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with the demo in it, made once for this module."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(sqlite_template, folder / "pokja.db")
    app = make_app(f"sqlite:///{folder / 'pokja.db'}", folder)
    with app.app_context():
        with transaction():
            making.make()
        yield app
        db.session.remove()
        db.engine.dispose()


def _classes(period: str) -> Counter[str]:
    return Counter(row.class_code or "none" for row in db.session.scalars(select(ScoreRow).where(ScoreRow.period == period))
                   if row.kind == "score")


@pytest.mark.slow
def test_every_class_holds_several_villages(demo: Flask) -> None:
    found = _classes(SECOND)
    assert all(found[code] >= 3 for code in ("pembinaan", "mulai", "optimal", "sangat")), found
    assert found["none"] == 1, "one village has too little data for a class"


@pytest.mark.slow
def test_every_state_and_exception_occurs(demo: Flask) -> None:
    rows = list(db.session.scalars(select(Submission)))
    states = Counter(row.review_state for row in rows if row.period == SECOND and row.kind == "lapangan")
    assert states[None] >= 5
    assert all(states[state] >= 1 for state in ("hasIssues", "edited", "rejected"))
    assert {row.kind for row in rows} == {"lapangan", "mandiri", "ko_penilaian"}
    scores = list(db.session.scalars(select(ScoreRow).where(ScoreRow.period == SECOND)))
    assert any(row.provisional for row in scores)
    assert sum(row.kind == "readiness" for row in scores) >= 3
    assert any(row.result["class"] and row.result["class"]["reasons"] for row in scores if row.kind == "score")
    parts = [one for row in scores for dimension in row.result["dimensions"] for one in dimension["indicators"]]
    assert any(one["evidence"]["rejected"] for one in parts)
    assert any(one["rating"] and one["rating"]["raters"] == 2 for one in parts)
    assert any(one["small"] for one in parts)
    seen = {row.area for row in rows}
    assert len({village.code for village in villages.everything()} - seen) >= 2, "some villages are not assessed at all"


@pytest.mark.slow
def test_the_first_period_is_locked_and_both_are_there(demo: Flask) -> None:
    project = store.project()
    assert project is not None
    assert villages.periods(project.id) == sorted(PERIODS, reverse=True)
    assert villages.locked_since(project.id, FIRST) is not None
    assert villages.locked_since(project.id, SECOND) is None


@pytest.mark.slow
def test_no_submission_disagrees_with_its_form(demo: Flask) -> None:
    assert [row.disagreements for row in db.session.scalars(select(SubmissionVersion)) if row.disagreements] == []


@pytest.mark.slow
def test_every_photo_that_is_named_is_there(demo: Flask) -> None:
    assert db.session.scalar(select(func.count()).select_from(SubmissionAttachment).where(SubmissionAttachment.sha256.is_(None))) == 0
    assert (db.session.scalar(select(func.max(Blob.size))) or 0) < 400_000


@pytest.mark.slow
def test_the_phone_whose_link_is_printed_has_something_to_correct(demo: Flask) -> None:
    project = store.project()
    assert project is not None
    link = telling.phone_link(project, "http://127.0.0.1:8000")
    assert link is not None and link.startswith("http://127.0.0.1:8000/#token=") and link.endswith(f"&project={project.id}")
    worker = db.session.scalar(select(Submission.submitter_id).where(Submission.review_state == "hasIssues"))
    assert worker is not None
    returned = reviews.returned_to(worker, project.id)
    assert len(returned) == 1 and len(returned[0].comments) == 2


@pytest.mark.slow
def test_it_says_contoh_wherever_somebody_reads_a_name(demo: Flask) -> None:
    project = store.project()
    assert project is not None and people.MARK in project.name
    for name in [person.name for person in people.PEOPLE] + [worker.name for worker in people.WORKERS]:
        assert people.MARK in name
    for row in db.session.scalars(select(SubmissionVersion)):
        assert row.answers["/ringkasan/catatan"].startswith(people.MARK)


@pytest.fixture(scope="module")
def published() -> sources.Source:
    return sources.from_path(shipped.instrument())


@pytest.mark.slow
def test_the_forms_own_skips_limits_and_duties_hold_in_every_submission(published: sources.Source, demo: Flask) -> None:
    logic = Logic(published.form)
    faults = {case.village + case.period + case.kind: found for case in CASES
              if (found := logic.faults(_filled(case, published).xml(published.form)))}
    assert faults == {}


def test_the_logic_checker_notices_what_no_phone_would_let_pass(published: sources.Source) -> None:
    case = CASES[0]
    village = Village(code=case.village, name="Lalang Jaya", subdistrict="Manggar", subdistrict_code="19.06.01", lat=-2.87, lon=108.27)
    filled = fill(case, village, published.form, rubrics.read(published.rubric or [], published.form))
    filled.answers["/modul_r/g_r1/r1"] = "ya"
    filled.answers["/modul_n/g_n_kb/n_tial"] = "999999"
    filled.answers.pop("/modul_a/g_a1/a1")
    told = " ".join(Logic(published.form).faults(filled.xml(published.form)))
    for part in ("/modul_r is answered but not asked", "n_tial = 999999 breaks its constraint", "a1 is required but missing"):
        assert part in told


def _filled(case: Case, published: sources.Source) -> Filled:
    village = villages.find(case.village)
    assert village is not None
    return fill(case, village, published.form, rubrics.read(published.rubric or [], published.form))


@pytest.mark.slow
def test_it_is_made_once_prints_the_same_link_again_and_leaves_a_used_database_alone(
        database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.cli import main

    monkeypatch.setenv("DATABASE_URL", database_url.replace("+psycopg", ""))
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    first = CliRunner().invoke(main, ["demo", "--port", "8765"])
    assert first.exit_code == 0, first.output
    again = CliRunner().invoke(main, ["demo", "--port", "8765"])
    links = [[line.strip() for line in run.output.splitlines() if "#token=" in line] for run in (first, again)]
    assert again.exit_code == 0 and links[0] == links[1] and links[0][0].startswith("http://127.0.0.1:8765/#token=")
    assert people.PASSWORD in again.output
    app = make_app(database_url, tmp_path)
    with app.app_context(), transaction():
        found = store.project()
        assert found is not None
        found.name = "Pokja Kampung KB"
    used = CliRunner().invoke(main, ["demo"])
    assert used.exit_code == 1 and "holds the project “Pokja Kampung KB”" in used.output
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
