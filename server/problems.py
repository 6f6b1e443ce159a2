"""The catalogue of problems a request can end in: code, sentence, details (PROTOCOL §0, §7)."""

from __future__ import annotations

from typing import Any

# Code -> sentence. `{names}` in a sentence are the details that travel with it.
CATALOGUE: dict[str, str] = {
    "400.2": "{field} is missing.",
    "400.3": "Required values are missing: {fields}.",
    "400.6": "The header X-OpenRosa-Version: 1.0 is missing.",
    "400.7": "The request has no part named xml_submission_file.",
    "400.8": "{field} cannot be {value}: {reason}",
    "400.11": "{field} must be {expected}, not {value}.",
    "400.13": "{field} is longer than {max} characters.",
    "400.15": "The form could not be read: {error}",
    "400.16": "The form works, but has warnings. Check them, then send it again with ignoreWarnings=true.",
    "400.17": "The field {path} was {old} in an earlier version and cannot become {new}.",
    "400.18": "The $filter could not be read: {reason}",
    "400.19": "The submission names no deprecatedID, so it is not an edit.",
    "400.21": "A password needs at least {min} characters.",
    "400.23": "There is no property {property} to select.",
    "400.25": "The entity definition of the form cannot be used: {reason}",
    "400.27": "The form has no meta group with an instanceID.",
    "400.28": "The list has no property {property}.",
    "400.31": "Unexpected keys: {keys}.",
    "400.32": "The entity is not in conflict; there is nothing to resolve.",
    "400.35": "The $skiptoken is not one of ours.",
    "400.36": "The request is larger than {max_mb} MB.",
    "400.39": "The multipart body could not be read: {reason}",
    "400.40": "The XML could not be read: {reason}",
    "400.41": "The scoring sheet cannot be used: {error}",
    "401.2": "Please log in: no valid credentials came with this request.",
    "401.3": "A password may only travel over https.",
    "403.1": "This account may not do that here.",
    "403.2": "The page was open too long. Load it again and repeat.",
    "404.1": "There is nothing at this address.",
    "404.2": "There is nothing here: the API lives under /v1.",
    "404.4": "This test link is no longer valid.",
    "404.5": "The submission to be edited, {instance_id}, is not known here.",
    "404.6": "Version {version} of the form {form} was never published here.",
    "404.7": "There is no list named {name}.",
    "404.8": "There is no such entity.",
    "404.9": "There is no such version of the entity.",
    "405.1": "This address does not take {method}.",
    "406.1": "Only JSON can be answered here.",
    "409.1": "A different submission with the same instanceID is already stored.",
    "409.2": "The form {form} no longer takes submissions.",
    "409.3": "{what} {value} exists already.",
    "409.6": "Version {version} is already published; choose another.",
    "409.7": "The form was never published, so its draft cannot be deleted alone.",
    "409.8": "The instanceID of the edit is already used in this form.",
    "409.9": "The submission was edited meanwhile; this edit starts from an older version.",
    "409.15": "The entity changed meanwhile: it is at version {current}.",
    "409.16": "A name that differs only in case exists: {current}.",
    "409.17": "A property that differs only in case exists: {current}.",
    "409.18": "This submission was deleted here.",
    "409.30": "{actor} decided on this submission at {at}: {state}. Load it again before deciding.",
    "409.31": "The period {period} is locked since {at}.",
    "409.32": "This was {state} already, at {at}.",
    "413.1": "The request is larger than {max_mb} MB.",
    "429.1": "Too many wrong passwords. Try again in {minutes} minutes.",
    "500.1": "Something went wrong on the server. It is written in its log under {incident}.",
    "501.1": "The parameter {parameter} is not supported.",
    "501.4": "The filter uses something that is not supported: {what}.",
    "501.5": "The function {function} is not supported.",
    "501.6": "$expand knows only *.",
    "501.11": "$select and $expand cannot be combined.",
    "503.1": "The database is at migration {have}, this version needs {want}. Run `pokja migrate`.",
    "507.1": "The disk of the server is full. Nothing was stored; try again later.",
}


class Problem(Exception):
    """An answer other than success. `code` is the protocol's number as text, its integer part the status."""

    def __init__(self, code: str, message: str = "", headers: dict[str, str] | None = None, **details: Any) -> None:
        self.code = code
        self.details = details
        self.headers = headers or {}
        self.message = message or CATALOGUE[code].format_map(_Shown(details))
        super().__init__(self.message)

    @property
    def status(self) -> int:
        return int(self.code.partition(".")[0])

    def as_json(self) -> dict[str, Any]:
        """The one error body: `{"message", "code", "details"}`."""
        return {"message": self.message, "code": float(self.code), "details": _camel(self.details)}


class _Shown(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def _camel(details: dict[str, Any]) -> dict[str, Any]:
    def rename(name: str) -> str:
        head, *rest = name.split("_")
        return head + "".join(part.title() for part in rest)

    return {rename(name): value for name, value in details.items()}
