"""Routes that collection apps call: form list, manifest, submission (PROTOCOL §2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Response, current_app, g, request

from forms.entities import uuid_of
from forms.errors import InstanceError
from forms.instance import Instance, read
from server.blueprints import PUBLIC, SIGNED_IN, Need, Stages
from server.datasets import store as datasets
from server.grants import Caller
from server.openrosa import addresses, aside, multipart, settings_views  # noqa: F401 (declares routes)
from server.openrosa.multipart import Part
from server.openrosa.room import room
from server.problems import Problem
from server.projects import store as projects
from server.publishing import phone_store as store
from server.publishing import store as publishing
from server.publishing.models import FormRow, FormVersion
from server.submissions import store as submissions
from server.submissions.room import REFUSALS
from sync import openrosa

__all__ = ["room"]
FILL = Need("open_form.read", anywhere=True)  # narrowed to the caller's forms below
SEND = Need("submission.create", anywhere=True, lacking="401.2")  # the verdict says whether it may be sent to this form
TEST = "/test/<token>/projects/<int:project>/forms/<form>/draft"
DRAFT = "/projects/<int:project>/forms/<form>/draft"
TRY = Need("form.update")
MOST_ASKED = 1_000  # entities in one question
REFUSED = f"400.7 {REFUSALS}"


def _versioned() -> None:
    if request.headers.get("X-OpenRosa-Version") is None:
        raise Problem("400.6")


def _of_project(project: int) -> Caller:
    """The caller, if it is a phone of the project or has a role in it: no form to fill is an answer too (§2.2)."""
    caller: Caller = g.caller
    if caller.project_id != project and not any(grant.project_id in (None, project) for grant in caller.grants):
        raise Problem("403.1")
    return caller


@room.on("GET HEAD", "/projects/<int:project>/formList", SIGNED_IN, problems="403.1 404.1")
def form_list(project: int) -> bytes:
    """Published open forms that the caller may fill."""
    _versioned()
    wanted, caller = request.args.get("formID"), _of_project(project)
    base = addresses.base(f"/projects/{project}")
    listed = [_entry(listed, base) for listed in store.open_forms(project)
              if wanted in (None, listed.xml_form_id) and caller.may("open_form.read", project, listed.xml_form_id)]
    if not listed:
        projects.get(project)  # an empty list makes phones delete their forms: never said of a project that is gone
    return openrosa.form_list(listed)


def _entry(listed: store.Listed, base: str) -> openrosa.FormEntry:
    at = f"{base}/forms/{addresses.segment(listed.xml_form_id)}"
    return openrosa.FormEntry(listed.xml_form_id, listed.title, listed.version, listed.md5, f"{at}.xml",
                              f"{at}/manifest" if listed.slots else None)


@room.on("GET HEAD", "/projects/<int:project>/forms/<form>/manifest", Need("open_form.read"))
def manifest(project: int, form: str) -> bytes:
    """The files that travel with the published version of a form."""
    _versioned()
    version = publishing.current_version(publishing.get_form(project, form).id)
    if version is None:
        raise Problem("404.1")
    return _manifest(version, f"/projects/{project}", addresses.base(f"/projects/{project}/forms/{addresses.segment(form)}"),
                     datasets.sight(g.caller, project, form=form))


def _manifest(version: FormVersion, project: str | None, base: str, seen: datasets.Sight) -> bytes:
    """Files and entity lists, by name; lists are asked for under the address of the project.

    Who tries a draft by its token alone may not ask there, and Collect fails on an address that refuses: then there is
    none. What is tried makes no entities, so nothing could be known of them either.
    """
    entries = [openrosa.FileEntry(slot.name, slot.md5, f"{base}/attachments/{addresses.segment(slot.name)}")
               for slot in store.filled([version.id])]
    carried = store.carried([version.id])
    found = datasets.by_ids(slot.dataset_id for slot in carried)
    tokens = datasets.tokens(found.values(), seen)
    for slot in carried:
        dataset = found[slot.dataset_id]
        entries.append(openrosa.FileEntry(
            slot.name, tokens[dataset.id], f"{base}/attachments/{addresses.segment(slot.name)}",
            "approvalEntityList" if dataset.approval_required else "entityList",
            addresses.base(f"{project}/datasets/{addresses.segment(dataset.name)}/integrity") if project else None))
    return openrosa.manifest(sorted(entries, key=lambda entry: entry.filename))


@room.on("GET HEAD", "/projects/<int:project>/datasets/<dataset>/integrity", FILL)
def integrity(project: int, dataset: str) -> bytes:
    """Which of the asked entities exist or existed, and whether they are deleted (§2.4)."""
    _versioned()
    caller: Caller = g.caller
    found = datasets.get_list(project, dataset)
    readable = [form for form in datasets.used_by_forms(found.id) if caller.may("open_form.read", project, form)]
    if not readable and not caller.may("entity.list", project):
        raise Problem("403.1")
    asked = [uuid for each in request.args.get("id", "").split(",")[:MOST_ASKED] if (uuid := uuid_of(each)) is not None]
    areas = tuple(sorted({area for form in readable for area in datasets.sight(caller, project, form=form).areas}))
    seen = datasets.sight(caller, project)
    return openrosa.integrity(datasets.exists(found, asked, datasets.Sight(
        ("",) if "" in areas else areas or seen.areas, seen.only_of)))


@room.on("GET HEAD", "/projects/<int:project>/submission", SIGNED_IN, status="204", problems="403.1 404.1")
def ready(project: int) -> Response:
    """Where to POST, and how much at once (§2.5). Whether it may be sent is said to the POST, in words."""
    _versioned()
    _of_project(project)
    projects.get(project)
    return Response(status=204, content_type="text/xml; charset=utf-8",
                    headers={"Location": addresses.base(f"/projects/{project}/submission")})


@dataclass(frozen=True, slots=True)
class Unread:
    """An XML that cannot be read, and why; `whole` unless it was longer than what is received."""

    xml: bytes
    problem: Problem
    whole: bool


Body = tuple[Instance | Unread, tuple[submissions.Sent, ...]]


def receive(**_: object) -> Body:
    """The filled form and the files of a POST."""
    _versioned()
    xml, files = _sorted_out(multipart.receive(request))
    return _read(xml), tuple(files)


def consider(received: Body, project: int, form: str | None = None, token: str | None = None) -> submissions.Plan:
    """What the POST means for what is stored; what is refused is put aside."""
    instance, files = received
    tried = _tried(project, form, token) if form is not None else None
    device, agent = request.args.get("deviceID"), request.headers.get("User-Agent")
    if isinstance(instance, Unread):
        if tried is not None or not instance.whole:
            raise instance.problem
        raise aside.put(submissions.Refused(project, g.caller, instance.problem, instance.xml, None, files, device, agent))
    if tried is not None and instance.xml_form_id != tried.xml_form_id:
        raise Problem("400.8", field="The form id of the XML", value=instance.xml_form_id,
                      reason=f"the form at this address is {tried.xml_form_id}.")
    post = submissions.Post(project, instance, g.caller, files, device, agent, tried is not None,
                            may_submit=True if tried is not None else None)
    return submissions.plan(post) if tried is not None else _planned(post)


def _planned(post: submissions.Post) -> submissions.Plan:
    """What a POST means that is no trial. What was once taken in by somebody is refused no more (§B.1)."""
    try:
        return submissions.plan(post)
    except Problem as problem:
        known = submissions.accepted_as(post.project_id, post.instance) if problem.code in aside.CODES else None
        if known is None:
            raise aside.put(aside.refused(post, problem)) from problem
    return submissions.plan(replace(post, instance=known, closed_too=True))


TAKE = Stages(receive, consider, submissions.keep)


def _tried(project: int, form: str, token: str | None) -> FormRow:
    """The form whose draft is tried: by its token, or by a web user."""
    if token is None:
        return publishing.get_form(project, form)
    return _by_token(project, form, token)[0]


def _sorted_out(parts: list[Part]) -> tuple[bytes, list[submissions.Sent]]:
    """The XML, and the files by name: of two parts of the same name the later one counts."""
    xml: bytes | None = None
    files: dict[str, submissions.Sent] = {}
    limit = current_app.extensions["pokja.config"]["MAX_XML_MB"] << 20
    for part in parts:
        if part.name == "xml_submission_file":
            data = part.source.read(limit + 1)
            if xml is not None and data != xml:
                raise Problem("400.39", reason="it has two different parts named xml_submission_file.")
            xml = data
        elif part.name != "*isIncomplete*":
            files[part.name] = submissions.Sent(part.name, part.source, part.content_type)
    if xml is None:
        raise Problem("400.7")
    return xml, list(files.values())


def _read(xml: bytes) -> Instance | Unread:
    limit = current_app.extensions["pokja.config"]["MAX_XML_MB"] << 20
    try:
        return read(xml, limit)
    except InstanceError as error:
        return Unread(xml, Problem(str(error.code), message=error.message, reason=error.reason), len(xml) <= limit)


@room.on("POST", "/projects/<int:project>/submission", SEND, before=TAKE, takes="multipart/form-data", status="201",
         problems=REFUSED)
def submit(project: int, came: submissions.Plan) -> Response:
    """Take a filled form, or more files of one (§2.6)."""
    try:
        return _taken(submissions.settle(came))
    except Problem as problem:  # another one came first, after this one was considered
        raise aside.put(aside.refused(came.post, problem)) from problem


_SAID = {"created": "The record has arrived", "edited": "The corrected record has arrived", "files added": "The files have arrived",
         "known": "The record is here already; nothing is missing"}


def _taken(outcome: submissions.Outcome) -> Response:
    """201, with a sentence for the enumerator: how many of the files that the record names are here (§B.2)."""
    said = _SAID[outcome.done]
    expected, here = outcome.files or (0, 0)
    if expected:
        said += f": {here} of {expected}" if outcome.done == "files added" else f", with {here} of {expected} files"
    return Response(openrosa.envelope(f"{said}."), status=201, content_type="text/xml; charset=utf-8")


# Drafts on trial: by a token in the address, or by whoever may change the form (§2.8).

def _by_token(project: int, form: str, token: str) -> tuple[FormRow, FormVersion]:
    found = publishing.draft_by_token(token)
    if found is None:
        raise Problem("404.4")
    if found[0].project_id != project or found[0].xml_form_id != form:
        raise Problem("404.1")
    return found


def _draft(project: int, form: str, token: str | None) -> tuple[FormRow, FormVersion, str]:
    """The draft that an address means, and the absolute address under which its parts lie."""
    under = f"/projects/{project}/forms/{addresses.segment(form)}/draft"
    if token is not None:
        row, version = _by_token(project, form, token)
        return row, version, addresses.base(f"/test/{addresses.segment(token)}{under}")
    row = publishing.get_form(project, form)
    found = publishing.draft_version(row.id)
    if found is None:
        raise Problem("404.1", message=f"The form {form} has no draft.")
    return row, found, addresses.base(under)


@room.on("GET HEAD", f"{TEST}/formList", PUBLIC, problems="404.4")
def trial_list(project: int, form: str, token: str) -> bytes:
    """The one form that is on trial."""
    return _draft_list(project, form, token)


@room.on("GET HEAD", f"{DRAFT}/formList", TRY)
def draft_list(project: int, form: str) -> bytes:
    """The draft as a list of one form."""
    return _draft_list(project, form, None)


def _draft_list(project: int, form: str, token: str | None) -> bytes:
    _versioned()
    _, version, base = _draft(project, form, token)
    listed = store.one(version.id)
    return openrosa.form_list([openrosa.FormEntry(listed.xml_form_id, listed.title, listed.version, listed.md5,
                                                  f"{base}.xml", f"{base}/manifest" if listed.slots else None)])


@room.on("GET HEAD", f"{TEST}/manifest", PUBLIC, problems="404.4")
def trial_manifest(project: int, form: str, token: str) -> bytes:
    """The files of the form on trial."""
    _versioned()
    _, version, base = _draft(project, form, token)
    return _manifest(version, None, base, datasets.EVERYTHING)


@room.on("GET HEAD", f"{DRAFT}/manifest", TRY)
def draft_manifest(project: int, form: str) -> bytes:
    """The files of the draft."""
    _versioned()
    _, version, base = _draft(project, form, None)
    return _manifest(version, f"/projects/{project}", base, datasets.sight(g.caller, project, form=form))


@room.on("GET HEAD", f"{TEST}/submission", PUBLIC, status="204", problems="404.4")
def trial_ready(project: int, form: str, token: str) -> Response:
    """Where trial submissions are POSTed."""
    _versioned()
    base = _draft(project, form, token)[2]
    return Response(status=204, content_type="text/xml; charset=utf-8", headers={"Location": f"{base}/submission"})


@room.on("GET HEAD", f"{DRAFT}/submission", TRY, status="204")
def draft_ready(project: int, form: str) -> Response:
    """Where a web user's trial submissions are POSTed."""
    _versioned()
    base = _draft(project, form, None)[2]
    return Response(status=204, content_type="text/xml; charset=utf-8", headers={"Location": f"{base}/submission"})


@room.on("POST", f"{TEST}/submission", PUBLIC, before=TAKE, takes="multipart/form-data", status="201",
         problems=f"{REFUSED} 404.4")
def trial_submit(project: int, form: str, token: str, came: submissions.Plan) -> Response:
    """Take a trial submission; it is kept apart and goes with the draft."""
    return _taken(submissions.settle(came))


@room.on("POST", f"{DRAFT}/submission", TRY, before=TAKE, takes="multipart/form-data", status="201", problems=REFUSED)
def draft_submit(project: int, form: str, came: submissions.Plan) -> Response:
    """Take a web user's trial submission."""
    return _taken(submissions.settle(came))
