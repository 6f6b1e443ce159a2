"""Statements on reviews: decisions, remarks on questions and ratings of indicators, the queue and its risks."""

from server.reviews.store.decisions import REASONED, STATES, Returned, decide, history, returned_to
from server.reviews.store.guards import ANY, last_review, locks_from
from server.reviews.store.queue import Filters, Line, counts, order, queue, senders
from server.reviews.store.remarks import Entry, add_comment, all_ratings, comments, on_version, rate, ratings
from server.reviews.store.risks import any_unweighed, forget, keep, photo_used_by, risk_of, take_unweighed

__all__ = [
    "ANY", "REASONED", "STATES", "Entry", "Filters", "Line", "Returned", "add_comment", "all_ratings", "any_unweighed", "comments", "counts",
    "decide", "forget", "history", "keep", "last_review", "locks_from", "on_version", "order", "photo_used_by",
    "queue", "rate", "ratings", "returned_to", "risk_of", "senders", "take_unweighed",
]
