"""What every page shares: navigation by grant, the forgery word, addresses of assets, problems in words (DESIGN §6, §10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from flask import Flask, current_app, g, request, url_for
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from server.desk import words
from server.desk.assets import address
from server.desk.room import room
from server.grants import NOBODY, Caller
from server.problems import Problem


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation: shown to whoever holds the verb in the project of the page."""

    endpoint: str
    words: Any
    verb: str


NAVIGATION = (
    Entry("desk.queue", _l("Review"), "submission.review"),
    Entry("desk.scores", _l("Scores"), "score.read"),
    Entry("desk.data", _l("Data"), "submission.read"),
    Entry("desk.lists", _l("Lists"), "dataset.list"),
    Entry("desk.phones", _l("Phones"), "field_key.list"),
    Entry("desk.forms", _l("Forms"), "form.update"),
    Entry("desk.people", _l("People"), "user.list"),
)
# What a person at the desk can do about it; a problem that is not here shows its own sentence.
SENTENCES = {
    "401.2": _l("Please log in first."),
    "403.1": _l("Your account may not do that here. Ask the administrator if you need it."),
    "403.2": _l("The page was open too long. Go back, load it again and repeat."),
    "404.1": _l("There is nothing at this address. It may have been moved, or it lies outside your area."),
    "413.1": _l("The file is too large for this server."),
    "500.1": _l("Something went wrong on the server. Nothing was changed. Tell the administrator this number:"),
    "507.1": _l("The disk of the server is full. Nothing was stored; tell the administrator."),
}


def caller() -> Caller:
    """Who looks at the page; nobody on problem pages outside a view."""
    found: Caller = g.get("caller", NOBODY)
    return found


def here() -> int | None:
    """The project of the page's address."""
    return (request.view_args or {}).get("project")


def navigation() -> list[dict[str, Any]]:
    """The lines this caller sees, with the present one marked."""
    project = here()
    if project is None:
        return []
    section = g.get("section") or (request.endpoint or "")
    return [{"href": url_for(entry.endpoint, project=project), "words": entry.words,
             "present": section == entry.endpoint or section.startswith(entry.endpoint + "_")}
            for entry in NAVIGATION
            if entry.endpoint in current_app.view_functions and caller().may(entry.verb, project)]


def forgery_word() -> Markup:
    """The hidden field that every form of ours carries (PROTOCOL §1, cookie)."""
    return Markup('<input type="hidden" name="__csrf" value="{}">').format(caller().csrf or "")


def sentence(problem: Problem) -> Any:
    """A problem in the page's language, as far as it has words for it."""
    return SENTENCES.get(problem.code, problem.message)


@room.app_context_processor
def shared() -> dict[str, Any]:
    """Names that all templates know."""
    return {"caller": caller(), "navigation": navigation, "csrf": forgery_word, "asset": address,
            "language": words.language(), "languages": words.LANGUAGES, "sentence": sentence, "project": here()}


room.record_once(lambda state: words.install(cast(Flask, state.app)))
