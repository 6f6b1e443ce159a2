"""What the API's document says beside the routes' own declarations: rooms, parts of addresses, ways to log in (PROTOCOL §1)."""

from __future__ import annotations

from typing import Any

ABOUT = """\
The API of Pokja. It is that of ODK Central, so that Collect, pyodk, ruODK, Excel, Power BI and QGIS plugins work unmodified;
what goes beyond it is marked "Ours".

- HEAD answers like GET, without the body.
- Times go out as UTC with milliseconds and `Z`. Keys whose value is null are present.
- `X-Extended-Metadata: true` adds the fields that cost more.
- Phones carry their account in the address: `/v1/key/{key}/projects/…` instead of `/v1/projects/…` (second server).
- Every error has a code. Its integer part is the status; clients compare the number, people read the message.
- Only what the caller may see exists for the caller: a record outside one's area is a 404 like an unknown one.
"""

ROOMS = {
    "accounts": "Log-ins, people, phones, roles and who holds them where",
    "projects": "Projects",
    "datasets": "Entity lists and their entities",
    "publishing": "Forms: drafts, versions, files that travel with them",
    "submissions": "Submissions, their versions and files; what was refused and is kept (ours)",
    "reviews": "Review states and comments",
    "villages": "Villages and their scores (ours)",
    "openrosa": "What collection apps call (OpenRosa)",
    "changes": "What our phone app calls (ours)",
    "exports": "Data out: OData, CSV and other files",
    "audits": "The log: who changed what, when",
    "openapi": "This document",
    "front": "Health",
}

PARTS = {
    "project": "Number of the project.",
    "form": "The form's id (`xmlFormId`), percent-encoded.",
    "instance": "The submission's `instanceId`: that of its first version.",
    "version": "A version: of a form its version string (`___` for the empty one), of a submission its instanceId.",
    "name": "The file's name, percent-encoded.",
    "user": "Number of the person.",
    "phone": "Number of the app user.",
    "actor": "Number of the person or app user.",
    "role": "Number or system name of the role, e.g. `2` or `app-user`.",
    "token": "The token that opens this.",
    "number": "The number (`id`) that the list of deleted forms shows.",
    "table": "A table of the service document; also one record or a repeat in it: `Submissions('uuid…')/repeat`.",
    "dataset": "Name of the entity list.",
    "uuid": "The entity's uuid.",
    "held": "Number (`id`) of something refused and kept.",
}

SCHEMES: dict[str, dict[str, Any]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The token that `POST /sessions` answers; it holds 24 hours."},
    "basic": {"type": "http", "scheme": "basic", "description": "E-mail address and password with every request, over https only."},
    "digest": {"type": "http", "scheme": "digest", "description": "For phones without https, where the operator allows it."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-session",
               "description": "The desk's log-in (`session` over plain http). A change also needs `X-Requested-With: XMLHttpRequest` "
                              "or the word `__csrf`."},
    "token": {"type": "apiKey", "in": "query", "name": "st", "description": "An app user's key. Better: the address `/v1/key/{key}/…`."},
}

SERVERS: list[dict[str, Any]] = [
    {"url": "/v1"},
    {"url": "/v1/key/{key}", "description": "The same for an app user: the key is part of the address.",
     "variables": {"key": {"default": "KEY", "description": "The app user's token: 64 letters, digits, `!` and `$`."}}},
]

OPENROSA = ('<OpenRosaResponse xmlns="http://openrosa.org/http/response" items="0">\n'
            '  <message nature="error">…</message>\n</OpenRosaResponse>')
