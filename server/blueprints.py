"""One wrapper per request: the route's grant, one transaction, one error body in three faces (DESIGN §3)."""

from __future__ import annotations

import contextlib
import errno
import functools
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import marshmallow
import orjson
from flask import Blueprint, Flask, Response, current_app, g, redirect, render_template, request
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from webargs import missing
from webargs.flaskparser import FlaskParser, is_json_request
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from server import refusal_store
from server.db import transaction
from server.grants import NOBODY, Caller
from server.paths import plain
from server.problems import Problem
from sync import openrosa

Face = Literal["json", "xml", "page"]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
JSON_BYTES = 250_000
TRIES = 4  # of a transaction that met another one: the second decision sees what the first one wrote
log = logging.getLogger("pokja")


@dataclass(frozen=True, slots=True)
class Need:
    """What a route asks of its caller: a verb in the project and form of the address, or one of the special needs."""

    verb: str
    anywhere: bool = False  # enough to hold the verb in some project, form or area; the view narrows its lists
    own: bool = False  # whoever may send submissions here passes too; the view narrows to what they sent themselves
    lacking: str = "403.1"  # what a caller without the verb is answered


SMALL = 1 << 20  # bytes of a body that is received before anything else, whoever sends it


@dataclass(frozen=True, slots=True)
class Stages:
    """How a route takes in what may be large or come slowly, before the transaction that writes.

    `receive(**parts)` reads the body, `consider(received, **parts)` reads the database and may refuse, `ready(considered)`
    makes files durable. Only `consider` runs in a transaction; the view gets its result as `came`.
    """

    receive: Callable[..., Any]
    consider: Callable[..., Any]
    ready: Callable[[Any], None]

    def run(self, let_in: Callable[[], None], parts: dict[str, Any]) -> Any:
        noting = _may_note_a_failure()
        if request.content_length is None or request.content_length > SMALL:
            with transaction(noting, loose=not noting):
                let_in()  # nobody unknown gets to send much
        received = self.receive(**parts)
        with transaction(noting, loose=not noting):
            let_in()
            considered = self.consider(received, **parts)
        self.ready(considered)
        return considered


PUBLIC = Need("public")  # nobody in particular: log in, health, static pages, links that are secrets themselves
SIGNED_IN = Need("signed in")  # any account


SchemaType = type[marshmallow.Schema]
Answers = SchemaType | list[SchemaType] | None  # [Schema] is a list of them


@dataclass(frozen=True, slots=True)
class Declared:
    """What one route says of itself; `/v1/openapi.json` and the shape tests read it. See Room.on."""

    endpoint: str
    rule: str
    methods: tuple[str, ...]
    need: Need
    face: Face
    query: SchemaType | None
    body: SchemaType | None
    answers: Answers
    summary: str
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    status: tuple[int, ...] = (200,)
    problems: tuple[str, ...] = ()


class _Parser(FlaskParser):
    DEFAULT_UNKNOWN_BY_LOCATION = {"query": marshmallow.EXCLUDE, "json": marshmallow.EXCLUDE, "form": marshmallow.EXCLUDE}

    def _raw_load_json(self, req: Any) -> Any:
        return missing if not is_json_request(req) else json_body(req.get_data(cache=True))


