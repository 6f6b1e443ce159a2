"""Statements on people, phones, roles and log-ins."""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, or_, select, update

from server.accounts.models import Actor, AppUser, Assignment, FailedLogin, Session, User
from server.db import db, now
from server.grants import Caller, Grant
from server.problems import Problem

_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
TOKEN_LETTERS = string.ascii_letters + string.digits + "!$"
PAUSE = timedelta(minutes=15)


def new_token() -> str:
    """64 characters of `[A-Za-z0-9!$]`, as Central's tokens (PROTOCOL §1)."""
    return "".join(secrets.choice(TOKEN_LETTERS) for _ in range(64))


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def create_user(email: str, password: str | None, display_name: str = "") -> User:
    """A new person. Raises 409.3 when the address is taken, 400.21 when the password is too short."""
    email = email.strip()
    if not 3 <= len(email) <= 320 or "@" not in email:
        raise Problem("400.8", field="email", value=email, reason="it is not an e-mail address.")
    if find_user(email):
        raise Problem("409.3", what="A user with the address", value=email)
    actor = _create_actor("user", display_name or email)
    user = User(actor_id=actor.id, email=email.lower())
    db.session.add(user)
    if password is not None:
        set_password(user, password)
    db.session.flush()
    return user


def _create_actor(kind: str, display_name: str) -> Actor:
    actor = Actor(type=kind, display_name=display_name[:200], created_at=now())
    db.session.add(actor)
    db.session.flush()
    return actor


def set_password(user: User, password: str) -> None:
    """Set a password of 10 characters to 72 bytes; ends every log-in of the person."""
    if len(password) < 10:
        raise Problem("400.21", min=10)
    if len(password.encode()) > 72:
        raise Problem("400.8", field="password", value="…", reason="it is longer than 72 bytes.")
    user.password = _hasher.hash(password)
    db.session.execute(delete(Session).where(Session.actor_id == user.actor_id))
    db.session.flush()


def find_user(email: str) -> User | None:
    """A living person by address, in any case."""
    return db.session.scalar(select(User).join(Actor).where(User.email == email.strip().lower(), Actor.deleted_at.is_(None)))


def check_password(email: str, password: str) -> User | None:
    """The person whose password this is. An unknown address costs the same time as a wrong password."""
    user = find_user(email)
    try:
        _hasher.verify(user.password if user and user.password else _DECOY, password[:200])
    except (VerificationError, InvalidHashError):
        return None
    return user if user and user.password else None


_DECOY = _hasher.hash(secrets.token_hex(16))


def pause_guessing(subject: str, tries: int) -> None:
    """Raise 429.1 when too many wrong passwords came for this subject lately."""
    since = now() - PAUSE
    failed = db.session.scalar(select(func.count()).select_from(FailedLogin).where(
        FailedLogin.subject == subject, FailedLogin.at > since))
    if (failed or 0) >= tries:
        raise Problem("429.1", minutes=15, headers={"Retry-After": "900"})


def note_failure(subject: str) -> None:
    """Remember a wrong password, and forget old ones."""
    db.session.execute(delete(FailedLogin).where(FailedLogin.at < now() - PAUSE))
    db.session.add(FailedLogin(subject=subject, at=now()))
    db.session.flush()


def forget_failures(subject: str) -> None:
    db.session.execute(delete(FailedLogin).where(FailedLogin.subject == subject))


def open_session(user: User, hours: int) -> tuple[str, Session]:
    """A new log-in: its token (kept only as a hash) and its row."""
    token = new_token()
    at = now()
    session = Session(token_hash=hashed(token), actor_id=user.actor_id, csrf=new_token(), created_at=at,
                      expires_at=at + timedelta(hours=hours))
    user.last_login_at = at
    db.session.execute(delete(Session).where(Session.expires_at < at))
    db.session.add(session)
    db.session.flush()
    return token, session


def find_session(token_hash: str) -> Session | None:
    return db.session.scalar(select(Session).where(Session.token_hash == token_hash, Session.expires_at > now()))


