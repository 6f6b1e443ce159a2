"""Statements that read submissions, their versions and files, and change their state (PROTOCOL §3 "Submission")."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, and_, false, func, or_, select, update
from sqlalchemy import delete as remove
from sqlalchemy.orm import aliased

from server import events, follow, refusal_store
from server.accounts.models import Actor
from server.db import db, now
from server.grants import Caller
from server.problems import Problem
from server.publishing.models import FormRow
from server.submissions.models import Submission, SubmissionAttachment, SubmissionVersion
from server.submissions.store import entities

T = TypeVar("T", bound=tuple[Any, ...])


def in_areas(statement: Select[T], areas: Iterable[str]) -> Select[T]:
    """Narrow a statement on submissions to area codes and all codes below them: () to none, ("",) not at all.

    The one place where areas are applied. "19.06.0" does not cover "19.06.01".
    """
    areas = tuple(areas)
    if "" in areas:
        return statement
    conditions = [or_(Submission.area == area, Submission.area.startswith(area + ".", autoescape=True)) for area in areas]
    return statement.where(or_(false(), *conditions))


def visible(statement: Select[T], caller: Caller, project_id: int, form: str | None = None,
            verb: str = "submission.read") -> Select[T]:
    """Narrow a statement on submissions to those the caller may `verb`: in their areas, else those they sent themselves."""
    areas = caller.areas(verb, project_id, form)
    if areas:
        return in_areas(statement, areas)
    if verb != "submission.read":
        return in_areas(statement, ())
    return statement.where(Submission.submitter_id == caller.actor_id)


def find(form_id: int, instance_id: str, *, trial: bool = False, deleted: bool = False) -> Submission | None:
    """The living submission that has a version of this instance id; with `deleted`, also one in the trash."""
    wanted = select(Submission).join(SubmissionVersion, SubmissionVersion.submission_id == Submission.id).where(
        SubmissionVersion.form_id == form_id, SubmissionVersion.trial.is_(trial), SubmissionVersion.instance_id == instance_id)
    return db.session.scalar(wanted if deleted else wanted.where(Submission.deleted_at.is_(None)))


def find_visible(caller: Caller, project_id: int, form: FormRow, instance_id: str, *, verb: str = "submission.read",
                 deleted: bool = False, trial: bool = False) -> Submission | None:
    """Like `find`, but what lies outside the caller's areas is not there; that somebody asked for it is logged."""
    wanted = select(Submission).join(SubmissionVersion, SubmissionVersion.submission_id == Submission.id).where(
        SubmissionVersion.form_id == form.id, SubmissionVersion.trial.is_(trial), SubmissionVersion.instance_id == instance_id,
        Submission.deleted_at.is_not(None) if deleted else Submission.deleted_at.is_(None))
    found = db.session.scalar(visible(wanted, caller, project_id, form.xml_form_id, verb))
    if found is None and db.session.scalar(wanted) is not None:
        refusal_store.outside(verb)
    return found


def get(submission_id: int) -> Submission | None:
    return db.session.get(Submission, submission_id)


def current(submission_id: int) -> SubmissionVersion:
    """The version that counts."""
    return db.session.scalars(select(SubmissionVersion).where(
        SubmissionVersion.submission_id == submission_id, SubmissionVersion.current)).one()


def versions(submission_id: int) -> list[SubmissionVersion]:
    """All versions, newest first."""
    return list(db.session.scalars(select(SubmissionVersion).where(
        SubmissionVersion.submission_id == submission_id).order_by(SubmissionVersion.id.desc())))


def attachments(version_id: int, *, strays: bool = False) -> list[SubmissionAttachment]:
    """The file slots of a version in form order; with `strays`, also files that no slot names."""
    wanted = select(SubmissionAttachment).where(SubmissionAttachment.version_id == version_id)
    if not strays:
        wanted = wanted.where(SubmissionAttachment.expected)
    return list(db.session.scalars(wanted.order_by(SubmissionAttachment.id)))


