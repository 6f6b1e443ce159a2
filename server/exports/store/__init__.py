"""Statements of exports: which submissions (`wanted`), their rows (`reading`), a filter as conditions, their files."""

from server.exports.store.conditions import NotSupported, Reader
from server.exports.store.media import Medium, audits, media
from server.exports.store.reading import Record, answers, records
from server.exports.store.state import state_of
from server.exports.store.wanted import Place, Wanted, by_state, count, newest

__all__ = ["Medium", "NotSupported", "Place", "Reader", "Record", "Wanted", "answers", "audits", "by_state", "count", "media",
           "newest", "records", "state_of"]
