"""Connections to the database: dead ones are noticed, writers of SQLite stand in line (DESIGN §9, §10)."""

from __future__ import annotations

import threading
import time

import pytest
from flask import Flask
from sqlalchemy import text

from server import db as ground
from server.accounts.models import FailedLogin
from server.db import db, now, transaction
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


def test_a_reading_that_stands_alone_leaves_no_transaction_open(app: Flask) -> None:
    with app.app_context():
        with transaction(False, loose=True):
            assert db.session.scalar(text("SELECT 1")) == 1
            if db.engine.dialect.name == "postgresql":
                assert db.session.connection().connection.dbapi_connection.autocommit is True  # type: ignore[union-attr]
        with transaction():
            if db.engine.dialect.name == "postgresql":
                assert db.session.connection().connection.dbapi_connection.autocommit is False  # type: ignore[union-attr]
            db.session.add(FailedLogin(subject="a", at=now()))
            db.session.flush()
            db.session.rollback()
        with transaction(False):
            assert db.session.query(FailedLogin).count() == 0, "what was rolled back is not there"


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
