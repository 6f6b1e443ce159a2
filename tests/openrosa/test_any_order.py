"""Whatever the order, the repetition and the cuts, the database ends up with the same truth (PROTOCOL §2.6, §2.7)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.arrivals import Phone, instance, multipart, sha256

pytestmark = pytest.mark.slow
_numbers = count()  # each example has instance ids of its own, for all share a database


@dataclass(frozen=True)
class Record:
    """One filled form on a phone: `edit` counts within its submission, each edit corrects the one before."""

    submission: int
    edit: int
    files: int

    def names(self) -> list[str]:
        return [f"{self.submission}-{self.edit}-{number}.jpg" for number in range(self.files)]

    def xml(self, run: str) -> bytes:
        pictures = "".join(f"<kegiatan><bukti>{name}</bukti></kegiatan>" for name in self.names())
        before = f"{run}-{self.submission}.{self.edit - 1}" if self.edit else None
        return instance(f"{run}-{self.submission}.{self.edit}", deprecated=before, body=f"<anggota>{self.edit}</anggota>{pictures}")


@dataclass(frozen=True)
class Try:
    """One attempt: which files of the record go with the XML, and after which part of its bytes the line is cut."""

    record: int
    files: tuple[bool, bool, bool]
    cut: float | None


@st.composite
def phones(draw: st.DrawFn) -> list[Record]:
    """One to three submissions, each edited up to twice, each with up to three pictures."""
    return [Record(submission, edit, draw(st.integers(0, 3)))
            for submission in range(draw(st.integers(1, 3))) for edit in range(draw(st.integers(1, 3)))]


TRIES = st.lists(st.builds(Try, st.integers(0, 8), st.tuples(st.booleans(), st.booleans(), st.booleans()),
                           st.none() | st.floats(0, 0.999)), max_size=14)
Truth = dict[str, tuple[str, bool, str, dict[str, str | None]]]


def truth(app: Flask, run: str) -> Truth:
    """By instance id without the run's name: the submission's first one, whether current, the XML, the files by name."""
    from server.db import db
    from server.submissions.models import Submission, SubmissionAttachment, SubmissionVersion

    with app.app_context():
        found: Truth = {}
        rows = db.session.execute(select(SubmissionVersion, Submission.instance_id).join(
            Submission, Submission.id == SubmissionVersion.submission_id).where(SubmissionVersion.instance_id.startswith(f"{run}-")))
        for version, root in rows:
            files = db.session.execute(select(SubmissionAttachment.name, SubmissionAttachment.sha256).where(
                SubmissionAttachment.version_id == version.id)).all()
            assert version.instance_id not in found, "stored twice"
            found[version.instance_id.removeprefix(run)] = (
                root.removeprefix(run), version.current, version.xml.decode().replace(run, ""), dict(files))
        return found


def body(record: Record, run: str, files: list[str]) -> bytes:
    return multipart([("xml_submission_file", record.xml(run), "text/xml"),
                      *((name, f"bytes of {name}".encode(), "image/jpeg") for name in files)])


def send_until_done(phone: Phone, records: list[Record], run: str) -> None:
    """As Collect does: what failed is tried again from its start, a picture in each request."""
    for _ in range(len(records) + 1):
        answers = [phone.post(body(record, run, files)).status_code
                   for record in records for files in ([[name] for name in record.names()] or [[]])]
        if set(answers) == {201}:
            return
    raise AssertionError(f"a phone that keeps trying never comes to an end: {answers}")


@given(records=phones(), tries=TRIES, order=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_repetition_and_cut_ends_in_the_same_database(
        app: Flask, phone: Phone, records: list[Record], tries: list[Try], order: object) -> None:
    run, straight = f"uuid:a{next(_numbers)}", f"uuid:b{next(_numbers)}"
    accepted: dict[str, set[str]] = {}
    for each in tries:
        record = records[each.record % len(records)]
        files = [name for name, goes in zip(record.names(), each.files, strict=False) if goes]
        whole, before = body(record, run, files), truth(app, run)
        # The line break at the very end may be missing; anything more is half a body.
        answer = phone.post(whole if each.cut is None else whole[:min(int(len(whole) * each.cut), len(whole) - 3)])
        after = truth(app, run)
        if answer.status_code != 201:
            assert 400 <= answer.status_code < 500 and after == before, "what is refused leaves nothing behind"
            continue
        assert each.cut is None, "half a body was taken for a whole"
        own = f"-{record.submission}.{record.edit}"
        kept = accepted.setdefault(own, set())
        kept |= set(files)
        _, _, xml, there = after[own]
        assert xml == record.xml(run).decode().replace(run, "")
        assert {name for name, sha in there.items() if sha} >= kept, "a file that was accepted is gone"
        assert all(there[name] == sha256(f"bytes of {name}".encode()) for name in kept)
    send_until_done(phone, order.sample(records, len(records)), run)  # type: ignore[attr-defined]
    send_until_done(phone, records, straight)
    assert truth(app, run) == truth(app, straight)
    assert len(truth(app, run)) == len(records)
