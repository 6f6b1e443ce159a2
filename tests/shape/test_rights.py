"""Every route × every role × area: who is let in is what PROTOCOL §1 and DESIGN §4.3 say, written out here once more."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from server.app import ROOMS, room
from server.blueprints import PUBLIC, SIGNED_IN, Declared
from tests.shape.conftest import CALLERS, ENTITY, World

READERS = {"viewer", "reviewer", "elsewhere", "manager", "admin"}
MANAGERS = {"manager", "admin"}
ADMINS = {"admin"}
FILLERS = {"phone", "filler", "manager", "admin"}
REVIEWERS = {"reviewer", "elsewhere", "manager", "admin"}
# Who holds each verb in the project: not read from server/grants.py, or this test would agree with any mistake there.
HOLDERS = {
    "project.read": READERS | {"filler"}, "form.read": READERS, "submission.list": READERS, "submission.read": READERS,
    "dataset.list": READERS, "dataset.read": READERS, "entity.list": READERS, "entity.read": READERS, "score.read": READERS,
    "open_form.read": READERS | FILLERS, "submission.create": FILLERS,
    "submission.update": REVIEWERS, "submission.review": REVIEWERS,
    **dict.fromkeys((
        "project.update", "project.delete", "form.create", "form.update", "form.delete", "form.restore", "submission.delete",
        "submission.restore", "dataset.create", "dataset.update", "dataset.delete", "entity.create", "entity.update",
        "entity.delete", "entity.restore", "field_key.list", "field_key.create", "field_key.delete", "assignment.list",
        "assignment.create", "assignment.delete", "audit.read", "period.lock"), MANAGERS),
    **dict.fromkeys(("project.create", "user.list", "user.create", "user.update", "user.delete", "village.update"), ADMINS),
}
# Routes of the whole server, not of a project: a manager of one project does not hold the verb there.
SITE = {"assignment.list", "assignment.create", "assignment.delete"}
# What any account may call, but only some are served: oneself, or who holds the verb.
INNER = {
    "accounts.get_user": {"admin"}, "accounts.change_user": {"admin"}, "accounts.change_password": {"admin"},
    "accounts.close_session": set(), "accounts.close_current": set(CALLERS) - {"nobody", "phone"},
    "publishing.list_forms": READERS | {"filler"},
}
# Which refusal of somebody let in is right.
NARROWED = {
    "openrosa.integrity": {"phone", "filler"},  # no form of theirs uses the list of this test
    "accounts.verify_reset": set(CALLERS),  # the token of a link is asked, which nobody has
    "desk.choose_password": set(CALLERS),  # likewise, as 401
    "desk.log_in": set(CALLERS),  # without a password the page comes again, as 401
}
ROUTES = [pytest.param(route, method, id=f"{route.endpoint}-{method}") for name in ROOMS for route in room(name).declared
          for method in route.methods if method != "HEAD"]


def holders(route: Declared) -> set[str]:
    """Who is let in."""
    if route.need == PUBLIC:
        return set(CALLERS)
    if route.endpoint in INNER:
        return INNER[route.endpoint]
    if route.need == SIGNED_IN:
        return set(CALLERS) - {"nobody"}
    found = HOLDERS[route.need.verb]
    if route.need.verb in SITE and "<int:project>" not in route.rule:
        return {"admin"}
    return found | FILLERS if route.need.own else found


def refused(answer: TestResponse) -> bool:
    """Whether the answer says: not you."""
    to_log_in = answer.status_code == 302 and "/desk/login" in answer.headers["Location"]
    return to_log_in or answer.status_code in (401, 403)


@pytest.mark.parametrize(("route", "method"), ROUTES)
def test_who_is_let_in(world: World, route: Declared, method: str) -> None:
    let_in = {caller for caller in CALLERS if not refused(world.call(caller, route, method))}
    assert let_in == holders(route) - NARROWED.get(route.endpoint, set())


RECORDS = [each for each in ROUTES if re.search("<(instance|uuid|int:held)>", getattr(each.values[0], "rule", ""))]


@pytest.mark.parametrize(("route", "method"), RECORDS)
def test_a_record_of_another_area_is_like_an_unknown_one(world: World, route: Declared, method: str) -> None:
    if "elsewhere" not in holders(route):
        pytest.skip("nobody with an area is let in")
    there, nowhere = world.call("elsewhere", route, method), world.call(
        "elsewhere", route, method, instance="uuid%3Atidak-ada", uuid=ENTITY[:-1] + "0", held=99)
    assert there.status_code == nowhere.status_code
    assert there.status_code in (400, 404), "400: the body is read first, and says nothing of the record"
    assert b"19.06.01" not in there.data and b"Siti" not in there.data
    if method == "GET":
        assert there.status_code == 404
        assert world.call("reviewer", route, method).status_code != 404 or route.endpoint in EMPTY


# Without a choice or an indicator in the query these have nothing to show to anybody.
EMPTY = {"desk.decide_form", "desk.rate_form"}
