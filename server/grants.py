"""Who may do what: roles, their verbs, and a caller's grants by project, form and area (PROTOCOL §1, DESIGN §4.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of verbs; ids and system names are those of the ODK Central API."""

    id: int
    system: str
    name: str
    verbs: frozenset[str]


_READ = {"project.read", "form.list", "form.read", "submission.list", "submission.read", "dataset.list",
         "dataset.read", "entity.list", "entity.read", "open_form.list", "open_form.read", "score.read"}
_REVIEW = {"submission.update", "submission.review"}
_MANAGE = _READ | _REVIEW | {
    "project.update", "project.delete", "form.create", "form.update", "form.delete", "form.restore",
    "submission.create", "submission.delete", "submission.restore", "dataset.create", "dataset.update",
    "dataset.delete", "entity.create", "entity.update", "entity.delete", "entity.restore", "field_key.list",
    "field_key.create", "field_key.delete", "assignment.list", "assignment.create", "assignment.delete",
    "public_link.list", "public_link.create", "public_link.read", "public_link.update", "public_link.delete",
    "session.end", "audit.read", "period.lock"}
_ADMIN = _MANAGE | {
    "project.create", "user.list", "user.create", "user.read", "user.update", "user.delete", "user.password.invalidate",
    "role.list", "village.update", "config.read", "config.set"}

ROLES: tuple[Role, ...] = (
    Role(1, "admin", "Administrator", frozenset(_ADMIN)),
    Role(2, "app-user", "App User", frozenset({"open_form.read", "submission.create"})),
    Role(3, "pwreset", "Password Reset Token", frozenset({"user.password.reset"})),
    Role(5, "manager", "Project Manager", frozenset(_MANAGE)),
    Role(6, "viewer", "Project Viewer", frozenset(_READ)),
    Role(7, "formview", "Form Viewer", frozenset({"form.list", "form.read", "project.read", "submission.list",
                                                  "submission.read", "open_form.list", "open_form.read"})),
    Role(8, "formfill", "Data Collector", frozenset({"project.read", "open_form.list", "open_form.read", "submission.create"})),
    Role(9, "pub-link", "Public Link", frozenset({"open_form.read", "submission.create"})),
    # Ours: reviews the submissions of an area, may not change forms or people.
    Role(10, "reviewer", "Reviewer", frozenset(_READ | _REVIEW)),
)
BY_ID = {role.id: role for role in ROLES}
BY_SYSTEM = {role.system: role for role in ROLES}

# What cannot be narrowed to an area: who holds a role for some villages only may not do these to the whole project.
WHOLE = frozenset({
    "project.update", "project.delete", "project.create", "form.create", "form.update", "form.delete", "form.restore",
    "dataset.create", "dataset.update", "dataset.delete", "public_link.create", "public_link.update",
    "public_link.delete", "audit.read", "period.lock", "user.list", "user.create", "user.read", "user.update",
    "user.delete", "user.password.invalidate", "village.update", "config.read", "config.set"})


@dataclass(frozen=True, slots=True)
class Grant:
    """One assignment of a role. `project_id` None is everywhere, `form` None every form, `area` "" every area."""

    role_id: int
    project_id: int | None = None
    form: str | None = None
    area: str = ""

    def gives(self, verb: str) -> bool:
        """Whether the role has the verb, and the verb can be narrowed to the grant's area."""
        return verb in BY_ID[self.role_id].verbs and not (self.area and verb in WHOLE)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends the request: nobody (`actor_id` None), a person, or a phone (`kind` "field_key")."""

    actor_id: int | None = None
    kind: str = "nobody"
    display_name: str = ""
    language: str | None = None
    project_id: int | None = None  # of an app user: the only project it belongs to
    grants: tuple[Grant, ...] = ()
    session: str | None = None  # hash of the session token, when it came by session
    csrf: str | None = None
    by_cookie: bool = False
    extra: dict[str, str] = field(default_factory=dict)

    def areas(self, verb: str, project_id: int | None = None, form: str | None = None) -> tuple[str, ...]:
        """Area codes under which the caller may `verb`: () not at all, ("",) everywhere.

        A code covers itself and all codes below it: "19.06.01" covers "19.06.01.2001".
        """
        found = {grant.area for grant in self.grants if grant.gives(verb)
                 and grant.project_id in (None, project_id) and grant.form in (None, form)}
        return ("",) if "" in found else tuple(sorted(found))

    def may(self, verb: str, project_id: int | None = None, form: str | None = None) -> bool:
        return bool(self.areas(verb, project_id, form))

    def verbs(self, project_id: int | None = None) -> list[str]:
        """All verbs of the caller in this project, sorted."""
        return sorted({verb for grant in self.grants if grant.project_id in (None, project_id)
                       for verb in BY_ID[grant.role_id].verbs if grant.gives(verb)})

    def projects(self, verb: str) -> tuple[int, ...] | None:
        """Ids of projects in which the caller may `verb`; None means all of them."""
        found = [grant.project_id for grant in self.grants if grant.gives(verb)]
        return None if None in found else tuple(sorted({project for project in found if project is not None}))


NOBODY = Caller()


def covers(areas: Iterable[str], code: str) -> bool:
    """Whether a code lies under one of the areas, cut at dots: "19.06.0" does not cover "19.06.01"."""
    return any(area == "" or code == area or code.startswith(area + ".") for area in areas)
