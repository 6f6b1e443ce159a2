"""Statements on people, phones and log-ins."""

from __future__ import annotations

import hashlib
import logging
import secrets
import string
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from server import events
from server.accounts.models import Actor, AppUser, FailedLogin, PasswordReset, Session, User
from server.accounts.role_store import assign, checked_area, grants, project_exists
from server.db import db, now, transaction
from server.grants import Caller
from server.problems import Problem

__all__ = ["assign", "checked_area", "grants", "project_exists"]

log = logging.getLogger("pokja")
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
TOKEN_LETTERS = string.ascii_letters + string.digits + "!$"
PAUSE = timedelta(minutes=15)
REALM = "Pokja"  # of HTTP Basic and Digest; part of every stored digest, so it never changes


def new_token() -> str:
    """64 characters of `[A-Za-z0-9!$]`, as Central's tokens (PROTOCOL §1)."""
    return "".join(secrets.choice(TOKEN_LETTERS) for _ in range(64))


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# People

def create_user(email: str, password: str | None, display_name: str = "", *, by: int | None = None) -> User:
    """A new person. Raises 409.3 when the address is taken, 400.21 when the password is too short."""
    email = _checked_email(email)
    actor = _create_actor("user", display_name or email)
    user = User(actor_id=actor.id, email=email.lower())
    db.session.add(user)
    if password is not None:
        set_password(user, password)
    db.session.flush()
    events.record("user.create", actor_id=by, subject=str(actor.id), details={"email": user.email})
    return user


def _checked_email(email: str, but: int | None = None) -> str:
    email = email.strip()
    if not 3 <= len(email) <= 320 or "@" not in email:
        raise Problem("400.8", field="email", value=email, reason="it is not an e-mail address.")
    known = find_user(email)
    if known and known.actor_id != but:
        raise Problem("409.3", what="A user with the address", value=email, fields=["email"], values=[email])
    return email


def _create_actor(kind: str, display_name: str) -> Actor:
    actor = Actor(type=kind, display_name=display_name[:200], created_at=now())
    db.session.add(actor)
    db.session.flush()
    return actor


def set_password(user: User, password: str) -> None:
    """Set a password of 10 characters to 72 bytes; ends every log-in of the person, and a link to a new password."""
    if len(password) < 10:
        raise Problem("400.21", min=10)
    if len(password.encode()) > 72:
        raise Problem("400.8", field="password", value="…", reason="it is longer than 72 bytes.")
    user.password = _hasher.hash(password)
    digest = current_app.extensions["pokja.config"]["DIGEST_AUTH"]
    user.digest = digest_secret(user.email, password) if digest else None
    end_sessions(user.actor_id)
    end_resets(user.actor_id)
    db.session.flush()


def digest_secret(email: str, password: str) -> str:
    """HA1 of RFC 7616 for the algorithm MD5, which is all that phones know."""
    return hashlib.md5(f"{email}:{REALM}:{password}".encode(), usedforsecurity=False).hexdigest()


def find_user(email: str) -> User | None:
    """A living person by address, in any case."""
    return db.session.scalar(select(User).join(Actor).where(User.email == email.strip().lower(), Actor.deleted_at.is_(None)))


def user(actor_id: int) -> tuple[User, Actor]:
    """A living person, or the problem 404.1."""
    row = db.session.execute(select(User, Actor).join(Actor, Actor.id == User.actor_id).where(
        User.actor_id == actor_id, Actor.deleted_at.is_(None))).first()
    if row is None:
        raise Problem("404.1", message=f"There is no user {actor_id}.")
    return row[0], row[1]


def users(search: str = "") -> list[tuple[User, Actor]]:
    """Living people whose address or name holds every searched word, by address."""
    wanted = select(User, Actor).join(Actor, Actor.id == User.actor_id).where(
        Actor.deleted_at.is_(None)).order_by(User.email)
    for word in search.lower().split():
        wanted = wanted.where(or_(User.email.contains(word, autoescape=True),
                                  func.lower(Actor.display_name).contains(word, autoescape=True)))
    return [(user, actor) for user, actor in db.session.execute(wanted)]


def change_user(actor_id: int, *, email: str | None = None, display_name: str | None = None, by: int | None = None) -> None:
    """Change address or name of a person; None leaves it. Digest log-in needs a new password after a new address."""
    person, actor = user(actor_id)
    changed = []
    if email is not None and _checked_email(email, but=actor_id).lower() != person.email:
        person.email, person.digest = email.strip().lower(), None
        end_resets(actor_id)  # a letter may be under way to the old address
        changed.append("email")
    if display_name is not None and display_name != actor.display_name:
        actor.display_name = display_name[:200]
        changed.append("displayName")
    if changed:
        actor.updated_at = now()
        db.session.flush()
        events.record("user.update", actor_id=by, subject=str(actor_id), details={"changed": changed})


def change_password(actor_id: int, password: str, *, by: int | None = None) -> None:
    """Give a person a new password."""
    person, actor = user(actor_id)
    set_password(person, password)
    actor.updated_at = now()
    db.session.flush()
    events.record("user.update", actor_id=by, subject=str(actor_id), details={"changed": ["password"]})


def invalidate_password(actor_id: int, *, by: int | None = None) -> None:
    """Make a person's password useless and end the log-ins: until a new one is set, nobody gets in."""
    person, actor = user(actor_id)
    person.password, person.digest, actor.updated_at = None, None, now()
    end_sessions(actor_id)
    end_resets(actor_id)
    db.session.flush()
    events.record("user.password.invalidate", actor_id=by, subject=str(actor_id))


