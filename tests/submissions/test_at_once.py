"""Several POSTs at the same moment: one record, one current version, no 5xx (PROTOCOL §2.6, STYLE "Data")."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from server.db import db
from server.events import Event
from server.submissions.models import Submission, SubmissionAttachment, SubmissionVersion
from tests.arrivals import Phone, instance

WITH_PHOTO = "<foto>foto.jpg</foto>"


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make the first `n` arrivals wait for each other between deciding and writing: the worst moment there is."""
    from server.submissions.store import arrival

    def together(n: int) -> None:
        barrier, settle = Barrier(n, timeout=20), arrival._write
        waited: list[int] = []

        def after_all_decided(planned: Any) -> Any:
            if len(waited) < n:
                waited.append(1)
                barrier.wait()
            return settle(planned)

        monkeypatch.setattr(arrival, "_write", after_all_decided)

    return together


def counts(app: Flask) -> dict[str, int]:
    with app.app_context():
        def of(model: Any) -> int:
            return db.session.scalar(select(func.count()).select_from(model)) or 0

        return {"submissions": of(Submission), "versions": of(SubmissionVersion), "files": of(SubmissionAttachment),
                "current": db.session.scalar(select(func.count()).where(SubmissionVersion.current)) or 0,
                "events": db.session.scalar(select(func.count()).where(Event.action.startswith("submission."))) or 0}


def all_at_once(jobs: list[Callable[[], Any]]) -> list[int]:
    with ThreadPoolExecutor(len(jobs)) as pool:
        return sorted(answer.status_code for answer in pool.map(lambda job: job(), jobs))


def test_identical_posts_at_once_give_one_record_and_only_successes(
        app: Flask, phone: Phone, meet: Callable[[int], None]) -> None:
    xml = instance(body=WITH_PHOTO)
    meet(4)
    assert all_at_once([lambda: phone.send(xml, {"foto.jpg": b"x"})] * 4) == [201] * 4
    assert counts(app) == {"submissions": 1, "versions": 1, "files": 1, "current": 1, "events": 1}


def test_the_same_record_without_an_instance_id_at_once_is_one_record(
        app: Flask, phone: Phone, meet: Callable[[int], None]) -> None:
    meet(3)
    assert all_at_once([lambda: phone.send(instance(None))] * 3) == [201] * 3
    assert counts(app)["submissions"] == 1


def test_different_records_of_one_id_at_once_are_one_success_and_one_conflict(
        app: Flask, phone: Phone, meet: Callable[[int], None]) -> None:
    meet(2)
    jobs = [lambda: phone.send(instance(body="<desa>a</desa>")), lambda: phone.send(instance(body="<desa>b</desa>"))]
    assert all_at_once(jobs) == [201, 409]
    assert counts(app) == {"submissions": 1, "versions": 1, "files": 0, "current": 1, "events": 2}, "what lost is put aside"


def test_two_edits_of_one_record_at_once_are_one_success_and_one_conflict(
        app: Flask, phone: Phone, meet: Callable[[int], None]) -> None:
    phone.send(instance())
    meet(2)
    jobs = [lambda: phone.send(instance("uuid:a", deprecated="uuid:satu")),
            lambda: phone.send(instance("uuid:b", deprecated="uuid:satu"))]
    assert all_at_once(jobs) == [201, 409]
    assert counts(app) == {"submissions": 1, "versions": 2, "files": 0, "current": 1, "events": 3}, "what lost is put aside"


def test_one_edit_twice_at_once_is_one_version(app: Flask, phone: Phone, meet: Callable[[int], None]) -> None:
    phone.send(instance())
    meet(2)
    edit = instance("uuid:a", deprecated="uuid:satu")
    assert all_at_once([lambda: phone.send(edit)] * 2) == [201, 201]
    assert counts(app)["versions"] == 2


def test_files_of_one_record_sent_at_once_all_arrive(app: Flask, phone: Phone, meet: Callable[[int], None]) -> None:
    xml = instance(body=WITH_PHOTO)
    phone.send(xml)
    meet(4)
    jobs = [lambda n=n: phone.send(xml, {"foto.jpg": b"x", "lain.jpg": b"y", f"{n}.jpg": b"z"}) for n in range(4)]
    assert all_at_once(jobs) == [201] * 4
    assert counts(app)["files"] == 6
