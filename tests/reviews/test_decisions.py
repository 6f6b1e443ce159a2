"""Decisions are append-only, reasoned, and never overwrite a colleague's (DESIGN §4.4, EXPECTATIONS S3, S5, S6)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from server import events, follow
from server.db import transaction
from server.problems import Problem
from server.reviews import store
from server.submissions import store as submissions
from server.submissions.models import Submission
from tests import arrivals


def found(form: int, instance_id: str = "uuid:satu") -> Submission:
    submission = submissions.find(form, instance_id)
    assert submission is not None
    return submission


def decide(form: int, state: str | None, reason: str = "", seen: int | None = None, actor: int | None = None, **more: Any) -> int:
    """Decide in a transaction of its own; the id of the review."""
    with transaction():
        submission = found(form)
        version = more.pop("version", None) or submissions.current(submission.id).id
        return store.decide(submission, version, state, reason, actor, seen, **more).id


@pytest.mark.parametrize(("state", "reason", "refused"), [
    ("approved", "", None),
    ("hasIssues", "", "400.2"),
    ("hasIssues", "  \n", "400.2"),
    ("hasIssues", "Foto buram", None),
    ("rejected", "", "400.2"),
    ("rejected", "Desa salah", None),
])
def test_sending_back_and_rejecting_need_a_reason(app: Flask, form: int, sent: str, state: str, reason: str, refused: str | None) -> None:
    with app.app_context():
        if refused is None:
            decide(form, state, reason)
            assert found(form).review_state == state
            return
        with pytest.raises(Problem) as problem:
            decide(form, state, reason)
        assert problem.value.code == refused
        assert found(form).review_state is None and store.history(found(form).id) == []


def test_taking_a_decision_back_needs_a_reason_and_keeps_both(app: Flask, form: int, sent: str, admin: Any) -> None:
    with app.app_context():
        first = decide(form, "approved", actor=admin.id)
        with pytest.raises(Problem, match="reason"):
            decide(form, None, "", seen=first)
        decide(form, None, "Salah tekan", seen=first, actor=admin.id)
        kept = store.history(found(form).id)
        assert [(review.state, review.reason) for review, _ in kept] == [(None, "Salah tekan"), ("approved", "")]
        assert found(form).review_state is None


def test_the_second_reviewer_is_told_who_decided_and_nothing_is_overwritten(
        app: Flask, form: int, sent: str, person: Callable[..., Any]) -> None:
    budi, rahma = person("budi@b.id", name="Budi"), person("rahma@b.id", name="Rahma")
    with app.app_context():
        decide(form, "hasIssues", "Foto buram", actor=budi.id)
        with pytest.raises(Problem) as problem:
            decide(form, "approved", "Bagus", seen=None, actor=rahma.id)
        assert problem.value.code == "409.30"
        assert problem.value.details["actor"] == "Budi" and problem.value.details["state"] == "hasIssues"
        assert problem.value.details["at"].endswith("Z")
        assert found(form).review_state == "hasIssues" and len(store.history(found(form).id)) == 1


@pytest.mark.slow
def test_of_two_reviewers_at_the_same_moment_exactly_one_decides(app: Flask, form: int, sent: str) -> None:
    results: list[str] = []
    start = threading.Barrier(6)

    def one(state: str) -> None:
        with app.app_context():
            start.wait()
            try:
                decide(form, state, "alasan")
                results.append(state)
            except Problem as problem:
                results.append(problem.code)

    threads = [threading.Thread(target=one, args=(state,)) for state in ("approved", "rejected") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results)[:5] == ["409.30"] * 5
    with app.app_context():
        assert found(form).review_state == sorted(results)[5]
        assert len(store.history(found(form).id)) == 1


def test_a_decision_on_a_version_that_was_corrected_meanwhile_is_refused(
        app: Flask, form: int, sent: str, phone: arrivals.Phone) -> None:
    with app.app_context():
        first = decide(form, "hasIssues", "Foto buram")
        read = submissions.current(found(form).id).id
    assert phone.send(arrivals.instance("uuid:dua", deprecated="uuid:satu")).status_code == 201
    with app.app_context():
        assert found(form).review_state == "edited"
        with pytest.raises(Problem) as problem:
            decide(form, "approved", "Bagus", seen=first, version=read)
        assert problem.value.code == "409.30" and problem.value.details["state"] == "edited"


def test_a_locked_period_takes_no_decision_and_no_rating(app: Flask, form: int, phone: arrivals.Phone, project: int) -> None:
    from server.villages import store as villages

    phone.send(arrivals.instance("uuid:satu", body="<desa>19.06.01.2001</desa><periode>2026-S1</periode>"))
    with app.app_context():
        with transaction():
            villages.set_lock(project, "2026-S1", True, None, "")
        for attempt in (lambda: decide(form, "approved"), lambda: rate(form, "A1", 50, "alasan")):
            with pytest.raises(Problem) as problem:
                attempt()
            assert problem.value.code == "409.31"


def rate(form: int, indicator: str, value: float | None, reason: str, *, rejected: bool = False, actor: int | None = None) -> None:
    with transaction():
        submission = found(form)
        store.rate(submission, submissions.current(submission.id).id, indicator, value, rejected, reason, actor)


@pytest.mark.parametrize(("value", "reason", "code"), [(50.0, "", "400.2"), (50.0, "  ", "400.2"), (-1.0, "x", "400.8"),
                                                       (100.5, "x", "400.8"), (float("nan"), "x", "400.8")])
def test_a_rating_has_a_reason_and_lies_between_0_and_100(app: Flask, form: int, sent: str, value: float, reason: str, code: str) -> None:
    with app.app_context(), pytest.raises(Problem) as problem:
        rate(form, "A1", value, reason)
    assert problem.value.code == code


def test_the_newest_rating_of_each_reviewer_counts_until_it_is_taken_back(
        app: Flask, form: int, sent: str, person: Callable[..., Any]) -> None:
    budi, rahma = person("budi@b.id"), person("rahma@b.id")
    with app.app_context():
        rate(form, "A1", 50, "Notulen kurang", actor=budi.id)
        rate(form, "A1", 25, "Tidak ada notulen", actor=budi.id)
        rate(form, "A1", 75, "Cukup", actor=rahma.id)
        rate(form, "B1", None, "Foto dari internet", rejected=True, actor=budi.id)
        counted = [(row.indicator, row.value, row.evidence_rejected) for row in store.ratings(found(form).id)]
        assert counted == [("A1", 25, False), ("A1", 75, False), ("B1", None, True)]
        rate(form, "A1", None, "Keliru", actor=budi.id)
        assert [row.value for row in store.ratings(found(form).id) if row.indicator == "A1"] == [75]
        assert len(store.all_ratings(found(form).id)) == 5


def test_a_corrected_version_starts_without_ratings(app: Flask, form: int, sent: str, phone: arrivals.Phone) -> None:
    with app.app_context():
        rate(form, "A1", 50, "Foto buram")
    phone.send(arrivals.instance("uuid:dua", deprecated="uuid:satu"))
    with app.app_context():
        assert store.ratings(found(form).id) == []
        assert len(store.all_ratings(found(form).id)) == 1


def test_every_change_is_a_line_in_the_log_and_the_scores_follow(app: Flask, form: int, sent: str, project: int) -> None:
    told: list[int] = []
    with app.app_context():
        follow.follow(told.append)
        try:
            decide(form, "hasIssues", "Foto buram", comments=[("/foto", "Ambil ulang")])
            rate(form, "A1", 50, "alasan")
        finally:
            follow._followers.remove(told.append)
        assert told == [found(form).id] * 2
        lines = {line.action: line.details for line in events.newest(project, subject="uuid:satu")}
        assert lines["submission.update"]["reviewState"] == "hasIssues" and lines["submission.update"]["before"] is None
        assert lines["comment.create"]["path"] == "/foto"
        assert lines["rating.create"]["value"] == 50


def test_a_refused_decision_leaves_no_comment_behind(app: Flask, form: int, sent: str) -> None:
    with app.app_context():
        with pytest.raises(Problem):
            decide(form, "hasIssues", "Perbaiki", comments=[("/foto", "Ambil ulang"), ("/anggota", "   ")])
        assert store.comments(found(form).id) == [] and found(form).review_state is None


def test_what_was_sent_back_names_reason_and_comments_for_its_sender_only(
        app: Flask, form: int, sent: str, phone: arrivals.Phone, project: int) -> None:
    other = arrivals.enrol(app, project, "HP Budi")
    with app.app_context():
        decide(form, "hasIssues", "Dua hal", comments=[("/foto", "Ambil ulang"), (None, "Terima kasih")])
        [returned] = store.returned_to(phone.id, project)
        assert returned.review is not None and returned.review.reason == "Dua hal"
        assert [(comment.path, comment.body) for comment in returned.comments] == [("/foto", "Ambil ulang"), (None, "Terima kasih")]
        assert store.returned_to(other.id, project) == []
    phone.send(arrivals.instance("uuid:dua", deprecated="uuid:satu"))
    with app.app_context():
        assert store.returned_to(phone.id, project) == []
