"""The queue page: what to review first and why, narrowed to one's area (EXPECTATIONS S1, S7)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import g, render_template, request, url_for
from flask_babel import gettext as _

from server.blueprints import Need
from server.desk import signals, weighing
from server.desk.places import Places
from server.desk.room import room
from server.grants import covers
from server.publishing import store as publishing
from server.reviews import store as reviews
from server.reviews.store import Filters
from server.submissions import store as submissions
from server.villages import store as villages

PAGE = 30
STATES = ("waiting", "hasIssues", "approved", "rejected", "all")


@room.on("GET HEAD", "/<int:project>/queue", Need("submission.read"))
def queue(project: int) -> str:
    """Submissions of one's area by state, the riskiest waiting first."""
    weighing.refresh(project)
    areas = g.caller.areas("submission.read", project)
    places = Places.of(areas)
    filters = wanted(places)
    page = max(1, request.args.get("page", 1, int))
    lines = reviews.queue(project, areas, filters, PAGE + 1, (page - 1) * PAGE)
    return render_template(
        "desk/queue.html", lines=[shown(line, places, filters) for line in lines[:PAGE]], filters=filters, places=places, page=page,
        more=len(lines) > PAGE, counts=reviews.counts(project, areas, filters), states=state_names(),
        senders=reviews.senders(project, areas), periods=villages.periods(project), forms=publishing.forms_of(project),
        held=submissions.held_waiting(project, g.caller.areas("submission.update", project)),
        address=lambda **more: address(project, filters, **more), subdistrict=places.subdistrict_of(filters.area))


def wanted(places: Places) -> Filters:
    """The filters of the page's address; a village outside the chosen sub-district, or one's area, is none."""
    state = request.args.get("state", "waiting")
    subdistrict, village = request.args.get("kecamatan", ""), request.args.get("desa", "")
    if village and subdistrict and not covers((subdistrict,), village):
        village = ""
    search = request.args.get("q", "").strip()[:100]
    area = village or subdistrict or request.args.get("area", "")
    return Filters(state if state in STATES else "waiting", area, request.args.get("petugas", None, int),
                   request.args.get("periode", ""), request.args.get("form", ""), search, places.matching(search))


def query(filters: Filters, **more: Any) -> dict[str, Any]:
    """The filters as parts of an address, without those that narrow nothing."""
    values = {"state": "" if filters.state == "waiting" else filters.state, "area": filters.area,
              "petugas": filters.submitter or "", "periode": filters.period,
              "form": filters.form, "q": filters.search, **more}
    return {name: value for name, value in values.items() if value}


def address(project: int, filters: Filters, **more: Any) -> str:
    """The queue under these filters."""
    parts = query(filters, **more)
    return url_for("desk.queue", project=project) + ("?" + urlencode(parts) if parts else "")


def shown(line: reviews.Line, places: Places, filters: Filters) -> dict[str, Any]:
    """One line of the list in words."""
    submission = line.submission
    current = line.risk if line.risk and line.risk.version_id == line.version.id else None
    waits = submission.review_state in (None, "edited")
    return {"submission": submission, "form": line.form, "sender": line.sender,
            "village": places.name(submission.area) or submission.instance_name or _("Unknown village"),
            "subdistrict": places.subdistrict(submission.area), "state": submission.review_state or "received",
            "level": signals.level(current.points) if current and waits else "",
            "signals": [(signals.sentence(one, places.name), signals.colour(one)) for one in current.signals] if current and waits else [],
            "since": line.version.created_at, "weighed": current is not None,
            "href": url_for("desk.record", project=line.form.project_id, form=line.form.xml_form_id, instance=submission.instance_id,
                            **query(filters))}


def state_names() -> dict[str, str]:
    """Review states in the page's language."""
    return {"waiting": _("Waiting for review"), "received": _("New"), "edited": _("Resent"), "hasIssues": _("Needs correction"),
            "approved": _("Approved"), "rejected": _("Rejected"), "all": _("All")}
