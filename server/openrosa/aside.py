"""What the door refuses is kept for the office, once, before the refusal is answered (PROTOCOL §B.3)."""

from __future__ import annotations

import logging

from server import files
from server.db import db, transaction
from server.problems import Problem
from server.submissions import store as submissions
from server.submissions.store import Post, Refused

# Whoever was let in meant to hand these over. Of nobody, of a dead link, and of who may not send here, nothing is kept.
CODES = frozenset({"400.2", "400.13", "404.1", "404.5", "404.6", "409.1", "409.2", "409.8", "409.9", "409.18"})
KEPT = "A copy is kept for your supervisor."
log = logging.getLogger("pokja")


def refused(post: Post, problem: Problem) -> Refused:
    """A POST that could be read, as refused."""
    return Refused(post.project_id, post.caller, problem, post.instance.xml, post.instance, post.files, post.device_id, post.user_agent)


def put(what: Refused) -> Problem:
    """The refusal to answer: the same one, with a sentence when a copy is kept. Whatever fails here changes nothing.

    Ends the running transaction, which wrote nothing: what is refused is kept in one of its own.
    """
    problem = what.problem
    db.session.rollback()
    if problem.code not in CODES or not _may_send(what):
        return problem
    try:
        kept = _keep(what)
    except Exception as error:
        log.error("what was refused could not be kept: %s", error)
        return problem
    if not kept:
        return problem
    return Problem(problem.code, f"{problem.message} {KEPT}", problem.headers, **problem.details)


def _may_send(what: Refused) -> bool:
    """Whether its sender may send to this form, or to some form of the project where there is no telling which."""
    if what.instance is not None and what.problem.code != "404.1":
        return what.caller.may("submission.create", what.project_id, what.instance.xml_form_id)
    return any(grant.gives("submission.create") and grant.project_id in (None, what.project_id) for grant in what.caller.grants)


def _keep(what: Refused) -> bool:
    for sent in what.files:
        sent.measured()  # before any transaction: this reads the files whole
    with transaction(False):
        kept = submissions.keeping(what)
    if kept is None:
        return False
    for sent in kept.files:
        files.keeper().keep(sent.measured().sha256, sent.source)
    with transaction():
        return submissions.put_aside(kept)
