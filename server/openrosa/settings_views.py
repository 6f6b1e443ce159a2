"""How a phone is connected: the text of Collect's settings QR and our own enrolment link (PROTOCOL §2.9, DESIGN §5)."""

from __future__ import annotations

from flask import g
from marshmallow import fields

from server.accounts import role_store
from server.accounts import store as accounts
from server.blueprints import Need
from server.grants import covers
from server.openrosa import addresses
from server.openrosa.room import room
from server.problems import Problem
from server.projects import store as projects
from server.schemas import Wire
from sync.settings_qr import collect_settings


class Connecting(Wire):
    """What to show as QR codes, and the address inside both. All of it is as secret as the phone's token."""

    server_url = fields.String()
    collect = fields.String()
    link = fields.String()


@room.on("GET HEAD", "/projects/<int:project>/app-users/<int:phone>/settings", Need("field_key.list"), face="json",
         answers=Connecting)
def phone_settings(project: int, phone: int) -> dict[str, str]:
    """The settings of ODK Collect (a QR code of level L) and the link of our own app, for one phone."""
    row, _ = accounts.app_user(project, phone)
    areas = g.caller.areas("field_key.list", project)
    if areas != ("",) and not _all_within(areas, phone, project):
        raise Problem("404.1", message=f"There is no app user {phone} in this project.")
    if row.token is None:
        raise Problem("404.1", message="The link of this phone was revoked; make a new phone.")
    url = f"{addresses.here()}/v1/key/{row.token}/projects/{project}"
    told: dict[str, str] = Connecting().dump({
        "server_url": url, "collect": collect_settings(url, projects.get(project).name),
        "link": f"{addresses.here()}/#token={row.token}&project={project}"})
    return told


def _all_within(areas: tuple[str, ...], phone: int, project: int) -> bool:
    given = role_store.areas_of([phone], project)[phone]
    return bool(given) and all(covers(areas, area) for area in given)
