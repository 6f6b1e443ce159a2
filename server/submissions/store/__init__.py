"""Statements on submissions: the one door in (`arrival`), what is stored (`records`), its files (`slots`),
what was refused (`quarantine`) and taken in all the same (`taking`)."""

from server.submissions.store.arrival import (
    Outcome,
    Plan,
    Post,
    Sent,
    arrive,
    keep,
    plan,
    settle,
)
from server.submissions.store.facts import Facts, gather
from server.submissions.store.quarantine import (
    Held,
    Keeping,
    Refused,
    accepted_as,
    discard,
    files_of,
    held,
    held_counts,
    held_one,
    held_waiting,
    keeping,
    put_aside,
    reading_form,
)
from server.submissions.store.records import (
    Described,
    actors,
    attachments,
    current,
    delete,
    describe,
    described,
    drop_trials,
    find,
    find_visible,
    get,
    in_areas,
    listed,
    restore,
    set_state,
    submitters,
    version_of,
    versions,
    visible,
    waiting,
)
from server.submissions.store.slots import fill, missing, slot
from server.submissions.store.taking import Beside, accept, beside, instance_of

__all__ = [
    "Beside", "Described", "Facts", "Held", "Keeping", "Outcome", "Plan", "Post", "Refused", "Sent", "accept",
    "accepted_as", "actors", "arrive", "attachments", "beside", "current", "delete", "describe", "described",
    "discard", "drop_trials", "files_of", "fill", "find", "find_visible", "gather", "get", "held", "held_counts",
    "held_one", "held_waiting", "in_areas", "instance_of", "keep", "keeping", "listed", "missing", "plan", "put_aside", "reading_form",
    "restore", "set_state", "settle", "slot", "submitters", "version_of", "versions", "visible", "waiting",
]
