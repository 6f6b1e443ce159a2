"""Routes of people (PROTOCOL §3 "Users")."""

from __future__ import annotations

from typing import Any

from flask import g, request

from server import mail
from server.accounts import auth, reset_store, resetting, store
from server.accounts.models import Actor, User
from server.accounts.room import room
from server.accounts.schemas import (
    CurrentUser,
    NewPassword,
    NewUser,
    PasswordChange,
    ResetAsked,
    ResetWanted,
    Search,
    UserChange,
    UserShown,
)
from server.blueprints import PUBLIC, SIGNED_IN, Need
from server.grants import Caller
from server.lists import extended, part
from server.problems import Problem
from server.schemas import SUCCESS, Success


def _shown(person: User, actor: Actor) -> dict[str, Any]:
    return {**{name: getattr(actor, name) for name in ("id", "type", "display_name", "created_at", "updated_at", "deleted_at")},
            "email": person.email, "last_login_at": person.last_login_at}


@room.on("GET HEAD", "/users", SIGNED_IN, query=Search, answers=[UserShown])
def list_users(query: dict[str, Any]) -> Any:
    """People whose address or name holds the words `q`.

    Who may not list people but may give roles finds a person by the whole address; others get an empty list.
    """
    if g.caller.may("user.list"):
        found = store.users(query["q"])
    elif g.caller.projects("assignment.create") != () and (person := store.find_user(query["q"])):
        found = [store.user(person.actor_id)]
    else:
        found = []
    return UserShown(many=True).dump([_shown(*each) for each in part(found, query)])


@room.on("POST", "/users", Need("user.create"), body=NewUser, answers=UserShown, problems="400.21 409.3")
def create_user(body: dict[str, Any]) -> Any:
    """Make an account for a person."""
    person = store.create_user(body["email"], body["password"] or None, body["display_name"], by=g.caller.actor_id)
    return UserShown().dump(_shown(*store.user(person.actor_id)))


@room.on("GET HEAD", "/users/current", SIGNED_IN, answers=CurrentUser)
def current_user() -> Any:
    """The person who asks."""
    if g.caller.kind != "user":
        raise Problem("404.1", message="This is an app user, not a person.")
    shown = _shown(*store.user(g.caller.actor_id))
    if extended():
        shown |= {"verbs": g.caller.verbs(), "preferences": {"site": {}, "projects": {}}}
    return CurrentUser().dump(shown)


@room.on("GET HEAD", "/users/<int:user>", SIGNED_IN, answers=UserShown)
def get_user(user: int) -> Any:
    """One person; oneself always."""
    _own_or("user.read", user)
    return UserShown().dump(_shown(*store.user(user)))


@room.on("PATCH", "/users/<int:user>", SIGNED_IN, body=UserChange, answers=UserShown, problems="409.3")
def change_user(user: int, body: dict[str, Any]) -> Any:
    """Change the address or the name of a person."""
    _own_or("user.update", user)
    store.change_user(user, email=body["email"], display_name=body["display_name"], by=g.caller.actor_id)
    return UserShown().dump(_shown(*store.user(user)))


@room.on("DELETE", "/users/<int:user>", Need("user.delete"), answers=Success)
def delete_user(user: int) -> Any:
    """Delete a person: log-ins end, what the person did keeps the name."""
    store.user(user)
    store.delete_user(user, by=g.caller.actor_id)
    return SUCCESS


@room.on("PUT", "/users/<int:user>/password", SIGNED_IN, body=PasswordChange, answers=Success, problems="400.21")
def change_password(user: int, body: dict[str, Any]) -> Any:
    """Set a password; all log-ins of the person end."""
    _own_or("user.update", user)
    person, _ = store.user(user)
    if user == g.caller.actor_id:
        auth.checked_login(request, person.email, body["old"])
    store.change_password(user, body["new"], by=g.caller.actor_id)
    return SUCCESS


@room.on("POST", "/users/reset/initiate", PUBLIC, query=ResetWanted, body=ResetAsked, answers=Success, problems="403.1 429.1")
def ask_for_reset(query: dict[str, Any], body: dict[str, Any]) -> Any:
    """Mail a link to a new password, if somebody has this address; the answer is the same for every address.

    With `invalidate=true` an administrator also makes the present password useless, and ends the log-ins.
    """
    if not query["invalidate"]:
        resetting.ask(body["email"])
        return SUCCESS
    if not g.caller.may("user.password.invalidate"):
        raise Problem("403.1")
    if person := store.find_user(body["email"]):
        store.invalidate_password(person.actor_id, by=g.caller.actor_id)
        if mail.offered():
            resetting.write(person, by=g.caller.actor_id)
    return SUCCESS


@room.on("POST", "/users/reset/verify", PUBLIC, body=NewPassword, answers=Success, problems="401.2 400.21")
def verify_reset(body: dict[str, Any]) -> Any:
    """Set the new password; the token of the link, sent as `Bearer`, is all one needs."""
    caller: Caller = g.caller
    if not caller.may("user.password.reset") or caller.session is None:
        raise Problem("401.2" if caller.actor_id is None else "403.1")
    reset_store.redeem(caller.session, body["new"])
    return SUCCESS


def _own_or(verb: str, user: int) -> None:
    if user != g.caller.actor_id and not g.caller.may(verb):
        raise Problem("403.1")
