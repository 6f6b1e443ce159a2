"""The table of PROTOCOL §2.6, row by row and in its order."""

import dataclasses
import hashlib
import re

import pytest

from forms.instance import read
from sync.decide import (
    AddAttachments,
    Arrival,
    Create,
    Known,
    Refuse,
    State,
    Supersede,
    Verdict,
    Version,
    carried,
    decide,
    identify,
)

SAME, OTHER = "a" * 64, "b" * 64
OPEN = Known("open", published=True, may_submit=True)

CURRENT = Version("uuid:1", "uuid:1", SAME, current=True)
REPLACED = Version("uuid:1", "uuid:1", SAME, current=False, superseded_by="uuid:2")
EDIT = Version("uuid:2", "uuid:1", SAME, current=True)
REPLACED_EDIT = Version("uuid:2", "uuid:1", SAME, current=False, superseded_by="uuid:3")
TRASHED = Version("uuid:1", "uuid:1", SAME, current=True, deleted=True)
STRANGER = Version("uuid:2", "uuid:9", OTHER, current=True)

NEW = Arrival("uuid:1", None, "1", SAME, ("a.jpg",))
CHANGED = dataclasses.replace(NEW, xml_sha256=OTHER)
CORRECTION = Arrival("uuid:2", "uuid:1", "1", SAME, ("b.jpg",))
CORRECTION_CHANGED = dataclasses.replace(CORRECTION, xml_sha256=OTHER)
SELF_EDIT = Arrival("uuid:1", "uuid:1", "1", OTHER)


def known(own: Version | None = None, base: Version | None = None) -> Known:
    return dataclasses.replace(OPEN, own=own, base=base)


ACCEPTED: list[tuple[str, Arrival, Known, Verdict]] = [
    ("a new instanceID is stored", NEW, known(), Create("uuid:1")),
    ("a re-send adds its files", NEW, known(CURRENT), AddAttachments(CURRENT, ("a.jpg",))),
    ("a re-send of a replaced version is a success", NEW, known(REPLACED), AddAttachments(REPLACED, ("a.jpg",))),
    ("an edit of the current version replaces it", CORRECTION, known(None, CURRENT), Supersede("uuid:2", CURRENT)),
    ("an edit of an edit replaces that", Arrival("uuid:3", "uuid:2", "1", OTHER), known(None, EDIT), Supersede("uuid:3", EDIT)),
    ("a re-sent edit adds its files", CORRECTION, known(EDIT, REPLACED), AddAttachments(EDIT, ("b.jpg",))),
    ("a re-sent edit that was edited again", CORRECTION, known(REPLACED_EDIT, REPLACED), AddAttachments(REPLACED_EDIT, ("b.jpg",))),
    ("a re-sent edit whose base is gone from here", CORRECTION, known(EDIT, None), AddAttachments(EDIT, ("b.jpg",))),
]  # fmt: skip


@pytest.mark.parametrize(("arrival", "found", "verdict"), [a[1:] for a in ACCEPTED], ids=[a[0] for a in ACCEPTED])
def test_what_is_accepted(arrival: Arrival, found: Known, verdict: Verdict) -> None:
    assert decide(arrival, found) == verdict


REFUSED: list[tuple[str, Arrival, Known, str, str]] = [
    ("no such form", NEW, Known(None, True, True), "404.1", "unknownForm"),
    ("a version never published here", NEW, Known("open", False, True), "404.6", "unknownVersion"),
    ("a closed form", NEW, Known("closed", True, True), "409.2", "formClosed"),
    ("a closed form, even a re-send", NEW, Known("closed", True, True, CURRENT), "409.2", "formClosed"),
    ("no right", NEW, Known("open", True, False), "401.2", "noRight"),
    ("a known instanceID with other bytes", CHANGED, known(CURRENT), "409.1", "differs"),
    ("a replaced instanceID with other bytes", CHANGED, known(REPLACED), "409.9", "superseded"),
    ("a deleted record", NEW, known(TRASHED), "409.18", "deleted"),
    ("a deleted record with other bytes", CHANGED, known(TRASHED), "409.18", "deleted"),
    ("an edit of a deleted record", CORRECTION, known(None, TRASHED), "409.18", "deleted"),
    ("an edit of a replaced version", CORRECTION, known(None, REPLACED), "409.9", "superseded"),
    ("an edit of a replaced version, changed since it was stored", CORRECTION_CHANGED, known(EDIT, REPLACED), "409.9", "superseded"),
    ("an edit of something unknown", CORRECTION, known(), "404.5", "unknownBase"),
    ("an edit whose instanceID is another record's", CORRECTION, known(STRANGER, CURRENT), "409.8", "idTaken"),
    ("an edit that names itself as its base", SELF_EDIT, known(CURRENT, CURRENT), "409.8", "idTaken"),
]  # fmt: skip


