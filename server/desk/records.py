"""One submission: answers in form order, photos, place, what changed, what was said and decided (EXPECTATIONS S2–S4)."""

from __future__ import annotations

from typing import Any

from flask import Response, g, render_template, request, url_for

from forms.answers import generic_path
from server.accounts import store as accounts
from server.blueprints import Need
from server.desk import lists, past, pictures, place_map, sheet, signals, weighing, words
from server.desk.indicators import indicators, say
from server.desk.opening import Opened, opened
from server.desk.queue import address, query, state_names, wanted
from server.desk.room import room
from server.desk.sentences import fault
from server.grants import covers
from server.problems import Problem
from server.reviews import store as reviews
from server.submissions import store as submissions

RECORD = "/<int:project>/records/<form>/<instance>"
VIEWS = ("answers", "changes", "everything")


@room.on("GET HEAD", RECORD, Need("submission.read"))
def record(project: int, form: str, instance: str) -> str:
    """A submission, its current version unless `version` names an earlier one."""
    found = opened(project, form, instance, version_id=request.args.get("version", None, int))
    return render_record(found)


def render_record(found: Opened, view: str | None = None) -> str:
    """The page of a submission as its reader may see it."""
    view = view or request.args.get("view", "")
    if view not in VIEWS:
        view = "changes" if found.submission.review_state == "edited" and found.earlier else "answers"
    g.section = "desk.queue"
    sections = sheet.read(source_of(found), everything=view == "everything")
    filters = wanted(found.places)
    following = next_of(found, filters)
    return render_template(
        "desk/record.html", found=found, here=found.parts(), view=view, sections=sections, states=state_names(), query=query(filters),
        changes=sum(line.changed for section in sections for line in section.lines()),
        files={slot.name: slot for slot in submissions.attachments(found.version.id)},
        faults=[fault(one) for one in found.version.disagreements if not _on_line(found, one["path"])],
        whole=[entry for entry in reviews.comments(found.submission.id) if entry.comment.path is None],
        signals=_signals(found), drawing=_drawing(found), history=past.entries(found), result=indicators(found),
        claimed=signals.claimed(found.version.answers, found.form), minutes=signals.duration(found.version.answers, found.form),
        effects=lists.effects(found.project, found.submission.instance_id, found.submission.id, found.version.id),
        sender=accounts.name_of(found.version.submitter_id), names=accounts.name_of, say=say, far=signals.distance,
        may_decide=may_decide(found), back=address(found.project, filters),
        following=record_address(found.project, *following, **query(filters)) if following else None)


def source_of(found: Opened) -> sheet.Source:
    """What the sheet of a version is made of, with the answers of the version before."""
    comments: dict[str, list[Any]] = {}
    for entry in reviews.comments(found.submission.id):
        if entry.comment.path and entry.comment.version_id <= found.version.id:
            comments.setdefault(entry.comment.path, []).append(entry)
    faults: dict[str, list[str]] = {}
    for one in found.version.disagreements:
        faults.setdefault(one["path"], []).append(fault(one))
    return sheet.Source(found.form, found.version.answers, words.language(), found.earlier.answers if found.earlier else None,
                        comments, faults)


def _on_line(found: Opened, path: str) -> bool:
    known = found.form.by_path.get(generic_path(path))
    return known is not None and not known.container


def _signals(found: Opened) -> list[tuple[str, str]]:
    """What speaks for care, in words. Computed here when the queue has not weighed this version yet."""
    kept = reviews.risk_of(found.submission.id, found.version.id)
    listed = kept.signals if kept else weighing.gather(found.submission, found.version)[0]
    return [(signals.sentence(one, found.places.name), signals.colour(one)) for one in listed]


def _drawing(found: Opened) -> place_map.Drawing | None:
    village = found.places.villages.get(found.submission.area)
    return place_map.draw(village, weighing.point_of(found.form, found.version.answers), found.places)


def may_decide(found: Opened) -> bool:
    """Whether this reader may decide, on the version that is looked at."""
    areas = g.caller.areas("submission.review", found.project, found.row.xml_form_id)
    return found.version.current and covers(areas, found.submission.area)


def next_of(found: Opened, filters: Any) -> tuple[str, str] | None:
    """The submission after this one in the queue, (form, instance): its successor, else the first of the queue."""
    areas = g.caller.areas("submission.read", found.project)
    order = reviews.order(found.project, areas, filters)
    here = (found.row.xml_form_id, found.submission.instance_id)
    at = order.index(here) if here in order else -1
    after = order[at + 1:] + order[:max(at, 0)]
    return after[0] if after else None


def record_address(project: int, form: str, instance: str, **more: Any) -> str:
    """The page of a submission."""
    return url_for("desk.record", project=project, form=form, instance=instance, **more)


@room.on("GET HEAD", RECORD + "/files/<int:version>/<name>", Need("submission.read"))
def picture(project: int, form: str, instance: str, version: int, name: str) -> Response:
    """A file of a version of a submission; `size=small` gives a small picture."""
    found = opened(project, form, instance, version_id=version)
    slot = next((slot for slot in submissions.attachments(found.version.id, strays=True) if slot.name == name), None)
    if slot is None or slot.sha256 is None:
        raise Problem("404.1")
    return pictures.small(slot.sha256) if request.args.get("size") == "small" else pictures.whole(slot.sha256, name)


