"""The banner over every page of a project that holds examples (DOMAIN §3: demo data must be marked)."""

from __future__ import annotations

from typing import Any

from server.desk.layout import caller, here
from server.desk.room import room
from server.desk.scores_words import is_example
from server.projects import store as projects


def example() -> bool:
    """Whether the page belongs to a project with made-up data; on problem pages outside a project it is not asked."""
    project = here()
    return project is not None and caller().actor_id is not None and is_example(projects.find(project))


@room.app_context_processor
def marks() -> dict[str, Any]:
    return {"example": example}
