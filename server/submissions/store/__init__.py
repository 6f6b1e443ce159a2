"""Statements on submissions: the one door in (`arrival`), what is stored (`records`), its files (`slots`)."""

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

__all__ = [
    "Described", "Facts", "Outcome", "Plan", "Post", "Sent", "actors", "arrive", "attachments", "current",
    "delete", "describe", "described", "drop_trials", "fill", "find", "find_visible", "gather", "get", "in_areas",
    "keep", "listed", "missing", "plan", "restore", "set_state", "settle", "slot", "submitters", "version_of",
    "versions", "visible", "waiting",
]
