"""Roles and assignments through HTTP: everywhere, in a project, in a form, in an area (PROTOCOL §3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from server.grants import Caller, Grant
from tests.conftest import Person


def test_roles_have_the_numbers_clients_hard_code(admin: Person) -> None:
    roles = {role["id"]: role["system"] for role in admin.get("/v1/roles").json}
    assert {1: "admin", 2: "app-user", 3: "pwreset", 5: "manager", 6: "viewer", 7: "formview", 8: "formfill",
            9: "pub-link"}.items() <= roles.items()
    assert admin.get("/v1/roles/2").json == admin.get("/v1/roles/app-user").json
    assert admin.get("/v1/roles/2").json["verbs"] == ["open_form.read", "submission.create"]
    assert admin.get("/v1/roles/99").json["code"] == admin.get("/v1/roles/raja").json["code"] == 404.1


@pytest.mark.parametrize("role", ["viewer", "6"])
def test_a_role_is_given_seen_and_taken(admin: Person, person: Callable[..., Person], project: int, role: str) -> None:
    siti = person("siti@contoh.id", role=None)
    url = f"/v1/projects/{project}/assignments"
    assert siti.get(f"/v1/projects/{project}").status_code == 403
    assert admin.post(f"{url}/{role}/{siti.id}").json == {"success": True}
    assert admin.post(f"{url}/{role}/{siti.id}").json == {"success": True}, "twice changes nothing"
    assert siti.get(f"/v1/projects/{project}").status_code == 200
    assert admin.get(url).json == [{"actorId": siti.id, "roleId": 6, "area": ""}]
    assert admin.get(url, headers={"X-Extended-Metadata": "true"}).json[0]["actor"]["displayName"] == "Siti"
    assert [(each["id"], each["areas"]) for each in admin.get(f"{url}/{role}").json] == [(siti.id, [""])]
    assert admin.call("DELETE", f"{url}/{role}/{siti.id}").json == {"success": True}
    assert siti.get(f"/v1/projects/{project}").status_code == 403
    assert admin.call("DELETE", f"{url}/{role}/{siti.id}").json["code"] == 404.1


@pytest.mark.parametrize("way", ["query", "body"])
def test_an_assignment_may_carry_an_area(admin: Person, person: Callable[..., Person], project: int, way: str) -> None:
    siti = person("siti@contoh.id", role=None)
    url = f"/v1/projects/{project}/assignments"
    for area in ("19.06.01", "19.06.04.2001"):
        answer = admin.post(f"{url}/reviewer/{siti.id}?area={area}") if way == "query" \
            else admin.post(f"{url}/reviewer/{siti.id}", json={"area": area})
        assert answer.json == {"success": True}
    assert [each["area"] for each in admin.get(url).json] == ["19.06.01", "19.06.04.2001"]
    assert admin.get(f"{url}/reviewer").json[0]["areas"] == ["19.06.01", "19.06.04.2001"]
    admin.call("DELETE", f"{url}/reviewer/{siti.id}?area=19.06.01")
    assert [each["area"] for each in admin.get(url).json] == ["19.06.04.2001"]
    admin.post(f"{url}/reviewer/{siti.id}?area=19.06.01")
    admin.call("DELETE", f"{url}/reviewer/{siti.id}")
    assert admin.get(url).json == [], "without an area, all of the role goes"


@pytest.mark.parametrize("area", ["19.06.", ".19", "19..06", "a b", "19.06%2501", "'--", "1" * 33])
def test_what_is_no_area_is_refused(admin: Person, project: int, area: str) -> None:
    answer = admin.post(f"/v1/projects/{project}/assignments/viewer/{admin.id}?area={area}")
    assert answer.json["code"] == 400.8 and "19.06.01" in answer.json["message"]


def test_unknown_actors_roles_projects_and_forms_are_404(admin: Person, project: int) -> None:
    for path in (f"/v1/projects/{project}/assignments/viewer/999", f"/v1/projects/{project}/assignments/raja/{admin.id}",
                 f"/v1/projects/999/assignments/viewer/{admin.id}", f"/v1/projects/{project}/forms/x/assignments/viewer/{admin.id}",
                 f"/v1/projects/{'9' * 30}/assignments/viewer/{admin.id}"):
        assert admin.post(path).json["code"] == 404.1, path


def test_nobody_gives_more_than_they_hold(person: Callable[..., Person], project: int) -> None:
    manager, siti = person("m@contoh.id", role="manager", project=project), person("siti@contoh.id", role=None)
    url = f"/v1/projects/{project}/assignments"
    assert manager.post(f"{url}/manager/{siti.id}").status_code == 200
    answer = manager.post(f"{url}/admin/{siti.id}")
    assert answer.json["code"] == 403.1 and "admin" in answer.json["message"]
    assert manager.post(f"/v1/assignments/viewer/{siti.id}").json["code"] == 403.1
    reviewer = person("r@contoh.id", role="reviewer", project=project)
    assert reviewer.post(f"{url}/viewer/{siti.id}").json["code"] == 403.1
    assert reviewer.get(url).json["code"] == 403.1


def test_a_manager_of_some_villages_gives_and_sees_roles_in_them_only(person: Callable[..., Person], project: int) -> None:
    manager = person("m@contoh.id", role="manager", project=project, area="19.06.01")
    other, siti = person("o@contoh.id", role="reviewer", project=project, area="19.06.02"), person("siti@contoh.id", role=None)
    url = f"/v1/projects/{project}/assignments"
    assert manager.post(f"{url}/reviewer/{siti.id}").json["code"] == 403.1
    assert manager.post(f"{url}/reviewer/{siti.id}?area=19.06.02").json["code"] == 403.1
    assert manager.post(f"{url}/reviewer/{siti.id}?area=19.06").json["code"] == 403.1
    assert manager.post(f"{url}/reviewer/{siti.id}?area=19.06.01.2001").json == {"success": True}
    assert {each["actorId"] for each in manager.get(url).json} == {manager.id, siti.id}
    assert manager.call("DELETE", f"{url}/reviewer/{other.id}").json["code"] == 404.1
    assert manager.call("DELETE", f"{url}/reviewer/{siti.id}").json == {"success": True}


def test_a_phone_is_only_ever_an_app_user_of_its_own_project(admin: Person, project: int) -> None:
    phone = admin.post(f"/v1/projects/{project}/app-users", json={"displayName": "HP 1"}).json["id"]
    other = admin.post("/v1/projects", json={"name": "Lain"}).json["id"]
    assert admin.post(f"/v1/projects/{project}/assignments/manager/{phone}").json["code"] == 400.8
    assert admin.post(f"/v1/assignments/2/{phone}").json["code"] == 400.8
    assert admin.post(f"/v1/projects/{other}/assignments/2/{phone}").json["code"] == 404.1
    assert admin.post(f"/v1/projects/{project}/assignments/2/{phone}").json == {"success": True}


def test_site_roles_reach_every_project(admin: Person, person: Callable[..., Person], project: int) -> None:
    siti = person("siti@contoh.id", role=None)
    assert admin.post(f"/v1/assignments/admin/{siti.id}").json == {"success": True}
    assert {each["actorId"] for each in admin.get("/v1/assignments").json} == {admin.id, siti.id}
    assert siti.get(f"/v1/projects/{project}").status_code == 200


@pytest.mark.parametrize(("verb", "area", "may"), [
    ("submission.list", "", True), ("submission.list", "19.06.01", True), ("form.read", "19.06.01", True),
    ("form.update", "", True), ("form.update", "19.06.01", False), ("project.delete", "19.06.01", False),
    ("period.lock", "19.06.01", False), ("field_key.create", "19.06.01", True)])
def test_what_cannot_be_narrowed_to_villages_needs_a_whole_role(verb: str, area: str, may: bool) -> None:
    caller = Caller(1, "user", grants=(Grant(5, 1, None, area),))
    assert caller.may(verb, 1) is may
    assert (verb in caller.verbs(1)) is may
