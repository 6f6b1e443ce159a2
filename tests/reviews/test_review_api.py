"""Review states and comments as the ODK Central API has them (PROTOCOL §3, appendix A)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests import arrivals

ONE = "/v1/projects/{}/forms/pokja/submissions/uuid%3Asatu"


@pytest.mark.parametrize("state", ["approved", "hasIssues", "rejected", "edited", None])
def test_the_review_state_is_set_without_more_than_itself(admin: Any, project: int, sent: str, state: str | None) -> None:
    answer = admin.call("PATCH", ONE.format(project), json={"reviewState": state})
    assert answer.status_code == 200
    assert answer.json["reviewState"] == state and answer.json["instanceId"] == "uuid:satu"
    assert answer.json["updatedAt"] is not None
    assert admin.get(ONE.format(project)).json["reviewState"] == state


@pytest.mark.parametrize("body", [{"reviewState": "maybe"}, {}, {"reviewState": 1}, []])
def test_another_review_state_is_refused_by_name(admin: Any, project: int, sent: str, body: Any) -> None:
    answer = admin.call("PATCH", ONE.format(project), json=body)
    assert answer.status_code == 400 and "message" in answer.json
    assert admin.get(ONE.format(project)).json["reviewState"] is None


def test_comments_come_newest_first_with_their_author(admin: Any, project: int, sent: str) -> None:
    first = admin.post(ONE.format(project) + "/comments", json={"body": "satu"})
    assert first.status_code == 200
    assert {"body", "actorId", "createdAt"} == set(first.json) and first.json["actorId"] == admin.id
    admin.post(ONE.format(project) + "/comments", json={"body": "dua", "path": "/foto"})
    listed = admin.get(ONE.format(project) + "/comments", headers={"X-Extended-Metadata": "true"}).json
    assert [(entry["body"], entry["path"], entry["actor"]["displayName"]) for entry in listed] == [
        ("dua", "/foto", "Admin"), ("satu", None, "Admin")]
    assert [entry["body"] for entry in admin.get(ONE.format(project) + "/comments?limit=1&offset=1").json] == ["satu"]


@pytest.mark.parametrize(("body", "code"), [({"body": "  "}, 400.2), ({}, 400.2), ({"body": "x" * 10_001}, 400.13),
                                            ({"body": "x", "path": "/" + "y" * 600}, 400.13)])
def test_an_empty_or_endless_comment_is_refused(admin: Any, project: int, sent: str, body: dict[str, str], code: float) -> None:
    answer = admin.post(ONE.format(project) + "/comments", json=body)
    assert answer.json["code"] == code


@pytest.mark.parametrize(("method", "path", "body"), [
    ("PATCH", "", {"reviewState": "approved"}), ("GET", "/comments", None), ("POST", "/comments", {"body": "x"})])
def test_a_submission_of_another_area_is_not_there(
        app: Flask, person: Callable[..., Any], project: int, sent: str, method: str, path: str, body: Any) -> None:
    near = person("a@b.id", role="reviewer", project=project, area="19.06.01")
    far = person("b@b.id", role="reviewer", project=project, area="19.06.02")
    assert far.call(method, ONE.format(project) + path, json=body).status_code == 404
    assert near.call(method, ONE.format(project) + path, json=body).status_code == 200


def test_an_observer_reads_comments_and_changes_nothing(person: Callable[..., Any], project: int, sent: str) -> None:
    observer = person("a@b.id", role="viewer", project=project)
    assert observer.get(ONE.format(project) + "/comments").status_code == 200
    assert observer.call("PATCH", ONE.format(project), json={"reviewState": "approved"}).status_code == 403
    assert observer.post(ONE.format(project) + "/comments", json={"body": "x"}).status_code == 403


def test_a_phone_neither_reviews_nor_reads_remarks(phone: arrivals.Phone, sent: str) -> None:
    assert phone.get("forms/pokja/submissions/uuid%3Asatu/comments").status_code == 403
