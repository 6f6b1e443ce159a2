"""Whatever comes through the door: a clear 4xx or a clean 201, never a 5xx, nothing half-stored (PROTOCOL §2.6)."""

from __future__ import annotations

import errno
import io
import time
from pathlib import Path
from typing import IO

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from tests.arrivals import Phone, instance, multipart, sha256

XML = ("xml_submission_file", instance(), "text/xml")
BOMB = (b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        b'<data id="pokja" version="1"><desa>&b;</desa></data>')
OUTSIDE = (b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
           b'<data id="pokja" version="1"><desa>&x;</desa></data>')


def deep(levels: int) -> bytes:
    return b'<data id="pokja" version="1">' + b"<g>" * levels + b"x" + b"</g>" * levels + b"</data>"


DOCUMENTS = [
    ("an entity bomb", BOMB, 400), ("a file by entity", OUTSIDE, 400), ("100 levels", deep(98), 201),
    ("5,000 levels", deep(5000), 400), ("200,000 levels", deep(200_000), 400),
    ("a NUL", instance(body="<desa>a\0b</desa>"), 400), ("a NUL by number", instance(body="<desa>&#0;</desa>"), 400),
    ("not UTF-8", instance().replace(b"19.06.01.2001", b"\xff\xfe\xc3"), 400), ("cut off", instance()[:-9], 400),
    ("empty", b"", 400), ("a lone surrogate by number", instance(body="<desa>&#xD800;</desa>"), 400),
    ("100,000 elements", instance(body="<x/>" * 100_000), 201), ("an enormous answer", instance(body="<desa>" + "a" * 2_000_000 + "</desa>"), 201),
    ("more than the limit", instance(body="<desa>" + "a" * 6_000_000 + "</desa>"), 400),
    ("an answer of every odd character", instance(body="<desa>\u202e\ufffd\U0001f331 '\"; DROP TABLE submissions; --</desa>"), 201),
    ("no version", instance(version=None), 404), ("a long form id", instance(form="f" * 5000), 404),
    ("an entity in the id", instance("a&amp;b&#x20ac;"), 201), ("another form's root", b'<pokja xmlns="urn:x" id="pokja" version="1"/>', 201),
]


@pytest.mark.parametrize(("said", "xml", "status"), DOCUMENTS, ids=[case[0] for case in DOCUMENTS])
def test_a_document_is_taken_or_refused_with_a_sentence(app: Flask, phone: Phone, said: str, xml: bytes, status: int) -> None:
    began = time.monotonic()
    answer = phone.send(xml)
    # 413 and 400 both refuse what is too large.
    assert answer.status_code in ((status, 413) if status == 400 else (status,)), answer.data
    assert b"<message" in answer.data and time.monotonic() - began < 5
    assert rows(app) == (1 if status == 201 else 0)


NAMES = [("../../etc/passwd", 201), ("..%2F..%2Fx.jpg", 201), ('a"b.jpg', 201), ("a\\b.jpg", 201), ("x" * 255, 201),
         ("x" * 300, 400), ("foto é 🌱.jpg", 201), (b"\xff\xfe.jpg", 400), (b"a\x00b.jpg", 400), ("/", 201), (".", 201), ("", 400)]


@pytest.mark.parametrize(("name", "status"), NAMES, ids=[ascii(case[0])[:40] for case in NAMES])
def test_a_file_name_is_data_never_a_path(app: Flask, phone: Phone, tmp_path: Path, name: str | bytes, status: int) -> None:
    raw = name if isinstance(name, bytes) else name.replace('"', "%22").replace("\\", "\\\\")
    before = kept(tmp_path)
    answer = phone.post(multipart([XML, (raw, b"isi", "image/jpeg")]))
    assert answer.status_code == status, answer.data
    assert rows(app) == (1 if status == 201 else 0)
    new = kept(tmp_path) - before
    assert new == ({sha256(b"isi")} if status == 201 else set()), "files lie under their hash and nowhere else"
    if status == 201:
        assert strays(app) == [name]


def test_a_name_from_the_answers_is_found_under_every_spelling_of_its_address(phone: Phone) -> None:
    odd = "../a b%2F\"'é.jpg"
    body = f"<foto>{odd}</foto>"
    assert phone.post(multipart([("xml_submission_file", instance(body=body), "text/xml"),
                                 (odd.replace('"', "%22"), b"isi", "image/jpeg")])).status_code == 201
    from urllib.parse import quote

    answer = phone.get(f"forms/pokja/submissions/uuid%3Asatu/attachments/{quote(odd, safe='')}")
    assert (answer.status_code, answer.data) == (200, b"isi")
    assert answer.headers["Content-Disposition"].startswith('inline; filename="')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("stored_as", "name"), [("text/html", "halaman.html"), ("image/svg+xml", "gambar.svg"), ("text/html", "tanpa")])
