"""Make the demo in one transaction, through the doors that real data takes: publish, arrive, decide, rate, lock."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from forms import Form, instance
from scoring.model import Rubric
from server import shipped
from server.accounts import store as accounts
from server.db import now
from server.demo import people, store, words
from server.demo.filling import Filled, fill, instance_id, path_of
from server.demo.plan import CASES, FIRST, Case
from server.grants import BY_SYSTEM
from server.projects import store as projects
from server.projects.models import Project
from server.publishing import sources
from server.publishing import store as publishing
from server.publishing.models import FormRow
from server.reviews import store as reviews
from server.submissions import store as submissions
from server.submissions.models import Submission
from server.villages import store as villages
from server.villages.models import Village

AGENT = "Pokja/CONTOH"
EVIDENCE_REFUSED = ("C8", "D1")


@dataclass(slots=True)
class Scene:
    """What is needed to play the cases."""

    project: Project
    row: FormRow
    form: Form
    rubric: Rubric
    people: dict[str, int]
    workers: dict[str, int]
    villages: dict[str, Village]
    until: datetime  # nothing happens after this
    twice: dict[str, bytes]  # a photo that will be sent from two villages


def make() -> Project:
    """Villages, form, people and submissions of the demo; returns its project."""
    villages.import_csv(shipped.villages().read_bytes())
    project = projects.create(people.PROJECT, people.DESCRIPTION)
    desk = {person.email: _person(person, project.id) for person in people.PEOPLE}
    admin = desk[people.ADMIN.email]
    phones = {worker.key: accounts.create_app_user(project.id, worker.name, admin, area=worker.area).actor_id for worker in people.WORKERS}
    version = publishing.publish_workbook(project.id, sources.from_path(shipped.instrument()), admin)
    row, rubric = publishing.find_form(project.id, "pokja_kampung_kb"), publishing.rubric(version)
    assert row is not None and rubric is not None
    scene = Scene(project, row, publishing.definition(version), rubric, desk, phones,
                  {village.code: village for village in villages.everything()}, now() - timedelta(minutes=20), {})
    for case in CASES:
        play(case, scene)
    villages.set_lock(project.id, FIRST, True, desk[people.VERIFIER.email], words.LOCKED)
    return project


def _person(person: people.Person, project_id: int) -> int:
    user = accounts.create_user(person.email, people.PASSWORD, person.name)
    everywhere = person.role == "admin"
    accounts.assign(user.actor_id, BY_SYSTEM[person.role].id, None if everywhere else project_id, area=person.area)
    return user.actor_id


def play(case: Case, scene: Scene) -> Submission:
    """One submission from its arrival to what is decided on it."""
    filled = fill(case, scene.villages[case.village], scene.form, scene.rubric)
    _share_a_photo(case, filled, scene)
    sent = min(_at(case.visit + timedelta(days=case.visit.day % 3), 12, 20 + case.visit.day), scene.until)  # evenings, with signal
    submission = _send(case, scene, filled, sent)
    if case.outcome in ("returned", "edited"):
        _send_back(case, scene, submission, sent)
    if case.outcome == "edited":
        _resend(case, scene, filled, submission, sent)
    if case.outcome in ("approved", "rejected"):
        _decide(case, scene, submission, sent)
    return submission


def _at(day: date, hour: int, minute: int) -> datetime:
    """A moment in UTC, which is seven hours behind the villages' clocks."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def _share_a_photo(case: Case, filled: Filled, scene: Scene) -> None:
    """One photo travels to a second village: what the review warns about."""
    name = next((name for name in filled.photos if name.startswith("a3_bukti")), None)
    if name is None:
        return
    if case.village.endswith("02.2010") and case.period != FIRST:
        scene.twice["a3"] = filled.photos[name]
    elif "samePhoto" in case.special and "a3" in scene.twice:
        filled.photos[name] = scene.twice["a3"]


def _send(case: Case, scene: Scene, filled: Filled, at: datetime, deprecated: str | None = None) -> Submission:
    worker = people.worker_of(case.village, second=case.kind == "ko_penilaian" or case.outcome == "waiting")
    caller = accounts.caller(scene.workers[worker.key])
    read = instance.read(filled.xml(scene.form, deprecated))
    files = [submissions.Sent(name, io.BytesIO(data), "image/jpeg") for name, data in filled.photos.items()]
    done = submissions.arrive(scene.project.id, scene.row, read, files, caller, f"contoh-{worker.key}", AGENT)
    store.date_arrival(done.submission_id, done.version_id, at, first=deprecated is None)
    submission = submissions.get(done.submission_id)
    assert submission is not None
    return submission


def _send_back(case: Case, scene: Scene, submission: Submission, sent: datetime) -> None:
    version = submissions.current(submission.id)
    reason = words.RETURNED if case.outcome == "returned" else words.RETURNED_BEFORE
    remarks = [(path_of(scene.form, name), said) for name, said in words.REMARKS]
    reviews.decide(submission, version.id, "hasIssues", reason, _reviewer(case, scene), None,
                   remarks if case.outcome == "returned" else remarks[:1])
    store.date_review(submission.id, version.id, min(_at(sent.date() + timedelta(days=2), 3, sent.minute), scene.until))


def _resend(case: Case, scene: Scene, filled: Filled, submission: Submission, sent: datetime) -> None:
    """The worker counted again: one number changed, one photo new."""
    filled.answers[path_of(scene.form, "e1_rapat")] = "6"
    filled.answers[path_of(scene.form, "catatan")] = words.marked("Jumlah rapat dihitung ulang dari buku notulen.")
    filled.instance_id = instance_id(case, 2)
    filled.photos = {}
    _send(case, scene, filled, min(_at(sent.date() + timedelta(days=4), 12, 5), scene.until), deprecated=instance_id(case))


def _decide(case: Case, scene: Scene, submission: Submission, sent: datetime) -> None:
    version, who = submissions.current(submission.id), _reviewer(case, scene)
    _rate(case, scene, submission, version.id, who)
    state, reason = ("rejected", words.REJECTED) if case.outcome == "rejected" else (
        "approved", words.APPROVED[(len(case.special) + case.visit.day) % len(words.APPROVED)])
    reviews.decide(submission, version.id, state, reason, who, None)
    store.date_review(submission.id, version.id, min(_at(sent.date() + timedelta(days=1 + case.visit.day % 4), 2 + case.visit.day % 6, sent.minute), scene.until))


def _rate(case: Case, scene: Scene, submission: Submission, version_id: int, who: int) -> None:
    """Reviewers who saw more than the worker wrote."""
    if "evidence" in case.special:
        for indicator in EVIDENCE_REFUSED:
            reviews.rate(submission, version_id, indicator, None, True, words.EVIDENCE, who)
    if "rated" in case.special:
        reviews.rate(submission, version_id, "A5", 75.0, False, words.RATED, who)
    if "ratedTwice" in case.special:
        second = scene.people[people.SECOND.email]
        for actor, value, reason in zip((who, second), (75.0, 50.0), words.RATED_TWICE, strict=True):
            reviews.rate(submission, version_id, "B1", value, False, reason, actor)


def _reviewer(case: Case, scene: Scene) -> int:
    return scene.people[people.reviewer_of(case.village).email]


