"""The wrapper of every request: grants, faces, raw addresses."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from server.blueprints import PUBLIC, Need, Room
from server.grants import covers
from server.problems import CATALOGUE, Problem
from tests.conftest import make_app


def test_a_route_without_a_grant_fails_at_import() -> None:
    room = Room("bare", __name__, face="json")
    with pytest.raises(TypeError, match="names what it needs"):
        room.on("GET", "/bare", None)  # type: ignore[arg-type]


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Flask:
    """An application of its own, because these tests give it more routes."""
    return make_app(database_url, tmp_path)


@pytest.fixture
def tried(app: Flask) -> FlaskClient:
    """The application with a few routes made for these tests."""
    room = Room("tried", __name__, face="json", url_prefix="/v1/tried")
    calls = itertools.count()

    @room.on("GET", "/echo/<name>", PUBLIC)
    def echo(name: str) -> dict[str, str]:
        return {"name": name, "prefix": request.environ.get("pokja.prefix", "")}

    @room.on("GET", "/closed/<int:project>", Need("form.read"))
    def closed(project: int) -> dict[str, int]:
        return {"project": project}

    @room.on("GET", "/broken", PUBLIC)
    def broken() -> None:
        raise RuntimeError("a secret detail")

    @room.on("GET", "/full", PUBLIC)
    def full() -> None:
        raise OSError(28, "No space left on device")

    @room.on("GET", "/xml", PUBLIC, face="xml")
    def xml() -> None:
        raise Problem("409.2", form="a<b")

    @room.on("POST", "/meet", PUBLIC)
    def meet() -> dict[str, int]:
        from sqlalchemy.exc import IntegrityError

        number = next(calls)
        if number == 0:
            raise IntegrityError("insert", {}, Exception("another one was first"))
        return {"tries": number + 1}

    app.register_blueprint(room)
    return app.test_client()


@pytest.mark.parametrize(("sent", "meant"), [
    ("a%2Fb", "a/b"), ("uuid%3A1", "uuid:1"), ("100%25", "100%"), ("%2e%2e", ".."), ("d%C3%A9sa", "désa"),
    ("a%20b", "a b"), ("a+b", "a+b"), ("%252F", "%2F"),
])
def test_a_segment_is_decoded_after_the_path_is_split(tried: FlaskClient, sent: str, meant: str) -> None:
    assert tried.get(f"/v1/tried/echo/{sent}").json == {"name": meant, "prefix": ""}


@pytest.mark.parametrize("sent", ["echo/a/", "echo/a"])
def test_one_slash_at_the_end_changes_nothing(tried: FlaskClient, sent: str) -> None:
    assert tried.get(f"/v1/tried/{sent}").json == {"name": "a", "prefix": ""}
    assert tried.get("/v1/tried/echo//").status_code == 404
    assert tried.get("/v1/tried/echo/a%2F").json == {"name": "a/", "prefix": ""}


def test_what_fails_unforeseen_is_named_by_an_incident_and_tells_nothing(tried: FlaskClient) -> None:
    answer = tried.get("/v1/tried/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json and len(answer.json["details"]["incident"]) == 12


def test_a_full_disk_is_said_in_words(tried: FlaskClient) -> None:
    answer = tried.get("/v1/tried/full")
    assert (answer.status_code, answer.json and answer.json["code"]) == (507, 507.1)


def test_the_xml_face_escapes_what_it_repeats(tried: FlaskClient) -> None:
    answer = tried.get("/v1/tried/xml")
    assert answer.content_type == "text/xml; charset=utf-8"
    assert "The form a&lt;b no longer takes submissions." in answer.text


def test_a_transaction_that_met_another_decides_again(tried: FlaskClient) -> None:
    assert tried.post("/v1/tried/meet").json == {"tries": 2}


def test_nobody_gets_401_and_the_wrong_role_403(tried: FlaskClient, person, project: int) -> None:  # type: ignore[no-untyped-def]
    assert tried.get(f"/v1/tried/closed/{project}").json["code"] == 401.2  # type: ignore[index]
    other = person("lain@contoh.id", role="viewer", project=project)
    assert other.get(f"/v1/tried/closed/{project}").json == {"project": project}
    assert other.get(f"/v1/tried/closed/{project + 1}").json["code"] == 403.1


def test_a_dead_key_is_403_so_that_phones_do_not_ask_for_a_password(client: FlaskClient) -> None:
    answer = client.get("/v1/key/" + "a" * 64 + "/projects/1/formList", headers={"X-OpenRosa-Version": "1.0"})
    assert answer.status_code == 403


@pytest.mark.parametrize(("path", "code"), [
    ("/projects", 404.2), ("/v2/projects", 404.2), ("/v1nothing", 404.2), ("/v1/nothing", 404.1)])
def test_a_program_that_asks_for_an_address_without_a_route_is_told_where_the_api_lives(client: FlaskClient, path: str, code: float) -> None:
    answer = client.get(path, headers={"Accept": "*/*"})
    assert (answer.status_code, answer.json and answer.json["code"]) == (404, code)


def test_a_person_sees_a_page_and_a_phone_the_envelope(client: FlaskClient) -> None:
    browser = client.get("/tidak-ada", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (browser.status_code, browser.mimetype) == (404, "text/html")
    assert client.get("/desk/tidak-ada").mimetype == "text/html"
    for path, code in (("/formList", "404.2"), ("/v1/projects/1/formlist", "404.1")):
        phone = client.get(path, headers={"X-OpenRosa-Version": "1.0"})
        assert (phone.status_code, phone.content_type) == (404, "text/xml; charset=utf-8")
        assert (phone.headers["X-Problem-Code"], phone.headers["X-OpenRosa-Version"]) == (code, "1.0")
        assert phone.headers["Content-Language"] == "en" and "X-OpenRosa-Accept-Content-Length" in phone.headers
    assert client.get("/healthz").headers.get("X-OpenRosa-Version") is None


@pytest.mark.parametrize(("areas", "code", "inside"), [
    (("",), "19.06.01.2001", True), (("19.06.01",), "19.06.01.2001", True), (("19.06.01",), "19.06.01", True),
    (("19.06.0",), "19.06.01.2001", False), (("19.06.01",), "19.06.010", False), ((), "19.06.01", False), (("19.06.01",), "", False),
])
def test_an_area_covers_the_codes_below_it_cut_at_dots(areas: tuple[str, ...], code: str, inside: bool) -> None:
    assert covers(areas, code) is inside


def test_every_problem_has_a_number_and_a_sentence() -> None:
    for code, sentence in CATALOGUE.items():
        assert 400 <= int(code.partition(".")[0]) < 600, code
        assert sentence.strip().endswith((".", "}")), code
