"""Many at once: no change of an entity is lost, none is made twice, and the sums stay right (PROTOCOL §6, DESIGN §10)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from tests import arrivals
from tests.datasets.conftest import ONE, TWO, Keeper
from tests.datasets.test_from_submissions import BRANCH, OFFLINE, SHEETS, create, now, update

pytestmark = pytest.mark.slow


def at_once(phone: arrivals.Phone, records: list[bytes]) -> list[int]:
    with ThreadPoolExecutor(8) as pool:
        return [answer.status_code for answer in pool.map(phone.send, records)]


@pytest.fixture
def phone(app: Flask, project: int) -> arrivals.Phone:
    arrivals.publish(app, project, SHEETS)
    return arrivals.enrol(app, project)


def sums_are_right(app: Flask, keeper: Keeper) -> bool:
    from server.datasets import digest_store, store
    from server.db import db, transaction

    with app.app_context(), transaction():
        found = store.find_list(keeper.project, "pohon")
        assert found is not None
        kept = store.tokens([found], store.EVERYTHING)
        digest_store.rebuild(found.id)
        db.session.expire_all()
        return kept == store.tokens([found], store.EVERYTHING)


def test_updates_at_once_become_versions_one_after_the_other(app: Flask, phone: arrivals.Phone, keeper: Keeper) -> None:
    phone.send(create(0))
    records = [update(number, 1, jenis=str(number)) for number in range(1, 13)]
    assert at_once(phone, [*records, *records]) == [201] * 24
    versions = keeper.get(f"/pohon/entities/{ONE}/versions").json
    assert [each["version"] for each in versions] == list(range(1, 14))
    assert {each["dataReceived"].get("jenis") for each in versions[1:]} == {str(number) for number in range(1, 13)}
    assert now(keeper)["conflict"] == "hard"
    assert sums_are_right(app, keeper)


def test_one_phones_branch_sent_at_once_ends_in_its_order(app: Flask, phone: arrivals.Phone, keeper: Keeper) -> None:
    more = [update(number, number, "", BRANCH, jenis=str(number)) for number in range(4, 9)]
    assert set(at_once(phone, [*reversed([*OFFLINE, *more]), *OFFLINE])) == {201}
    versions = keeper.get(f"/pohon/entities/{ONE}/versions").json
    assert [each["data"]["jenis"] for each in versions] == [str(number) for number in range(9)]
    assert now(keeper)["conflict"] is None
    assert sums_are_right(app, keeper)


def test_one_uuid_made_at_once_is_made_once(app: Flask, phone: arrivals.Phone, keeper: Keeper) -> None:
    def make(number: int) -> int:
        if number % 2:
            return keeper.post("/pohon/entities", json={"uuid": TWO, "label": str(number), "data": {}}).status_code
        return phone.send(create(number, TWO)).status_code

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(make, range(12)))
    assert set(done) <= {200, 201, 409}
    assert [each["uuid"] for each in keeper.get("/pohon/entities").json] == [TWO]
    assert len(keeper.get(f"/pohon/entities/{TWO}/versions").json) == 1
    assert sums_are_right(app, keeper)
