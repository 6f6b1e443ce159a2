"""What a submission's version wants of entity lists, done in the arrival's own transaction (PROTOCOL §6 "From submissions")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forms import Form
from forms.entities import Declaration, actions, declared
from server.datasets import store as datasets
from server.db import now

if TYPE_CHECKING:
    from server.submissions.store.arrival import Plan, Target

LATE_AT_ONCE = 20  # of those that waited too long for a predecessor, looked after beside an arrival
_KEPT = 200
_declared: dict[tuple[object, ...], tuple[Declaration, ...]] = {}


def arrived(planned: Plan, form: Form, submission_id: int, version_id: int, root_id: str) -> None:
    """A version was stored: do what it wants. Trials of a draft want nothing; most forms declare no list at all."""
    post = planned.post
    if not wanted(post.trial, planned.target, form):
        return
    asked = actions(post.instance, _of(planned.target, form))
    if asked:
        caller = post.caller
        areas = caller.areas("submission.create", post.project_id, planned.target.xml_form_id) or caller.areas(
            "submission.update", post.project_id, planned.target.xml_form_id)
        agent = (post.user_agent or "").replace("\0", "")
        datasets.receive(post.project_id, root_id, asked, datasets.Maker(caller.actor_id, agent, submission_id, version_id), areas)
    datasets.force(now(), LATE_AT_ONCE)


def wanted(trial: bool, target: Target, form: Form) -> bool:
    """Whether a record of this form may want anything of entity lists."""
    return not trial and bool(_of(target, form))


def approved(submission_id: int) -> None:
    """A submission was approved: what waited for that is done."""
    datasets.approve(submission_id)


def _of(target: Target, form: Form) -> tuple[Declaration, ...]:
    key = (target.version_id, target.sha256, target.created_at)
    if key not in _declared:
        if len(_declared) > _KEPT:
            _declared.clear()
        _declared[key] = declared(form)
    return _declared[key]