def test_a_file_that_could_act_in_a_browser_is_only_downloaded(phone: Phone, stored_as: str, name: str) -> None:
    phone.post(multipart([("xml_submission_file", instance(body=f"<foto>{name}</foto>"), "text/xml"),
                          (name, b"<script>alert(1)</script>", stored_as)]))
    answer = phone.get(f"forms/pokja/submissions/uuid%3Asatu/attachments/{name}")
    assert answer.headers["Content-Disposition"].startswith("attachment;")


BODIES = [
    ("no multipart at all", instance(), "text/xml", "400.7"), ("no content type", instance(), "", "400.7"),
    ("no boundary", multipart([XML]), "multipart/form-data", "400.39"),
    ("another boundary", multipart([XML]), "multipart/form-data; boundary=lain", "400.39"),
    ("no XML part", multipart([("foto.jpg", b"x", "image/jpeg")]), "multipart/form-data; boundary=batas", "400.7"),
    ("no parts", b"--batas--\r\n", "multipart/form-data; boundary=batas", "400.7"),
    ("cut off in a file", multipart([XML, ("foto.jpg", b"x" * 9000, "image/jpeg")])[:-4000], "multipart/form-data; boundary=batas", "400.39"),
    ("cut off before the end mark", multipart([XML])[:-4], "multipart/form-data; boundary=batas", "400.39"),
    ("cut off in a header", multipart([XML])[:40], "multipart/form-data; boundary=batas", "400.39"),
    ("empty", b"", "multipart/form-data; boundary=batas", "400.39"),
    ("a part without a name", b"--batas\r\nContent-Disposition: form-data\r\n\r\nx\r\n--batas--\r\n", "multipart/form-data; boundary=batas", "400.39"),
    ("a part without headers", b"--batas\r\n\r\nx\r\n--batas--\r\n", "multipart/form-data; boundary=batas", "400.39"),
    ("two different XML parts", multipart([XML, ("xml_submission_file", instance("uuid:lain"), "text/xml")]), "multipart/form-data; boundary=batas", "400.39"),
    ("a boundary that is a pattern", multipart([XML], "(a+)+$"), 'multipart/form-data; boundary="(a+)+$"', ""),
    ("3,000 parts", multipart([XML, *((f"{n}.jpg", b"", "image/jpeg") for n in range(3000))]), "multipart/form-data; boundary=batas", "413.1"),
]


@pytest.mark.parametrize(("said", "body", "content_type", "code"), BODIES, ids=[case[0] for case in BODIES])
def test_a_damaged_body_stores_nothing(app: Flask, phone: Phone, tmp_path: Path, said: str, body: bytes, content_type: str,
                                       code: str) -> None:
    before = kept(tmp_path)
    answer = phone.post(body, content_type)
    assert answer.headers.get("X-Problem-Code", "") == code, answer.data
    assert answer.status_code == (int(code.partition(".")[0]) if code else 201)
    assert rows(app) == (0 if code else 1)
    assert kept(tmp_path) == before


def test_of_two_files_of_one_name_the_later_counts(app: Flask, phone: Phone) -> None:
    body = multipart([("foto.jpg", b"a", "image/jpeg"), ("xml_submission_file", instance(body="<foto>foto.jpg</foto>"), "text/xml"),
                      ("foto.jpg", b"b", "image/jpeg")])
    assert phone.post(body).status_code == 201
    assert phone.get("forms/pokja/submissions/uuid%3Asatu/attachments/foto.jpg").data == b"b"


def test_long_and_odd_device_ids_and_agents_are_cut_never_refused(app: Flask, phone: Phone) -> None:
    from server.db import db
    from server.submissions.models import Submission, SubmissionVersion

    phone.headers["User-Agent"] = "u" * 1000
    assert phone.send(instance(), query="?deviceID=" + "d" * 1000 + "%00&lain=1").status_code == 201
    with app.app_context():
        assert db.session.query(Submission).one().device_id == "d" * 255
        assert db.session.query(SubmissionVersion).one().user_agent == "u" * 255


def test_a_request_without_the_openrosa_header_is_told_so(phone: Phone) -> None:
    phone.headers = {}
    for answer in (phone.send(instance()), phone.get("formList"), phone.get("submission"), phone.get("forms/pokja/manifest")):
        assert answer.headers["X-Problem-Code"] == "400.6" and answer.content_type.startswith("text/xml")