@pytest.mark.parametrize(("arrival", "found", "code", "key"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_refused_and_with_which_number(arrival: Arrival, found: Known, code: str, key: str) -> None:
    verdict = decide(arrival, found)
    assert isinstance(verdict, Refuse)
    assert (verdict.code, verdict.key) == (code, key)
    assert re.fullmatch(r"[A-Z][^{}]*\.", verdict.message)


ORDER = ["unknownForm", "unknownVersion", "formClosed", "noRight", "deleted"]
FAULTS: dict[str, dict[str, object]] = {
    "unknownForm": {"state": None},
    "unknownVersion": {"published": False},
    "formClosed": {"state": "closed"},
    "noRight": {"may_submit": False},
    "deleted": {"own": TRASHED},
}


@pytest.mark.parametrize("first", range(len(ORDER)), ids=ORDER)
def test_of_several_faults_the_first_in_the_table_is_told(first: int) -> None:
    faults = dict(item for key in reversed(ORDER[first:]) for item in FAULTS[key].items())
    verdict = decide(NEW, dataclasses.replace(OPEN, **faults))
    assert isinstance(verdict, Refuse) and verdict.key == ORDER[first]


def test_a_closing_form_still_accepts() -> None:
    assert decide(NEW, dataclasses.replace(OPEN, state="closing")) == Create("uuid:1")


@pytest.mark.parametrize("state", ["open", "closing", "closed"])
def test_a_draft_takes_any_version_in_any_state_of_its_form(state: State) -> None:
    arrival = dataclasses.replace(NEW, draft=True)
    assert decide(arrival, Known(state, published=False, may_submit=True)) == Create("uuid:1")


def test_a_refusal_names_what_the_worker_needs() -> None:
    verdict = decide(CORRECTION, known(None, REPLACED))
    assert isinstance(verdict, Refuse)
    assert verdict.details == (("by", "uuid:2"),) and "uuid:2" in verdict.message
    verdict = decide(NEW, Known("open", False, True))
    assert isinstance(verdict, Refuse) and "“1”" in verdict.message


def test_braces_in_what_a_phone_sends_are_only_text() -> None:
    verdict = decide(dataclasses.replace(NEW, version="{0} {version!r}"), Known("open", False, True))
    assert isinstance(verdict, Refuse) and "{0} {version!r}" in verdict.message


def test_an_instance_without_id_gets_one_from_its_bytes() -> None:
    xml = b'<data id="f"><a>1</a></data>'
    made = identify(read(xml), hashlib.sha256(xml).hexdigest())
    assert re.fullmatch(r"uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made)
    assert identify(read(xml), hashlib.sha256(xml).hexdigest()) == made
    assert identify(read(xml + b"\n"), hashlib.sha256(xml + b"\n").hexdigest()) != made
    # For ever: records stored by an earlier release must be found again.
    assert identify(read(xml), "0" * 64) == "uuid:82e3046f-65a7-5023-996a-d2e8581e10f7"


def test_an_instance_with_id_keeps_it() -> None:
    assert identify(read(b'<d id="f"><meta><instanceID>uuid:x</instanceID></meta></d>'), SAME) == "uuid:x"


def test_an_edit_takes_over_the_files_it_did_not_send_again() -> None:
    assert carried(["a.jpg", "b.jpg", "c.jpg", "a.jpg"], sent={"b.jpg"}, before={"a.jpg", "b.jpg", "old.jpg"}) == ["a.jpg"]
