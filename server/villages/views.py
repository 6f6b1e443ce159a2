"""Routes of villages and their scores, for programs (the pages lie in the desk)."""

from __future__ import annotations

from typing import Any

from flask import g

from server.blueprints import Need, Room
from server.projects import store as projects
from server.villages import store
from server.villages.schemas import ScoreQuery, ScoreShown, VillageShown

room = Room("villages", __name__, face="json", url_prefix="/v1")


@room.on("GET HEAD", "/projects/<int:project>/villages", Need("score.read"), answers=[VillageShown])
def list_villages(project: int) -> Any:
    """The villages of the caller's areas, by code."""
    projects.get(project)
    return VillageShown(many=True).dump(store.inside(g.caller.areas("score.read", project)))


@room.on("GET HEAD", "/projects/<int:project>/scores", Need("score.read"), query=ScoreQuery, answers=[ScoreShown])
def list_scores(project: int, query: dict[str, Any]) -> Any:
    """The scores of a period in the caller's areas, by village code."""
    projects.get(project)
    period = query["period"] or next(iter(store.periods(project)), "")
    locked = store.locked_since(project, period) is not None
    found = store.told(project, period, g.caller.areas("score.read", project))
    return [ScoreShown().dump({
        "village_code": row.village_code, "period": row.period, "xml_form_id": form, "form_version": version, "instance_id": instance,
        "kind": row.kind, "status": row.status, "formed": row.formed, "total": row.total, "readiness": row.result.get("readiness"),
        "lower": row.lower, "upper": row.upper, "completeness": row.completeness, "class_": row.result.get("class"), "locked": locked,
        "computed_at": row.computed_at, "result": row.result}) for row, form, version, instance in found]