def delete_user(actor_id: int, *, by: int | None = None) -> None:
    """Delete a person: the log-ins end, the address becomes free; what the person did keeps the name."""
    person, actor = user(actor_id)
    events.record("user.delete", actor_id=by, subject=str(actor_id), details={"email": person.email})
    actor.deleted_at = now()
    person.email, person.password, person.digest = f"{actor_id}:{person.email}"[:320], None, None
    end_sessions(actor_id)
    end_resets(actor_id)
    db.session.flush()


def check_password(email: str, password: str) -> User | None:
    """The person whose password this is. An unknown address costs the same time as a wrong password."""
    person = find_user(email)
    try:
        _hasher.verify(person.password if person and person.password else _DECOY, password[:200])
    except (VerificationError, InvalidHashError):
        return None
    return person if person and person.password else None


_DECOY = _hasher.hash(secrets.token_hex(16))


# Guessing

def failures(subject: str) -> int:
    """How many wrong passwords came for this subject in the last quarter of an hour."""
    return db.session.scalar(select(func.count()).select_from(FailedLogin).where(
        FailedLogin.subject == subject, FailedLogin.at > now() - PAUSE)) or 0


def note_failure(subject: str) -> None:
    """Remember a wrong password, and forget old ones."""
    db.session.execute(delete(FailedLogin).where(FailedLogin.at < now() - PAUSE))
    db.session.add(FailedLogin(subject=subject, at=now()))
    db.session.flush()


def forget_failures(subject: str) -> None:
    db.session.execute(delete(FailedLogin).where(FailedLogin.subject == subject))


# Log-ins

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


def end_sessions(actor_id: int) -> None:
    db.session.execute(delete(Session).where(Session.actor_id == actor_id))


def end_resets(actor_id: int) -> None:
    """End a person's link to a new password."""
    db.session.execute(delete(PasswordReset).where(PasswordReset.actor_id == actor_id))


# Phones

def create_app_user(project_id: int, display_name: str, created_by: int | None, area: str = "",
                    all_forms: bool = True) -> AppUser:
    """A phone's account in a project. It may fill every open form there, or (`all_forms` false) those it is assigned."""
    actor = _create_actor("field_key", display_name)
    phone = AppUser(actor_id=actor.id, project_id=project_id, token=new_token(), created_by=created_by)
    db.session.add(phone)
    db.session.flush()
    events.record("field_key.create", project_id=project_id, actor_id=created_by, subject=str(actor.id),
                  details={"displayName": actor.display_name, "area": area})
    if all_forms:
        assign(actor.id, 2, project_id, area=area, by=created_by)
    return phone


def find_app_user(token: str) -> AppUser | None:
    return db.session.scalar(select(AppUser).join(Actor, Actor.id == AppUser.actor_id).where(
        AppUser.token == token, Actor.deleted_at.is_(None)))


def app_user(project_id: int, actor_id: int) -> tuple[AppUser, Actor]:
    """A living phone's account, or the problem 404.1."""
    row = db.session.execute(select(AppUser, Actor).join(Actor, Actor.id == AppUser.actor_id).where(
        AppUser.actor_id == actor_id, AppUser.project_id == project_id, Actor.deleted_at.is_(None))).first()
    if row is None:
        raise Problem("404.1", message=f"There is no app user {actor_id} in this project.")
    return row[0], row[1]


def app_users(project_id: int) -> list[tuple[AppUser, Actor]]:
    """Phones of a project, newest first."""
    found = db.session.execute(select(AppUser, Actor).join(Actor, Actor.id == AppUser.actor_id).where(
        AppUser.project_id == project_id, Actor.deleted_at.is_(None)).order_by(Actor.id.desc()))
    return [(phone, actor) for phone, actor in found]


def revoke(phone: AppUser, *, by: int | None = None) -> None:
    """Make a phone's link useless."""
    phone.token = None
    db.session.flush()
    events.record("field_key.session.end", project_id=phone.project_id, actor_id=by, subject=str(phone.actor_id))


def delete_app_user(phone: AppUser, actor: Actor, *, by: int | None = None) -> None:
    """Remove a phone's account; what it sent keeps its name."""
    phone.token, actor.deleted_at = None, now()
    db.session.flush()
    events.record("field_key.delete", project_id=phone.project_id, actor_id=by, subject=str(actor.id),
                  details={"displayName": actor.display_name})


def touch_phone(actor_id: int, older_than: timedelta = timedelta(0)) -> None:
    """Note when a phone was last heard of, unless that was noted less than `older_than` ago."""
    at = now()
    db.session.execute(update(AppUser).where(AppUser.actor_id == actor_id, or_(
        AppUser.last_used.is_(None), AppUser.last_used <= at - older_than)).values(last_used=at))


def note_use(actor_id: int, older_than: timedelta) -> None:
    """The same in a transaction of its own, for phones that only read; they have their answer, so a failure is logged."""
    try:
        with transaction():
            touch_phone(actor_id, older_than)
    except SQLAlchemyError as error:
        log.warning("the last use of app user %s could not be noted: %s", actor_id, error)


# Actors

def actor(actor_id: int) -> Actor | None:
    """A living actor."""
    return db.session.scalar(select(Actor).where(Actor.id == actor_id, Actor.deleted_at.is_(None)))


def actors(ids: set[int]) -> dict[int, Actor]:
    """Actors by id, deleted ones too."""
    return {each.id: each for each in db.session.scalars(select(Actor).where(Actor.id.in_(ids)))} if ids else {}


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
