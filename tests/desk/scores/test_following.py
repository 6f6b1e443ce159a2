"""A score follows every change of what it rests on, in the same transaction; a locked period does not (DESIGN §4.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.desk.scores.conftest import BEFORE, LALANG, PADANG, PERIOD, Case


def test_the_golden_village_through_http(case: Case) -> None:
    """By hand: A = (3 × 100 + 1 × 50) ÷ 4 = 87,50; B = 3 of 4 = 75,00; total = (60 × 87,50 + 40 × 75,00) ÷ 100 = 82,50."""
    case.approved()
    row = case.scores()[PADANG]
    assert [(part["code"], part["score"]) for part in row["result"]["dimensions"]] == [("A", 87.5), ("B", 75.0)]
    assert (row["total"], row["lower"], row["upper"], row["completeness"]) == (82.5, 82.5, 82.5, 1.0)
    assert row["class"]["code"] == "tinggi" and row["formed"] is True and row["kind"] == "score"
    assert (row["formVersion"], row["instanceId"], row["locked"]) == ("1", "uuid:satu", False)


def test_only_approval_makes_a_score_and_taking_it_back_removes_it(case: Case) -> None:
    case.send()
    assert case.total() == -1
    case.review("uuid:satu", "approved")
    assert case.total() == 82.5
    for state in ("hasIssues", "approved", "rejected", "approved", None):
        case.review("uuid:satu", state)
        assert case.total() == (82.5 if state == "approved" else -1), state


def test_an_edit_takes_the_score_away_until_it_is_approved(case: Case) -> None:
    case.approved()
    case.send("uuid:dua", deprecated="uuid:satu", a1="3", photo=False)
    assert case.total() == -1
    case.review("uuid:satu", "approved")
    assert case.total() == 71.25  # A = (3 × 75 + 50) ÷ 4 = 68,75; the photo was carried over


def test_an_edit_that_moves_to_another_village_leaves_nothing_behind(case: Case) -> None:
    case.approved()
    case.send("uuid:dua", deprecated="uuid:satu", desa=LALANG, periode=BEFORE)
    case.review("uuid:satu", "approved")
    assert case.total(PADANG, PERIOD) == -1
    assert case.total(LALANG, BEFORE) == 82.5


def test_deleting_and_restoring_move_the_score(case: Case) -> None:
    case.approved()
    assert case.admin.call("DELETE", case.at("uuid:satu")).status_code == 200
    assert case.total() == -1
    assert case.admin.post(case.at("uuid:satu") + "/restore").status_code == 200
    assert case.total() == 82.5


def test_a_rating_replaces_the_indicator_and_can_be_taken_back(case: Case, rate: Callable[..., Any]) -> None:
    case.approved()
    rate("A1", value="25")
    assert case.total() == 48.75  # A = (3 × 25 + 50) ÷ 4 = 31,25
    rate("A1", act="back")
    assert case.total() == 82.5


def test_two_raters_are_combined_by_the_median_with_their_spread(case: Case, rate: Callable[..., Any]) -> None:
    case.approved()
    rate("A1", value="25")
    rate("A1", who="dedi@b.id", value="75")
    row = case.scores()[PADANG]
    rating = row["result"]["dimensions"][0]["indicators"][0]["rating"]
    assert rating == {"value": 50.0, "raters": 2, "spread": 50.0}
    assert row["total"] == 60.0


def test_rejected_evidence_caps_the_indicator(case: Case, rate: Callable[..., Any]) -> None:
    case.approved()
    rate("A1", rejected="1")
    one = case.scores()[PADANG]["result"]["dimensions"][0]["indicators"][0]
    assert (one["value"], one["uncapped"], one["evidence"]["rejected"]) == (50.0, 100.0, True)
    assert case.total() == 60.0  # A = (3 × 50 + 50) ÷ 4 = 50


def test_a_photo_that_arrives_late_lifts_the_cap(case: Case) -> None:
    from tests import arrivals
    from tests.desk.scores.conftest import FORM, body

    case.approved(photo=False)
    assert case.total() == 60.0
    xml = arrivals.instance("uuid:satu", form=FORM, body=body())
    assert case.phone.send(xml, {"sk.jpg": b"foto"}).status_code == 201
    assert case.total() == 82.5


@pytest.mark.parametrize("kind", ["mandiri", "ko_penilaian"])
def test_other_kinds_of_assessment_never_count(case: Case, kind: str) -> None:
    case.approved("uuid:lain", jenis=kind, a1="0", photo=False)
    assert case.total() == -1
    case.approved("uuid:lapangan")
    assert case.total() == 82.5


def test_of_two_approved_field_assessments_the_newer_one_counts(case: Case) -> None:
    case.approved("uuid:lama", a1="0", photo=False)
    case.approved("uuid:baru")
    assert case.scores()[PADANG]["instanceId"] == "uuid:baru"
    case.review("uuid:baru", "rejected")
    assert case.scores()[PADANG]["instanceId"] == "uuid:lama"


def test_a_village_without_a_pokja_has_readiness_and_no_total(case: Case) -> None:
    case.approved(status="belum_ada", r1="ya")
    row = case.scores()[PADANG]
    assert (row["kind"], row["formed"], row["total"], row["readiness"], row["class"]) == ("readiness", False, None, 100.0, None)


def test_a_locked_period_keeps_its_scores_until_it_is_opened(case: Case, reader: Callable[..., Any], rate: Callable[..., Any]) -> None:
    case.approved()
    case.send("uuid:lain", desa=LALANG)
    manager = reader("dinas@b.id", role="manager")
    assert manager.post(f"scores/lock?period={PERIOD}", locked="1", reason="").status_code == 200
    assert case.scores()[PADANG]["locked"] is False, "without a reason nothing is locked"
    assert manager.post(f"scores/lock?period={PERIOD}", locked="1", reason="Rapat pleno").status_code == 303
    assert case.scores()[PADANG]["locked"] is True
    case.review("uuid:lain", "approved", expect=409)
    rate("A1", value="25", expect=409)
    case.admin.call("DELETE", case.at("uuid:satu"))
    case.send("uuid:dua", desa=LALANG)
    assert (case.total(), case.total(LALANG)) == (82.5, -1)
    assert manager.post(f"scores/lock?period={PERIOD}", locked="0", reason="Ada koreksi").status_code == 303
    assert case.total() == -1, "what changed meanwhile counts again"
    case.review("uuid:lain", "approved")
    assert case.total(LALANG) == 82.5


def test_only_managers_of_the_whole_project_lock(case: Case, reader: Callable[..., Any]) -> None:
    case.approved()
    for who, role, area in (("a@b.id", "reviewer", ""), ("b@b.id", "viewer", ""), ("c@b.id", "manager", "19.06.01")):
        known = reader(who, role=role, area=area)
        assert known.get(f"scores/lock?period={PERIOD}").status_code == 403
        assert "scores/lock" not in known.page("scores")
    assert case.scores()[PADANG]["locked"] is False
