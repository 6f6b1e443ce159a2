"""The blueprint of submissions, and what its pages share: the record an address means."""

from __future__ import annotations

from flask import g

from server.blueprints import Need, Room
from server.problems import Problem
from server.publishing import store as publishing
from server.publishing.models import FormRow
from server.submissions import store
from server.submissions.models import Submission

room = Room("submissions", __name__, face="json", url_prefix="/v1")
ALL = "/projects/<int:project>/forms/<form>/submissions"
ONE = f"{ALL}/<instance>"
LIST = Need("submission.list")
READ = Need("submission.read", own=True)  # a phone reads back what it sent, nothing else
UPDATE = Need("submission.update")
# What a filled form may be refused for, by whatever door it comes.
REFUSALS = "400.2 400.8 400.13 404.5 404.6 409.1 409.2 409.8 409.9 409.18"


def record(project: int, form: str, instance: str, verb: str = "submission.read", *,
           deleted: bool = False) -> tuple[FormRow, Submission]:
    """The form and the submission of an address; 404.1 when it does not exist or lies outside the caller's areas."""
    row = publishing.get_form(project, form)
    found = store.find_visible(g.caller, project, row, instance, verb=verb, deleted=deleted)
    if found is None:
        raise Problem("404.1", message=f"There is no submission {instance} here.")
    return row, found
