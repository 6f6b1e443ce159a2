"""Every row of PROTOCOL §1–§6 that is marked [1] or [2] has a route; what is marked [L] answers that it is not there."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from tests.conftest import Person

P, F, D = "/projects/1", "/projects/1/forms/f", "/projects/1/datasets/d"
S, V, T, E = f"{F}/submissions/i", f"{F}/versions/v", f"/test/t{F}/draft", f"{D}/entities/u"
ROWS = f"""
§1    POST /sessions | GET /sessions/restore | DELETE /sessions/t | DELETE /sessions/current
§2.2  GET {P}/formList
§2.3  GET {F}/manifest | GET {F}/attachments/n
§2.4  GET {D}/integrity
§2.5  HEAD {P}/submission | GET {P}/submission
§2.6  POST {P}/submission
§2.8  GET {T}/formList | GET {T}/manifest | GET {T}/attachments/n | HEAD {T}/submission | POST {T}/submission | GET {T}.xml
§2.8  GET {F}/draft/formList | GET {F}/draft/manifest | HEAD {F}/draft/submission | POST {F}/draft/submission
§2.9  GET {P}/app-users/7/settings
§3 Project      GET /projects | POST /projects | GET {P} | PATCH {P} | DELETE {P}
§3 App user     GET {P}/app-users | POST {P}/app-users | DELETE {P}/app-users/7
§3 Assignments  GET /assignments | GET {P}/assignments | GET {F}/assignments | GET /assignments/admin | GET {P}/assignments/2
§3 Assignments  GET {F}/assignments/2 | POST /assignments/2/7 | POST {P}/assignments/2/7 | POST {F}/assignments/2/7
§3 Assignments  DELETE /assignments/2/7 | DELETE {P}/assignments/2/7 | DELETE {F}/assignments/2/7 | GET /roles | GET /roles/2
§3 Users        GET /users | POST /users | GET /users/current | GET /users/7 | PATCH /users/7 | DELETE /users/7
§3 Users        PUT /users/7/password | POST /users/reset/initiate
§3 Form         GET {P}/forms | POST {P}/forms | GET {F} | GET {F}.xml | GET {F}.xlsx | GET {F}.xls | PATCH {F} | DELETE {F}
§3 Form         POST {P}/forms/7/restore | GET {F}/draft | GET {F}/draft.xml | POST {F}/draft | DELETE {F}/draft
§3 Form         POST {F}/draft/publish | GET {F}/versions | GET {V} | GET {V}.xml | GET {V}.xlsx | GET {V}/fields
§3 Form         GET {V}/attachments | GET {V}/attachments/n | GET {F}/fields | GET {F}/draft/fields | GET {F}/attachments
§3 Form         GET {F}/draft/attachments | GET {F}/draft/attachments/n | POST {F}/draft/attachments/n
§3 Form         DELETE {F}/draft/attachments/n | PATCH {F}/draft/attachments/n | GET {F}/dataset-diff | GET {F}/draft/dataset-diff
§3 Submission   GET {F}/submissions | GET {S} | GET {S}.xml | POST {F}/submissions | PUT {S} | PATCH {S} | GET {S}/comments
§3 Submission   POST {S}/comments | GET {S}/attachments | GET {S}/attachments/n | POST {S}/attachments/n | DELETE {S}/attachments/n
§3 Submission   DELETE {S} | POST {S}/restore | GET {S}/versions | GET {S}/versions/v | GET {S}/versions/v.xml
§3 Submission   GET {S}/versions/v/attachments | GET {S}/versions/v/attachments/n | GET {S}/diffs | GET {S}/audits
§3 Submission   GET {F}/submissions/submitters | GET {F}/submissions/keys
§3 Audits       GET /audits
§4              GET {F}.svc | GET {F}.svc/$metadata | GET {F}.svc/Submissions | GET {F}.svc/Submissions('i')
§4              GET {F}.svc/Submissions('i')/anak | GET {F}/draft.svc | GET {F}/draft.svc/$metadata | GET {F}/draft.svc/Submissions
§5              GET {F}/submissions.csv | GET {F}/submissions.csv.zip | POST {F}/submissions.csv | POST {F}/submissions.csv.zip
§6 List         GET {P}/datasets | POST {P}/datasets | GET {D} | PATCH {D} | DELETE {D} | POST {D}/properties
§6 Entity       GET {D}/entities | GET {E} | POST {D}/entities | PATCH {E} | DELETE {E} | GET {E}/versions | GET {E}/diffs
§6 Entity       GET {E}/audits | POST {E}/restore | POST {D}/entities/bulk-delete | GET {D}/entities.csv
§6 OData        GET {D}.svc | GET {D}.svc/$metadata | GET {D}.svc/Entities
"""
CALLS = [pytest.param(*call.split(" ", 1), id=call) for line in ROWS.strip().splitlines()
         for call in (part.strip() for part in line.partition("  ")[2].split("|"))]


def endpoint(app: Flask, method: str, path: str) -> str:
    """Which route answers."""
    try:
        return str(app.url_map.bind("localhost").match(f"/v1{path}", method=method)[0])
    except HTTPException as error:
        return f"{type(error).__name__}: {method} {path}"


@pytest.fixture(scope="module")
def routed(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application; no request is sent."""
    from tests.conftest import make_app

    folder = tmp_path_factory.mktemp("routed")
    return make_app(f"sqlite:///{folder / 'pokja.db'}", folder)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_the_row_has_a_route(routed: Flask, method: str, path: str) -> None:
    assert "." in endpoint(routed, method, path)


@pytest.mark.parametrize(("path", "expected"), [
    (f"{F}.xml", "publishing.get_xml"), (f"{F}.svc", "exports.odata_service"), (f"{F}/draft", "publishing.get_draft"),
    ("/users/current", "accounts.current_user"), (f"{F}/submissions/submitters", "submissions.submitters"),
    (f"{F}/submissions/keys", "submissions.keys"), (f"{S}.xml", "submissions.submission_xml"), (f"{D}/entities.csv", "datasets.download_entities"),
    ("/projects/1/forms/a.b", "publishing.get_form"), ("/projects/1/forms/a.b.xml", "publishing.get_xml")])
def test_a_special_address_is_not_taken_for_a_name(routed: Flask, path: str, expected: str) -> None:
    assert endpoint(routed, "GET", path) == expected


@pytest.mark.parametrize("path", [f"{P}/forms/kunjungan/public-links", "/config/public", "/backup"])
def test_what_comes_later_is_not_there_and_says_so(admin: Person, path: str) -> None:
    answer = admin.get(f"/v1{path}")
    assert (answer.status_code, answer.json["code"]) == (404, 404.1)
