"""Connections to the database: dead ones are noticed, writers of SQLite stand in line (DESIGN §9, §10)."""

from __future__ import annotations

import threading
import time

import pytest
from flask import Flask
from sqlalchemy import Integer, String, bindparam, insert, literal_column, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from server import db as ground
from server import prepared
from server.accounts.models import FailedLogin
from server.db import Instant, db, link, now, swift, transaction
from server.prepared import Link, Prepared
from server.turns import Turn


def test_a_connection_that_died_while_idle_is_replaced(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            pytest.skip("SQLite has no server that could go away")
        monkeypatch.setattr(ground, "IDLE", 0.0)
        killer, victim = db.engine.connect(), db.engine.connect()
        number = victim.scalar(text("SELECT pg_backend_pid()"))
        victim.close()
        assert killer.scalar(text("SELECT pg_terminate_backend(:pid)"), {"pid": number}) is True
        time.sleep(0.2)
        for _ in range(3):
            with transaction(False):
                assert db.session.scalar(text("SELECT 1")) == 1
        killer.close()


_ONE = Prepared(lambda: select(literal_column("1", Integer)))
_NOTE = Prepared(lambda: insert(FailedLogin).inline().values(subject=bindparam("which", type_=String), at=bindparam("when", type_=Instant)))


def test_a_reading_that_stands_alone_leaves_no_transaction_open(app: Flask) -> None:
    with app.app_context():
        with transaction(False, loose=True):
            assert link().rows(_ONE, {}) == [(1,)]
            assert not _inside(link())
            assert not db.session().in_transaction()
        with transaction():
            assert link().rows(_ONE, {}) == [(1,)]
            assert _inside(link()), "elsewhere it runs in the session's transaction"
            db.session.add(FailedLogin(subject="a", at=now()))
            db.session.flush()
            db.session.rollback()
        with transaction(False):
            assert db.session.query(FailedLogin).count() == 0, "what was rolled back is not there"


def test_what_is_written_inside_a_loose_reading_is_one_transaction(app: Flask) -> None:
    with app.app_context(), transaction(False, loose=True):
        assert link().rows(_ONE, {}) == [(1,)]
        with transaction():
            db.session.add(FailedLogin(subject="by the session", at=now()))
            db.session.flush()
            link().run(_NOTE, {"which": "prepared", "when": now()})
        with transaction(False):
            assert db.session.query(FailedLogin).count() == 2


def _inside(found: Link) -> bool:
    """Whether the driver's connection stands in a transaction."""
    return found.driver.info.transaction_status.name == "INTRANS" if found.postgresql else found.driver.in_transaction


def test_a_swift_writing_is_there_at_its_end_or_not_at_all(app: Flask) -> None:
    with app.app_context():
        with transaction():
            with swift() as own:
                own.run(_NOTE, {"which": "kept", "when": now()})
            assert db.session.query(FailedLogin).count() == 1
            with pytest.raises(RuntimeError, match="inside another"), swift():
                pass
        with pytest.raises(DBAPIError), transaction(), swift() as own:
            own.run(_NOTE, {"which": None, "when": now()})
        with pytest.raises(ZeroDivisionError), transaction(), swift() as own:
            if not own.postgresql:
                own.run(_NOTE, {"which": "lost", "when": now()})
            raise ZeroDivisionError
        with transaction(False):
            assert [one.subject for one in db.session.query(FailedLogin)] == ["kept"]
        with transaction(), swift() as own:
            own.run(_NOTE, {"which": "later", "when": now()})
        with transaction(False):
            assert db.session.query(FailedLogin).count() == 2


def test_a_spare_connection_that_died_is_replaced(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            pytest.skip("SQLite has no server that could go away")
        with transaction(False, loose=True):
            number = link().driver.info.backend_pid
        with transaction(False):
            assert db.session.scalar(text("SELECT pg_terminate_backend(:pid)"), {"pid": number}) is True
        time.sleep(0.2)
        with pytest.raises(OperationalError), transaction(False, loose=True):
            link().rows(_ONE, {})
        with transaction(False, loose=True):
            assert link().rows(_ONE, {}) == [(1,)]
            number = link().driver.info.backend_pid
        with transaction(False):
            db.session.scalar(text("SELECT pg_terminate_backend(:pid)"), {"pid": number})
        time.sleep(0.2)
        monkeypatch.setattr(prepared, "IDLE", 0.0)
        with transaction(False, loose=True):
            assert link().rows(_ONE, {}) == [(1,)], "one that lay idle is asked first"


def test_a_moment_travels_through_a_prepared_statement(app: Flask) -> None:
    with app.app_context(), transaction():
        at = now()
        link().run(_NOTE, {"which": "a", "when": at})
        assert db.session.query(FailedLogin).one().at == at
        read = Prepared(lambda: select(FailedLogin.subject, FailedLogin.at).where(FailedLogin.at == bindparam("when", type_=Instant)))
        assert link().rows(read, {"when": at}) == [("a", at)]


def test_writers_wait_for_each_other_and_none_fails(app: Flask) -> None:
    """32 threads write at once; while SQLite alone would make them sleep and retry, here they come one after another."""
    failed: list[BaseException] = []

    def write(number: int) -> None:
        try:
            with app.app_context(), transaction():
                seen = db.session.query(FailedLogin).count()
                time.sleep(0.002)
                db.session.add(FailedLogin(subject=str(number), at=now()))
                db.session.flush()
                if db.engine.dialect.name == "sqlite":
                    assert db.session.query(FailedLogin).count() == seen + 1
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert failed == [] and db.session.query(FailedLogin).count() == 24


def test_a_turn_is_taken_once_and_given_back(tmp_path: object) -> None:
    first, second = Turn(), Turn()
    first.take(f"{tmp_path}/a.db")
    first.take(f"{tmp_path}/a.db")
    got: list[int] = []
    waiting = threading.Thread(target=lambda: (second.take(f"{tmp_path}/a.db"), got.append(1), second.give_back()))
    waiting.start()
    waiting.join(0.1)
    assert got == []
    first.give_back()
    first.give_back()
    waiting.join(5)
    assert got == [1]
    third = Turn()
    third.take(":memory:")
    third.give_back()
