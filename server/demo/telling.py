"""What `pokja demo` prints: accounts, the phone link and its QR code (issue 2, point 1)."""

from __future__ import annotations

import io

import segno

from server.accounts import store as accounts
from server.demo import people
from server.projects.models import Project


def base(public_url: str, port: int) -> str:
    """The address people type."""
    return public_url or f"http://127.0.0.1:{port}"


def phone_link(project: Project, address: str) -> str | None:
    """The enrolment link of the field worker whose phone is shown; None when it was revoked."""
    token = next((phone.token for phone, actor in accounts.app_users(project.id) if actor.display_name == people.PHONE.name), None)
    return f"{address}/#token={token}&project={project.id}" if token else None


def qr(link: str) -> str:
    """A QR code of block characters for the terminal."""
    drawn = io.StringIO()
    segno.make(link, error="l").terminal(drawn, compact=True, border=2)
    return drawn.getvalue().rstrip("\n")


def sheet(project: Project, address: str) -> str:
    """Everything a first visitor needs, on one screen."""
    lines = [f"{people.PROJECT}", f"{people.DESCRIPTION}", "", f"Meja kerja / desk: {address}/desk"]
    for person in people.PEOPLE:
        known = accounts.check_password(person.email, people.PASSWORD) is not None
        secret = people.PASSWORD if known else "(sandi sudah diganti / password changed)"
        lines.append(f"  {person.email:<30}{secret:<22}{person.task}")
    link = phone_link(project, address)
    lines.append("")
    if link is None:
        lines.append(f"Tautan ponsel {people.PHONE.name} sudah dicabut; buat yang baru di meja kerja, menu Ponsel.")
    else:
        lines += [f"Tautan ponsel / phone link ({people.PHONE.name}):", f"  {link}", qr(link)]
    return "\n".join(lines)