def listed(form_id: int, areas: Iterable[str], *, deleted: bool = False, trial: bool = False, limit: int | None = None,
           offset: int = 0) -> list[tuple[Submission, SubmissionVersion]]:
    """Submissions of a form with their current versions, newest first."""
    wanted = select(Submission, SubmissionVersion).join(SubmissionVersion, SubmissionVersion.submission_id == Submission.id).where(
        Submission.form_id == form_id, Submission.trial.is_(trial), SubmissionVersion.current,
        Submission.deleted_at.is_not(None) if deleted else Submission.deleted_at.is_(None))
    wanted = in_areas(wanted, areas).order_by(Submission.created_at.desc(), Submission.id.desc()).offset(offset).limit(limit)
    return [(row[0], row[1]) for row in db.session.execute(wanted)]


def waiting(project_id: int, areas: Iterable[str], *, states: Iterable[str | None] = (None, "edited"),
            form_id: int | None = None, area: str = "", period: str = "", kind: str = "", search: str = "",
            limit: int = 100, offset: int = 0) -> list[tuple[Submission, FormRow]]:
    """Submissions of a project in these review states, longest waiting first, narrowed by what is given."""
    wanted = select(Submission, FormRow).join(FormRow, FormRow.id == Submission.form_id).where(
        FormRow.project_id == project_id, FormRow.deleted_at.is_(None), Submission.deleted_at.is_(None),
        Submission.trial.is_(False), _in_states(states))
    for column, value in ((Submission.form_id, form_id), (Submission.period, period), (Submission.kind, kind)):
        wanted = wanted.where(column == value) if value else wanted
    if area:
        wanted = in_areas(wanted, (area,))
    if search:
        wanted = wanted.where(or_(Submission.instance_name.icontains(search, autoescape=True),
                                  Submission.instance_id == search, Submission.area.startswith(search, autoescape=True)))
    since = func.coalesce(Submission.updated_at, Submission.created_at)
    wanted = in_areas(wanted, areas).order_by(since, Submission.id).offset(offset).limit(limit)
    return [(row[0], row[1]) for row in db.session.execute(wanted)]


def _in_states(states: Iterable[str | None]) -> Any:
    states = list(states)
    named = Submission.review_state.in_([state for state in states if state is not None])
    return or_(named, Submission.review_state.is_(None)) if None in states else named


def set_state(submission: Submission, state: str | None) -> None:
    """Change the review state; the caller has written the review and its event. The scores follow."""
    submission.review_state = state
    submission.updated_at = now()
    db.session.flush()
    if state == "approved":
        entities.approved(submission.id)
    follow.changed(submission.id)


def delete(submission: Submission, project_id: int, actor_id: int | None) -> None:
    """Put a submission into the trash. Nothing of it is removed."""
    _mark_deleted(submission, True)
    events.record("submission.delete", project_id=project_id, actor_id=actor_id, subject=submission.instance_id,
                  details={"submissionId": submission.id, "instanceId": submission.instance_id})


def restore(submission: Submission, project_id: int, actor_id: int | None) -> None:
    """Take a submission out of the trash."""
    _mark_deleted(submission, False)
    events.record("submission.restore", project_id=project_id, actor_id=actor_id, subject=submission.instance_id,
                  details={"submissionId": submission.id, "instanceId": submission.instance_id})


def _mark_deleted(submission: Submission, deleted: bool) -> None:
    submission.deleted_at = now() if deleted else None
    db.session.execute(update(Submission).where(Submission.id == submission.id).values(deleted_at=submission.deleted_at))
    db.session.flush()
    follow.changed(submission.id)