def test_a_full_disk_is_507_and_leaves_nothing(app: Flask, phone: Phone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def keep(self, sha256: str, source: IO[bytes]) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    place = app.extensions["pokja.files"]
    app.extensions["pokja.files"] = Full()
    answer = phone.send(instance(body="<foto>foto.jpg</foto>"), {"foto.jpg": b"x"})
    assert (answer.status_code, rows(app)) == (507, 0) and b"disk of the server is full" in answer.data
    app.extensions["pokja.files"] = place
    assert phone.send(instance(body="<foto>foto.jpg</foto>"), {"foto.jpg": b"x"}).status_code == 201


def test_a_keeper_that_runs_out_of_space_half_way_leaves_no_part(tmp_path: Path) -> None:
    from server.files import Folder

    class Cut(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            part = super().read(3)
            if not part:
                raise OSError(errno.ENOSPC, "No space left on device")
            return part

    folder = Folder(tmp_path / "files")
    with pytest.raises(OSError, match="No space"):
        folder.keep("ab" * 32, Cut(b"isi foto"))
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def test_a_full_database_is_507_and_leaves_nothing(app: Flask, phone: Phone) -> None:
    from sqlalchemy import text

    from server.db import db

    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("PostgreSQL's full disk cannot be had without one; its state 53100 is tested below")
        pages = db.session.scalar(text("PRAGMA page_count"))
        db.session.rollback()
    from sqlalchemy import event

    def small(connection: object, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]

    with app.app_context():
        db.engine.dispose()
        event.listen(db.engine, "connect", small)
    try:
        answer = phone.send(instance(body="<desa>" + "a" * 300_000 + "</desa>"))
    finally:
        with app.app_context():
            event.remove(db.engine, "connect", small)
    assert (answer.status_code, rows(app)) == (507, 0), answer.data
    assert b"disk of the server is full" in answer.data


def test_postgresql_reports_a_full_disk_by_its_state() -> None:
    from sqlalchemy.exc import OperationalError

    from server.blueprints import _is_full

    class DiskFull(Exception):
        sqlstate = "53100"

    assert _is_full(OperationalError("INSERT", {}, DiskFull()))


def kept(folder: Path) -> set[str]:
    """Names of all files the keeper holds (the workbook of the form among them)."""
    return {path.name for path in (folder / "files").rglob("*") if path.is_file()}


def rows(app: Flask) -> int:
    """How many submissions are stored; and they are whole: as many versions and events."""
    from sqlalchemy import func, select

    from server.db import db
    from server.events import Event
    from server.submissions.models import Submission, SubmissionVersion

    with app.app_context():
        counts = [db.session.scalar(select(func.count()).select_from(model)) for model in (Submission, SubmissionVersion)]
        counts.append(db.session.scalar(select(func.count()).where(Event.action == "submission.create")))
    assert len(set(counts)) == 1, counts
    return counts[0] or 0


def strays(app: Flask) -> list[str]:
    from sqlalchemy import select

    from server.db import db
    from server.submissions.models import SubmissionAttachment

    with app.app_context():
        return list(db.session.scalars(select(SubmissionAttachment.name).where(SubmissionAttachment.expected.is_(False))))


@given(st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b"--", b"--batas", b"batas", b"x", b"--batas--", b" "]), max_size=12))
def test_boundaries_are_found_where_the_decoder_would_find_them(pieces: list[bytes]) -> None:
    from werkzeug.sansio.multipart import MultipartDecoder

    from server.openrosa.multipart import _Finder

    data = b"".join(pieces)
    pattern = MultipartDecoder(b"batas").boundary_re
    ours, theirs = _Finder(pattern, b"--batas").search(data), pattern.search(data)
    assert (ours and ours.span()) == (theirs and theirs.span())


_HEAD = b'\r\nContent-Disposition: form-data; name="a"; filename="b"\r\nContent-Type: text/xml\r\n\r\n'
_BITS = [b"\r\n", b"\n", b"\r", b"--", b"--batas", b"\r\n--batas", b"x", b"\r\n--batas--", b" ", _HEAD,
         b'\r\ncontent-disposition: form-data; name="c"\r\n\r\n', b'\r\nContent-Type: a\r\nContent-Disposition: form-data; name=d\r\n\r\n']


@given(st.lists(st.sampled_from(_BITS), max_size=10), st.booleans())
@example([_HEAD, b"x", b"\r\n--batas--"], True)
@example([_HEAD, b"\n--batas", _HEAD, b"\r\n--batas--"], True)
@example([_HEAD, b"\r\n--batas", _HEAD, b"x", b"\r\n--batas--", b"x"], True)
def test_a_small_body_read_at_once_is_what_the_decoder_reads(pieces: list[bytes], whole: bool) -> None:
    from server.openrosa.multipart import Part, _at_once, _parts, decoded

    data = (b"--batas" if whole else b"") + b"".join(pieces)
    at_once = _at_once(data, b"batas")
    if at_once is None:
        return

    def seen(parts: list[Part]) -> list[tuple[str, str | None, bytes]]:
        return [(part.name, part.content_type, part.source.read()) for part in parts]

    assert seen(at_once) == seen(list(_parts(decoded(iter([data]), b"batas"))))


def test_what_apps_send_is_read_at_once() -> None:
    from server.openrosa.multipart import _at_once

    found = _at_once(multipart([XML, ("foto ä.jpg", b"\r\n\r\nx", "image/jpeg")]), b"batas")
    assert found is not None
    assert [part.name for part in found] == ["xml_submission_file", "foto ä.jpg"]
    assert found[1].source.read() == b"\r\n\r\nx"