def json_body(data: bytes) -> Any:
    """JSON as it came; orjson refuses what is nested too deep, half a sign and numbers that are none."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Problem("400.11", field="The body", expected="JSON", value=f"what it is ({error})") from None


parser = _Parser()


class Room(Blueprint):
    """A blueprint whose every route names its grant; without one the import fails."""

    def __init__(self, name: str, import_name: str, *, face: Face, url_prefix: str | None = None) -> None:
        super().__init__(name, import_name, url_prefix=url_prefix)
        self.face: Face = face
        self.declared: list[Declared] = []

    def on(self, methods: str, rule: str, need: Need, *, face: Face | None = None, write: bool | None = None,
           query: SchemaType | None = None, body: SchemaType | None = None, answers: Answers = None,
           takes: str = "", gives: str = "", status: str = "200", problems: str = "",
           before: Callable[..., Any] | Stages | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a route, e.g. `@room.on("GET HEAD", "/projects/<int:project>", Need("project.read"))`.

        The view gets the address's parts, and `query=` / `body=` read by their schemas. It returns something
        JSON can say, a `str` (a page), or a Response. `write` says whether it may write (default: by method).
        `before(**parts)` runs once the caller is admitted and outside any transaction: it receives the body, keeps
        files; the view gets what it returned as `came`, also when the transaction has to run again. See also Stages.

        For the API's document alone: `answers` is the JSON (`[Schema]` a list), `takes` and `gives` the media types of
        a body or an answer that is not JSON by a schema ("*/*" a file), `status` the success and the redirects it may be
        ("200 304"), `problems` the codes beyond those of every route ("404.6 409.3").
        """
        if not isinstance(need, Need):
            raise TypeError(f"{self.name}{rule}: a route names what it needs")
        verbs = tuple(methods.split())
        shown: Face = face or self.face

        def declare(view: Callable[..., Any]) -> Callable[..., Any]:
            wrapped = _wrap(view, need, shown, write, query, body, before)
            endpoint = f"{view.__name__}"
            self.add_url_rule(rule, endpoint=endpoint, view_func=wrapped, methods=list(verbs))
            self.declared.append(Declared(f"{self.name}.{endpoint}", f"{self.url_prefix or ''}{rule}", verbs, need, shown,
                                          query, body, answers, (view.__doc__ or "").strip(), tuple(takes.split()),
                                          tuple(gives.split()), tuple(map(int, status.split())), tuple(problems.split())))
            return view

        return declare


def _wrap(view: Callable[..., Any], need: Need, face: Face, write: bool | None,
          query: type[marshmallow.Schema] | None, body: type[marshmallow.Schema] | None,
          before: Callable[..., Any] | Stages | None) -> Callable[..., Any]:
    @functools.wraps(view)
    def wrapped(**parts: Any) -> Response:
        g.face = face
        may_write = request.method not in SAFE if write is None else write
        parts = {name: plain(value) if isinstance(value, str) else value for name, value in parts.items()}
        if not _storable(parts):
            g.setdefault("caller", NOBODY)
            return answer(Problem("404.1"), face)

        def let_in() -> None:
            g.caller = current_app.extensions["pokja.authenticate"](request)
            admit(g.caller, need, parts.get("project"), parts.get("form"))

        def once() -> Response:
            with transaction(may_write):
                if not may_write:
                    let_in()
                return respond(view(**parts, **came, **_read(query, body)))

        try:
            came: dict[str, Any] = {}
            if may_write:
                came = _prepared(before, let_in, parts)
            return _settled(once)
        except Exception as error:
            problem = as_problem(error)
            refusal_store.keep(problem.code)
            return answer(problem, face)

    return wrapped


def _prepared(before: Callable[..., Any] | Stages | None, let_in: Callable[[], None], parts: dict[str, Any]) -> dict[str, Any]:
    """Admit the caller and receive the body; what the route made of it.

    A body may trickle in over a weak line for minutes. Nobody else may wait for it, so all this comes before the
    transaction that writes.
    """
    if isinstance(before, Stages):
        return {"came": before.run(let_in, parts)}
    with transaction(_may_note_a_failure()):
        let_in()
    if before is not None:
        return {"came": before(**parts)}
    if request.mimetype in _FORMS:
        _ = request.form
    return {}


_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def _may_note_a_failure() -> bool:
    """Whether checking the credentials may write: a wrong password is noted, a token is only looked up."""
    return "pokja.key" not in request.environ and request.headers.get("Authorization", "")[:6].lower() in ("basic ", "digest")


def _settled(once: Callable[[], Response]) -> Response:
    """Run the transaction; when it met another one on a constraint, decide again on what is there now."""
    for _ in range(TRIES - 1):
        try:
            return once()
        except IntegrityError:
            continue
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) not in ("40001", "40P01"):
                raise
    return once()