def drop_trials(form_id: int) -> None:
    """Remove the trial submissions of a form: its draft is replaced, deleted or published (PROTOCOL §2.8)."""
    trials = select(SubmissionVersion.id).where(SubmissionVersion.form_id == form_id, SubmissionVersion.trial)
    statements = (remove(SubmissionAttachment).where(SubmissionAttachment.version_id.in_(trials)),
                  remove(SubmissionVersion).where(SubmissionVersion.form_id == form_id, SubmissionVersion.trial),
                  remove(Submission).where(Submission.form_id == form_id, Submission.trial))
    for statement in statements:
        db.session.execute(statement, execution_options={"synchronize_session": False})


_PAGE = 1000  # rows; a longer list is read in one go
_first = aliased(SubmissionVersion)
_of_list = (Submission, SubmissionVersion.instance_id, SubmissionVersion.instance_name, SubmissionVersion.submitter_id,
            SubmissionVersion.device_id, SubmissionVersion.user_agent, SubmissionVersion.created_at, _first.user_agent, Actor)


@dataclass(frozen=True, slots=True)
class Described:
    """A submission with what the REST API tells of it; `first_user_agent` sent its first version."""

    submission: Submission
    instance_id: str
    instance_name: str | None
    submitter_id: int | None
    device_id: str | None
    user_agent: str | None
    created_at: datetime
    first_user_agent: str | None
    submitter: Actor | None


def _described() -> Any:
    return (select(*_of_list)
            .join(SubmissionVersion, and_(SubmissionVersion.submission_id == Submission.id, SubmissionVersion.current))
            .join(_first, and_(_first.submission_id == Submission.id, _first.instance_id == Submission.instance_id))
            .outerjoin(Actor, Actor.id == Submission.submitter_id))


def _of_form(wanted: Select[T], form_id: int, deleted: bool, trial: bool) -> Select[T]:
    return wanted.where(Submission.form_id == form_id, Submission.trial.is_(trial),
                        Submission.deleted_at.is_not(None) if deleted else Submission.deleted_at.is_(None))


def described(form_id: int, areas: Iterable[str], *, deleted: bool = False, trial: bool = False,
              limit: int | None = None, offset: int = 0) -> list[Described]:
    """Submissions of a form as the REST API lists them, newest first."""
    newest = (Submission.created_at.desc(), Submission.id.desc())
    if limit is None or limit > _PAGE:
        wanted = in_areas(_of_form(_described(), form_id, deleted, trial), areas).order_by(*newest).offset(offset).limit(limit)
        return [Described(*row) for row in db.session.execute(wanted)]
    # The page first: PostgreSQL would else join all versions of the form to show thirty.
    page = in_areas(_of_form(select(Submission.id), form_id, deleted, trial), areas).order_by(*newest).offset(offset).limit(limit)
    ids = list(db.session.scalars(page))
    found = {row[0].id: Described(*row) for row in db.session.execute(_described().where(Submission.id.in_(ids)))}
    return [found[each] for each in ids if each in found]


def describe(submission: Submission) -> Described:
    """One submission as the REST API tells it."""
    return Described(*db.session.execute(_described().where(Submission.id == submission.id)).one())


def submitters(form_id: int, areas: Iterable[str]) -> list[Actor]:
    """Everyone who sent a submission of a form, by name."""
    sent = in_areas(select(Submission.id).where(Submission.submitter_id == Actor.id, Submission.form_id == form_id,
                                                Submission.trial.is_(False)), areas)
    return list(db.session.scalars(select(Actor).where(sent.exists()).order_by(Actor.display_name, Actor.id)))


def version_of(submission_id: int, instance_id: str) -> SubmissionVersion:
    """A version by its instance id, or the problem 404.1."""
    found = db.session.scalar(select(SubmissionVersion).where(
        SubmissionVersion.submission_id == submission_id, SubmissionVersion.instance_id == instance_id))
    if found is None:
        raise Problem("404.1", message=f"The submission has no version {instance_id}.")
    return found


def actors(ids: Iterable[int | None]) -> dict[int, Actor]:
    """Senders by id."""
    wanted = select(Actor).where(Actor.id.in_([one for one in ids if one is not None]))
    return {actor.id: actor for actor in db.session.scalars(wanted)}
