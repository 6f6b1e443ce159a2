"""Entity lists: what they hold, what is in conflict, how each entity came to what it says (PROTOCOL §6, EXPECTATIONS S7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server import refusal_store
from server.accounts import store as accounts
from server.blueprints import Need
from server.datasets import store
from server.datasets.models import Dataset, EntityVersion
from server.db import db
from server.desk.places import Places
from server.desk.room import room
from server.problems import Problem
from server.projects import store as projects

LISTS = "/<int:project>/lists"
LIST = LISTS + "/<dataset>"
ENTITY = LIST + "/<uuid>"
PAGE = 50
COLUMNS = 3  # properties beside the label; all of them stand on the entity's own page
CONFLICTS = ("soft", "hard")


@room.on("GET HEAD", LISTS, Need("dataset.list"))
def lists(project: int) -> str:
    """The entity lists of the project, with what of them the reader sees."""
    projects.get(project)
    found = store.lists(project)
    sight = _sight(project, "entity.list")
    around = store.forms_around([one.id for one in found])
    rows = [(one, around[one.id], store.counts(one, sight)) for one in found]
    return render_template("desk/lists.html", rows=rows)


def _sight(project: int, verb: str = "entity.read") -> store.Sight:
    return store.Sight(g.caller.areas(verb, project))


@room.on("GET HEAD", LIST, Need("entity.list"))
def lists_one(project: int, dataset: str) -> str:
    """One list: its entities, found by label, those in conflict apart."""
    found, sight = store.get_list(project, dataset), _sight(project, "entity.list")
    search, only = request.args.get("q", "").strip()[:100], request.args.get("conflict") == "yes"
    page = min(max(1, request.args.get("page", 1, int)), 100_000)
    pairs = store.listed(found, sight, conflicts=CONFLICTS if only else (), search=search, limit=PAGE + 1, offset=(page - 1) * PAGE)
    names = [one.name for one in store.properties(found.id)]
    return render_template(
        "desk/list.html", list=found, pairs=pairs[:PAGE], more=len(pairs) > PAGE, page=page, search=search, only=only, names=names,
        columns=[name for name in names if name != found.area_property][:COLUMNS], counts=store.counts(found, sight),
        forms=store.forms_around([found.id])[found.id], places=Places.of(sight.areas),
        pending=store.pending(found.id) if "" in sight.areas else {}, may_open=g.caller.may("form.update", project))


@dataclass(frozen=True, slots=True)
class Change:
    """One version of an entity: who made it when and from what, and what it changed (name, before, now)."""

    version: EntityVersion
    who: str
    lines: list[tuple[str, str | None, str | None]]
    record: dict[str, Any] | None


@room.on("GET HEAD", ENTITY, Need("entity.read"))
def lists_entity(project: int, dataset: str, uuid: str) -> str:
    """One entity: what it says, and every version with what it changed."""
    found = store.get_list(project, dataset)
    return _page(found, _entity(found, uuid, "entity.read"))


def _entity(found: Dataset, uuid: str, verb: str) -> store.Pair:
    """The entity of an address; what lies outside the reader's area is not there, and the attempt is logged."""
    pair = store.find(found, uuid, _sight(found.project_id, verb))
    if pair is None:
        if store.find(found, uuid) is not None:
            refusal_store.outside(verb)
        raise Problem("404.1")
    return pair


def _page(found: Dataset, pair: store.Pair, wrong: str = "") -> str:
    entity, current = pair
    sight = _sight(found.project_id, "entity.update")
    mine = g.caller.may("entity.update", found.project_id) and store.find(found, entity.uuid, sight) is not None
    names = [one.name for one in store.properties(found.id)]
    return render_template("desk/entity.html", list=found, entity=entity, current=current, names=names, changes=changes(pair),
                           places=Places.of(sight.areas or _sight(found.project_id).areas), wrong=wrong,
                           may_resolve=mine and entity.conflict and not entity.deleted_at)


def changes(pair: store.Pair) -> list[Change]:
    """The versions of an entity, newest first."""
    rows = store.versions(pair[0].id)
    sources = store.submissions_named(row.submission_id for row in rows)
    told = [Change(row, accounts.name_of(row.creator_id), _lines(before, row), sources.get(row.submission_id or 0, {}).get("submission"))
            for before, row in zip([None, *rows], rows, strict=False)]
    return told[::-1]


def _lines(before: EntityVersion | None, after: EntityVersion) -> list[tuple[str, str | None, str | None]]:
    """What differs between two versions, the label first; of the first version nothing."""
    if before is None:
        return []
    old, new = {**before.data, "label": before.label}, {**after.data, "label": after.label}
    return [(name, old.get(name), new.get(name)) for name in sorted(old | new, key=lambda each: (each != "label", each))
            if old.get(name) != new.get(name)]


@room.on("POST", ENTITY + "/resolve", Need("entity.update"))
def lists_resolve(project: int, dataset: str, uuid: str) -> Response:
    """A person has looked at the conflict: what the entity says now stays. Not for what changed since the page was opened."""
    found = store.get_list(project, dataset)
    pair = _entity(found, uuid, "entity.update")
    maker = store.Maker(g.caller.actor_id, request.user_agent.string.replace("\0", "")[:255])
    try:
        store.change(found, pair[0].uuid, store.Given(), maker, base_version=request.form.get("version", 0, int), resolve=True,
                     sight=_sight(project, "entity.update"))
    except Problem as problem:
        if problem.code not in ("400.32", "409.15"):
            raise
        db.session.rollback()
        wrong = _("It changed meanwhile. Look at it again before you decide.") if problem.code == "409.15" else _("The conflict is settled already.")
        return make_response(_page(found, _entity(found, uuid, "entity.read"), wrong), problem.status)
    return redirect(url_for("desk.lists_entity", project=project, dataset=dataset, uuid=uuid, told="saved"), 303)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a submission made of an entity: `state` is done, waiting, held or failed; `href` leads to it, if it can be seen."""

    dataset: str
    label: str
    state: str
    why: str = ""
    href: str = ""


def effects(project: int, instance_id: str, submission_id: int, version_id: int) -> list[Effect]:
    """What became of the entities that a version of a submission wants: made, waiting, or why not."""
    sight, shown, settled = _sight(project), [], set()
    failed = {(one["dataset"], one["uuid"]): one for one in store.errors(project, instance_id, version_id)}
    for wish, dataset in store.of_submission(submission_id):
        settled.add((dataset.name, wish.uuid))
        pair = store.find(dataset, wish.uuid, sight)
        error = failed.get((dataset.name, wish.uuid))
        href = url_for("desk.lists_entity", project=project, dataset=dataset.name, uuid=wish.uuid) if pair else ""
        shown.append(Effect(dataset.name, wish.action.get("label") or (pair[1].label if pair else ""), wish.state,
                            reason(error) if wish.state == "failed" and error else "", href))
    return shown + [Effect(name, "", "failed", reason(one)) for (name, uuid), one in failed.items() if (name, uuid) not in settled]


def reason(error: dict[str, Any]) -> str:
    """Why an entity was not made or changed, in the page's language; the recorded sentence for a code without words."""
    said = {"409.3": _("There is already an entry with this number."), "400.2": _("It has no label, or its number is missing."),
            "400.11": _("Its number or its version is malformed."), "404.7": _("There is no such list."), "404.8": _("The entry to be changed is not in the list."),
            "404.9": _("The version it starts from does not exist."), "403.1": _("It lies outside the area of who sent it.")}
    return str(said.get(str(error.get("problem", {}).get("problemCode")), error.get("errorMessage", "")))

