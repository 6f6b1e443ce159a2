"""What must also happen, in the same transaction, when a submission's state or current version changes.

Rooms lie in layers: submissions and reviews may not import villages, which keeps the scores. The application names
the followers once (`app.py`); there is nothing to subscribe to at run time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

Follower = Callable[[int], None]
_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Call `follower(submission_id)` after every change of state, current version or deletion."""
    if follower not in _followers:
        _followers.append(follower)


def changed(submission_id: int) -> None:
    """Tell the followers; called by whoever changed the submission, after its rows are flushed."""
    for follower in _followers:
        follower(submission_id)


_trials: list[Follower] = []


def follow_trials(follower: Follower) -> None:
    """Call `follower(form_id)` when a form's draft is replaced, deleted or published: its trial data goes."""
    if follower not in _trials:
        _trials.append(follower)


def trials_ended(form_id: int) -> None:
    """Tell the followers; called by whoever ends a draft, before its row goes."""
    for follower in _trials:
        follower(form_id)


_publishing: list[Follower] = []


def follow_publishing(follower: Follower) -> None:
    """Call `follower(form_id)` after a version of a form was published."""
    if follower not in _publishing:
        _publishing.append(follower)


def published(form_id: int) -> None:
    """Tell the followers; called by whoever published, after the rows are flushed."""
    for follower in _publishing:
        follower(form_id)


# Codes that are in the list of villages, as last read. Only a code that is not among them costs a look.
_codes: frozenset[str] = frozenset()
_read_codes: Callable[[], Iterable[str]] | None = None


def areas_from(reader: Callable[[], Iterable[str]]) -> None:
    """Name the function that gives all codes of the list of villages."""
    global _read_codes, _codes
    _read_codes, _codes = reader, frozenset()


def is_area(code: str) -> bool:
    """Whether a code is in the list of villages; every code is while the list is empty or there is none."""
    global _codes
    if code in _codes or _read_codes is None:
        return True
    found = frozenset(_read_codes())
    _codes = found
    return code in found or not found
