"""The door of the desk: straight to the only project, or the list of one's projects (DESIGN §6)."""

from __future__ import annotations

from flask import Response, current_app, g, redirect, render_template, url_for

from server.blueprints import SIGNED_IN
from server.desk import store
from server.desk.layout import NAVIGATION
from server.desk.room import room
from server.submissions import store as submissions


@room.on("GET HEAD", "", SIGNED_IN)
def home() -> Response | str:
    """One project opens at its first page; of several one is chosen."""
    found = [(project, first_page(project.id), submissions.held_waiting(project.id, g.caller.areas("submission.update", project.id)))
             for project in store.projects(g.caller.projects("project.read"))]
    if len(found) == 1:
        return redirect(found[0][1])  # type: ignore[return-value]
    return render_template("desk/home.html", projects=found)


def first_page(project: int) -> str:
    """The first page of the navigation that this caller may see in a project."""
    for entry in NAVIGATION:
        if entry.endpoint in current_app.view_functions and g.caller.may(entry.verb, project):
            return url_for(entry.endpoint, project=project)
    return url_for("desk.home")