def close_session(token_hash: str) -> None:
    db.session.execute(delete(Session).where(Session.token_hash == token_hash))


def create_app_user(project_id: int, display_name: str, created_by: int | None, area: str = "") -> AppUser:
    """A phone's account in a project, which may fill every open form of it."""
    actor = _create_actor("field_key", display_name)
    phone = AppUser(actor_id=actor.id, project_id=project_id, token=new_token(), created_by=created_by)
    db.session.add(phone)
    db.session.flush()
    assign(actor.id, 2, project_id, area=area)
    return phone


def find_app_user(token: str) -> AppUser | None:
    return db.session.scalar(select(AppUser).join(Actor, Actor.id == AppUser.actor_id).where(
        AppUser.token == token, Actor.deleted_at.is_(None)))


def app_users(project_id: int) -> list[tuple[AppUser, Actor]]:
    """Phones of a project, newest first."""
    found = db.session.execute(select(AppUser, Actor).join(Actor, Actor.id == AppUser.actor_id).where(
        AppUser.project_id == project_id, Actor.deleted_at.is_(None)).order_by(Actor.id.desc()))
    return [(phone, actor) for phone, actor in found]


def revoke(phone: AppUser) -> None:
    """Make a phone's link useless."""
    phone.token = None
    db.session.flush()


def assign(actor_id: int, role_id: int, project_id: int | None = None, form_id: int | None = None, area: str = "") -> None:
    """Give a role; twice changes nothing."""
    known = select(Assignment.id).where(Assignment.actor_id == actor_id, Assignment.role_id == role_id,
                                        Assignment.project_id.is_not_distinct_from(project_id),
                                        Assignment.form_id.is_not_distinct_from(form_id), Assignment.area == area)
    if db.session.scalar(known) is None:
        db.session.add(Assignment(actor_id=actor_id, role_id=role_id, project_id=project_id, form_id=form_id, area=area))
        db.session.flush()


def project_exists(project_id: int) -> bool:
    """Whether a living project of that id exists; the table is another room's, so it is read by name."""
    projects = db.metadata.tables["projects"]
    return db.session.scalar(select(projects.c.id).where(
        projects.c.id == project_id, projects.c.deleted_at.is_(None))) is not None


def checked_area(area: str) -> str:
    """A village code or its beginning, as `19.06.01`; raises 400.8 for anything else. "" is every area."""
    if not re.fullmatch(r"(?:[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*)?", area) or len(area) > 32:
        raise Problem("400.8", field="area", value=area, reason="an area is a village code or its beginning, like 19.06.01.")
    return area


def grants(actor_id: int) -> tuple[Grant, ...]:
    """All grants of an actor."""
    forms = db.metadata.tables["forms"]
    rows = db.session.execute(
        select(Assignment.role_id, Assignment.project_id, forms.c.xml_form_id, Assignment.area)
        .outerjoin(forms, forms.c.id == Assignment.form_id)
        .where(Assignment.actor_id == actor_id, or_(Assignment.form_id.is_(None), forms.c.deleted_at.is_(None))))
    return tuple(Grant(*row) for row in rows)


def caller(actor_id: int, **more: object) -> Caller:
    """The caller that this living actor is."""
    row = db.session.execute(
        select(Actor.type, Actor.display_name, User.language, AppUser.project_id)
        .outerjoin(User, User.actor_id == Actor.id).outerjoin(AppUser, AppUser.actor_id == Actor.id)
        .where(Actor.id == actor_id, Actor.deleted_at.is_(None))).first()
    if row is None:
        return Caller()
    return Caller(actor_id, row[0], row[1], row[2], row[3], grants(actor_id), **more)  # type: ignore[arg-type]


def name_of(actor_id: int | None) -> str:
    """The display name of an actor, also of a deleted one; "" for nobody."""
    return db.session.scalar(select(Actor.display_name).where(Actor.id == actor_id)) or ""


def touch_phone(actor_id: int) -> None:
    """Note when a phone was last heard of."""
    db.session.execute(update(AppUser).where(AppUser.actor_id == actor_id).values(last_used=now()))
