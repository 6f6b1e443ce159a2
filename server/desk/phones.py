"""Phones of a project: who has one, when it was last heard of, the link and QR codes that set one up (PROTOCOL §1, §2.9)."""

from __future__ import annotations

import io

import segno
from flask import Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from server.accounts import role_store
from server.accounts import store as accounts
from server.accounts.models import Actor, AppUser
from server.blueprints import Need
from server.desk.places import Places
from server.desk.room import room
from server.grants import covers
from server.openrosa import addresses
from server.problems import Problem
from server.projects import store as projects
from sync.settings_qr import collect_settings

PHONES = "/<int:project>/phones"


@room.on("GET HEAD", PHONES, Need("field_key.list"))
def phones(project: int) -> str:
    """The phones of one's area with their last contact."""
    return _list_page(project, "", "")


def _list_page(project: int, name: str, area: str, missing: str = "") -> str:
    places = Places.of(g.caller.areas("field_key.list", project))
    mine = _mine(project)
    return render_template("desk/phones.html", phones=[(phone, actor, area_words(areas, places)) for phone, actor, areas in mine],
                           places=places, name=name, area=area, missing=missing,
                           everywhere="" in g.caller.areas("field_key.create", project), may_create=g.caller.may("field_key.create", project))


def _mine(project: int) -> list[tuple[AppUser, Actor, set[str]]]:
    """Phones all of whose areas lie in the caller's."""
    found = accounts.app_users(project)
    areas = role_store.areas_of([actor.id for _, actor in found], project)
    own = g.caller.areas("field_key.list", project)
    return [(phone, actor, areas[actor.id]) for phone, actor in found if all(covers(own, area) for area in areas[actor.id])]


def area_words(areas: set[str], places: Places) -> str:
    """Areas by name: sub-districts and villages, or the whole district."""
    if "" in areas:
        return str(_("Whole district"))
    names = dict(places.subdistricts())
    return ", ".join(sorted(places.name(area) or names.get(area) or area for area in areas)) or str(_("No area"))


@room.on("POST", PHONES, Need("field_key.create"))
def add_phone(project: int) -> Response | str:
    """Make a phone's account and show its link."""
    name, area = request.form.get("name", "").strip(), request.form.get("area", "")
    if not name:
        return _list_page(project, name, area, missing=_("Enter the officer's name."))
    area = role_store.checked_area(area)
    if not covers(g.caller.areas("field_key.create", project), area):
        raise Problem("403.1")
    phone = accounts.create_app_user(project, name, g.caller.actor_id, area)
    return redirect(url_for("desk.phone", project=project, phone=phone.actor_id), 303)  # type: ignore[return-value]


@room.on("GET HEAD", PHONES + "/<int:phone>", Need("field_key.list"))
def phone(project: int, phone: int) -> str:
    """One phone: its link, the QR code of our app and the one of ODK Collect."""
    g.section = "desk.phones"
    found, actor, areas = _one(project, phone)
    link = f"{addresses.here()}/#token={found.token}&project={project}" if found.token else ""
    return render_template("desk/phone.html", phone=found, actor=actor, link=link, ours=qr(link, "m") if link else "",
                           collect=qr(_collect(project, found.token), "l") if found.token else "",
                           where=area_words(areas, Places.of(g.caller.areas("field_key.list", project))),
                           maker=accounts.name_of(found.created_by), may_revoke=g.caller.may("field_key.delete", project))


def _one(project: int, actor_id: int) -> tuple[AppUser, Actor, set[str]]:
    for found in _mine(project):
        if found[1].id == actor_id:
            return found
    raise Problem("404.1")


def _collect(project: int, token: str) -> str:
    """The settings of ODK Collect for this phone."""
    return collect_settings(f"{addresses.here()}/v1/key/{token}/projects/{project}", projects.get(project).name)


def qr(text: str, level: str) -> Markup:
    """A QR code as SVG without a size of its own."""
    made = io.BytesIO()
    segno.make(text, error=level, boost_error=False, micro=False).save(
        made, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, light="#fff", svgclass=None, lineclass=None)
    return Markup(made.getvalue().decode())  # noqa: S704 (segno writes paths only, the text is not in it)


@room.on("POST", PHONES + "/<int:phone>/revoke", Need("field_key.delete"))
def revoke_phone(project: int, phone: int) -> Response:
    """Make a link useless: what the phone has not sent yet stays on it until it gets another link."""
    found, _actor, _areas = _one(project, phone)
    if found.token:
        accounts.revoke(found, by=g.caller.actor_id)
    return redirect(url_for("desk.phone", project=project, phone=phone, told="revoked"), 303)  # type: ignore[return-value]