def _read(query: type[marshmallow.Schema] | None, body: type[marshmallow.Schema] | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if query is not None:
        found["query"] = parser.parse(query(), request, location="query")
    if body is not None:
        found["body"] = _body(body)
    for place, values in found.items():
        if not _storable(values):
            raise Problem("400.8", field=f"The {place}", value="this text",
                          reason="it holds a NUL or half a sign, which no database keeps.")
    return found


def _body(schema: type[marshmallow.Schema]) -> Any:
    """The body by its schema; JSON only up to a size no honest client needs (PROTOCOL §0)."""
    if request.mimetype in _FORMS:
        return parser.parse(schema(), request, location="form")
    if is_json_request(request):
        bounded(JSON_BYTES)
    return parser.parse(schema(), request, location="json")


def bounded(limit: int, *, cache: bool = True) -> bytes:
    """The body, if it is no longer than this many bytes; else 400.36, whether its length was announced or not."""
    request.max_content_length = limit + 1  # a body of unknown length is cut off there without a word
    try:
        data = request.get_data(cache=cache)
    except RequestEntityTooLarge:
        data = None
    if data is None or len(data) > limit:
        raise Problem("400.36", max_mb=limit / 1e6)
    return data


def _storable(value: Any) -> bool:
    """Whether all text in a value can be kept: no NUL, no lone surrogate (JSON can spell both)."""
    if isinstance(value, str):
        return "\0" not in value and value.encode("utf-8", "replace").decode() == value
    if isinstance(value, dict):
        return all(_storable(each) for pair in value.items() for each in pair)
    return not isinstance(value, list | tuple) or all(_storable(each) for each in value)


@parser.error_handler
def _wrong_values(error: marshmallow.ValidationError, *_: Any, **__: Any) -> Any:
    raise error


def admit(caller: Caller, need: Need, project: int | None, form: str | None) -> None:
    """Let the caller pass or raise: 401.2 when nobody is logged in, 403.1 when it is not theirs."""
    if caller.by_cookie and request.method not in SAFE and not _meant(caller):
        if need == PUBLIC and g.face == "json":  # logging in anew asks nothing of the old log-in
            g.caller = NOBODY
            return
        raise Problem("403.2") if g.face == "page" else Problem("401.2")
    if need == PUBLIC:
        return
    if caller.actor_id is None:
        raise Problem("401.2")
    if need == SIGNED_IN:
        return
    allowed = any(grant.gives(need.verb) for grant in caller.grants) if need.anywhere \
        else caller.may(need.verb, project, form) or (need.own and caller.may("submission.create", project, form))
    if not allowed:
        raise Problem(need.lacking)


def _meant(caller: Caller) -> bool:
    """Whether a request that came by cookie was sent by our own page (PROTOCOL §1)."""
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return True
    given = request.form.get("__csrf") or request.headers.get("X-CSRF") or _csrf_in_json()
    return bool(caller.csrf) and secrets.compare_digest(given.encode(), (caller.csrf or "").encode())


def _csrf_in_json() -> str:
    if not is_json_request(request) or (request.content_length or 0) > JSON_BYTES:
        return ""
    try:
        said = orjson.loads(bounded(JSON_BYTES))
    except orjson.JSONDecodeError:
        return ""
    return str(said.get("__csrf") or "") if isinstance(said, dict) else ""


def respond(value: Any) -> Response:
    """A view's result as a response."""
    if isinstance(value, Response):
        return value
    if isinstance(value, str):
        return Response(value, mimetype="text/html")
    if isinstance(value, bytes):
        return Response(value, content_type="text/xml; charset=utf-8")
    return Response(orjson.dumps(value, option=orjson.OPT_UTC_Z), mimetype="application/json")


def as_problem(error: Exception) -> Problem:
    """What went wrong, as a problem of the catalogue; the unforeseen is logged under an incident number."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, marshmallow.ValidationError):
        return _invalid(error)
    if isinstance(error, RequestEntityTooLarge):
        return Problem("413.1", max_mb=current_app.extensions["pokja.config"]["MAX_UPLOAD_MB"])
    if isinstance(error, MethodNotAllowed):
        return Problem("405.1", method=request.method, headers=_allow(error))
    if isinstance(error, NotFound):
        return Problem("404.1")
    if isinstance(error, BadRequest):
        return Problem("400.39", reason=str(error.description))
    if isinstance(error, HTTPException) and error.code and error.code < 500:
        return Problem("400.8", message=str(error.description), field="request", value=request.path)
    if _is_full(error):
        log.critical("the disk is full: %s", error)
        return Problem("507.1")
    incident = secrets.token_hex(6)
    log.exception("incident %s: %s %s", incident, request.method, request.path)
    return Problem("500.1", incident=incident)


def _allow(error: MethodNotAllowed) -> dict[str, str]:
    return {"Allow": ", ".join(sorted(error.valid_methods or []))}


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(error, DBAPIError) and ("disk is full" in str(error.orig)
                                              or getattr(error.orig, "sqlstate", None) == "53100")


def _invalid(error: marshmallow.ValidationError) -> Problem:
    """The first wrong value, by name; all of them in the details."""
    messages: Any = error.normalized_messages()  # type: ignore[no-untyped-call]
    inner = next((value for key, value in messages.items() if key in ("json", "query", "form")), messages)
    if not isinstance(inner, dict):
        return Problem("400.11", field="body", expected="a JSON object", value="something else", errors=messages)
    name, said = next(iter(inner.items()))
    first = said[0] if isinstance(said, list) and said else said
    if isinstance(first, str) and first.startswith("Missing data"):
        return Problem("400.2", field=name, errors=inner)
    return Problem("400.11", message=f"{name}: {first}", field=name, errors=inner)


def answer(problem: Problem, face: Face) -> Response:
    """A problem as JSON, OpenRosa XML or a page."""
    _swallow()
    if face == "xml":
        response = Response(openrosa.envelope(problem.message, nature="error"), content_type="text/xml; charset=utf-8")
    elif face == "page":
        response = _page(problem)
    else:
        # Of a list, marshmallow names what is wrong by its number.
        response = Response(orjson.dumps(problem.as_json(), option=orjson.OPT_NON_STR_KEYS), mimetype="application/json")
    if response.status_code == 200:
        response.status_code = problem.status
    # The OpenRosa envelope has no room for the code, and our phone app explains by it.
    response.headers["X-Problem-Code"] = problem.code
    response.headers.update(problem.headers)
    return response


def _swallow() -> None:
    """Read what is left of a small body that was refused: gunicorn cuts a connection with unread bytes, although the
    answer said keep-alive, and the next request on it is lost; a client that is still sending may never see the answer."""
    if request.method in SAFE or not request.environ.get("wsgi.input_terminated"):
        return
    left = SMALL
    with contextlib.suppress(Exception):  # whatever is wrong with the rest of it, the answer stands
        while left > 0 and (part := request.environ["wsgi.input"].read(min(left, 64 << 10))):
            left -= len(part)


def _page(problem: Problem) -> Response:
    if problem.code == "401.2" and request.method in SAFE:
        from urllib.parse import quote

        return redirect("/desk/login?next=" + quote(request.full_path.rstrip("?")))  # type: ignore[return-value]
    return Response(render_template("problem.html", problem=problem), mimetype="text/html")


def face_of(path: str) -> Face:
    """The face of an address that no route answers. Programs say what they are by asking for no HTML."""
    if "X-OpenRosa-Version" in request.headers:
        return "xml"
    if _in_api(path) or path == "/healthz":
        return "json"
    return "page" if path.startswith("/desk") or "text/html" in request.headers.get("Accept", "") else "json"


def _in_api(path: str) -> bool:
    return path == "/v1" or path.startswith("/v1/")


def install(app: Flask) -> None:
    """Give addresses without a route, and errors outside views, the same body."""

    def stray(error: Exception) -> Response:
        g.setdefault("caller", NOBODY)
        g.face = face_of(request.path)
        problem = as_problem(error)
        if problem.code == "404.1" and g.face != "page" and not _in_api(request.path):
            problem = Problem("404.2")
        return answer(problem, g.face)

    app.register_error_handler(Exception, stray)
