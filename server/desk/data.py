"""Data to take away: each form's submissions as files, and the address for Excel, Power BI and QGIS (PROTOCOL §4, §5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import g, render_template
from flask_babel import lazy_gettext as _l

from forms import walk
from forms.positions import GEOGRAPHIES
from server.addresses import base
from server.blueprints import Need
from server.desk.phones import area_words
from server.desk.places import Places
from server.desk.room import room
from server.exports import store
from server.paths import encoded
from server.publishing import store as publishing
from server.streams import Snapshot

DATA = "/<int:project>/data"
STATES = ((None, "received", _l("not reviewed")), ("edited", "edited", _l("corrected")), ("hasIssues", "hasIssues", _l("sent back")),
          ("approved", "approved", _l("approved")), ("rejected", "rejected", _l("rejected")))
CHOICES = (("", _l("All submissions")), ("__system/reviewState eq 'approved'", _l("Only approved ones")),
           ("__system/reviewState eq null or __system/reviewState eq 'edited'", _l("Only those that wait for review")))


@dataclass(frozen=True, slots=True)
class Offer:
    """A form with what can be taken of it; `counts` by review state are those of the files at this moment."""

    title: str
    xml_form_id: str
    version: str
    counts: dict[str | None, int]
    address: str
    odata: str
    has_repeats: bool
    has_positions: bool

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@room.on("GET HEAD", DATA, Need("submission.read", anywhere=True))
def data(project: int) -> str:
    """The forms whose submissions one may read, with the formats there are."""
    areas = {area for form, _version in publishing.forms_of(project)
             for area in g.caller.areas("submission.read", project, form.xml_form_id)}
    offers, moment = _offers(project)
    return render_template("data/page.html", offers=offers, moment=moment, states=STATES, choices=CHOICES,
                           where=area_words(areas, Places.of(areas)))


def _offers(project: int) -> tuple[list[Offer], datetime]:
    found = []
    with Snapshot() as snapshot:
        for row, version in publishing.forms_of(project):
            areas = g.caller.areas("submission.read", project, row.xml_form_id)
            if not areas:
                continue
            form = publishing.definition(version)
            path = f"/projects/{project}/forms/{encoded(row.xml_form_id)}"
            found.append(Offer(
                version.title, row.xml_form_id, version.version, store.by_state(snapshot, store.Wanted(row.id, areas)),
                f"/v1{path}", base(f"{path}.svc"), bool(form.repeats), any(each.type in GEOGRAPHIES for each in walk(form.fields))))
        return found, snapshot.moment
