"""What a form declares about entity lists, and what an instance wants done to them (ODK entities spec; PROTOCOL §6)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from forms.errors import FormError
from forms.form import Form
from forms.instance import Instance
from forms.xform import form_tree, primary_instance
from forms.xmlsafe import local

MAX_ACTIONS = 2_000  # in one submission
MAX_NAME = 255
_VERSIONS = re.compile(r"202[2-5]\.[0-9]+(\.[0-9]+)?\Z")
_LETTER = r"[^\W\d_]"
_LIST = re.compile(rf"(?!__)(?:{_LETTER}|[_:])(?:\w|[:-])*\Z")
_PROPERTY = re.compile(rf"(?!__)(?:{_LETTER}|_)[\w.-]*\Z")
_RESERVED = ("name", "label")
_TRUE = ("1", "true", "true()")
_NUMBER = re.compile(r"[0-9]{1,9}\Z")


@dataclass(frozen=True, slots=True)
class Declaration:
    """One list a form writes to. `path` is the group or repeat that holds the entity, "" for the form itself.

    `properties` are property names by the path of the field whose answer they take. `creates` and `updates`: what
    the form can do at all; an instance says which it does.
    """

    path: str
    dataset: str
    creates: bool
    updates: bool
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """What one instance wants done to one entity. `place` is the element that holds it ("" or "/orang[2]").

    `data` are the given properties only, "" where the answer was blank; `label` "" keeps the old one.
    """

    place: str
    dataset: str
    uuid: str
    create: bool
    update: bool
    label: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    base_version: int | None = None
    trunk_version: int | None = None
    branch_id: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """An entity of an instance that cannot be used: the protocol's number as text, a sentence, the list it was for."""

    place: str
    dataset: str
    code: str
    message: str


def list_fault(name: str) -> str | None:
    """Why a list cannot have this name; None when it can."""
    if len(name) > MAX_NAME:
        return f"it is longer than {MAX_NAME} characters."
    if _LIST.match(name):
        return None
    return "it must begin with a letter, _ or :, go on with letters, digits, _, : or -, and not begin with two underscores."


def property_fault(name: str) -> str | None:
    """Why a property cannot have this name; None when it can."""
    if len(name) > MAX_NAME:
        return f"it is longer than {MAX_NAME} characters."
    if name.lower() in _RESERVED:
        return "every entity has a name and a label already."
    if _PROPERTY.match(name):
        return None
    return "it must begin with a letter or _, go on with letters, digits, _, . or -, and not begin with two underscores."


def uuid_of(text: str) -> str | None:
    """A version 4 uuid in its plain form; the prefix `uuid:` and capitals do not matter. None when it is none."""
    try:
        read = uuid.UUID(hex=text.strip().removeprefix("uuid:"))
    except ValueError:
        return None
    plain = str(read)
    given = text.strip().removeprefix("uuid:").lower()
    return plain if read.version == 4 and read.variant == uuid.RFC_4122 and given == plain else None


def declared(form: Form) -> tuple[Declaration, ...]:
    """The lists a form writes to, the form's own first. Raises FormError 400.25 for a declaration nobody could follow."""
    if b"entity" not in form.xml:
        return ()
    root = form_tree(form.xml)
    primary = primary_instance(root)
    places = dict(_entities(primary, ""))
    if not places:
        return ()
    _check_version(root)
    savetos = [(found.path, found.saveto) for found in form.by_path.values() if found.saveto]
    homes = {path: _home(path, places) for path, _ in savetos}
    for path, home in homes.items():
        if home is None:
            raise _bad(f"{path} is saved to a list, but no group around it declares an entity")
    return tuple(_declaration(path, entity, {p: name for p, name in savetos if homes[p] == path}, form)
                 for path, entity in places.items())


def _entities(element: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Each element with an entity in its meta group, outermost first; of a repeat its template stands for all."""
    stack = [(element, path)]
    seen: set[str] = set()
    while stack:
        current, at = stack.pop()
        found = _entity_of(current)
        if found is not None and at not in seen:
            seen.add(at)
            yield at, found
        stack.extend((child, f"{at}/{local(child.tag)}") for child in reversed(current))


def _entity_of(element: Any) -> Any:
    for meta in element:
        if local(meta.tag) == "meta":
            for child in meta:
                if local(child.tag) == "entity":
                    return child
    return None


def _home(path: str, places: Mapping[str, Any]) -> str | None:
    """The innermost declared place around a field."""
    while path:
        path = path.rpartition("/")[0]
        if path in places:
            return path
    return None


def _check_version(root: Any) -> None:
    model = root.find("{*}head/{*}model")
    version = next((value for name, value in model.attrib.items() if local(name) == "entities-version"), "")
    if not _VERSIONS.match(version):
        raise _bad(f"its entities-version is “{version}”; 2022.1 to 2025.1 are known" if version
                   else "its <model> has no entities-version")


def _declaration(path: str, entity: Any, properties: dict[str, str], form: Form) -> Declaration:
    given = {local(name): value for name, value in entity.attrib.items()}
    dataset = given.get("dataset", "").strip()
    if fault := list_fault(dataset):
        raise _bad(f"the list cannot be named “{dataset}”: {fault[:-1]}")
    for name in properties.values():
        if fault := property_fault(name):
            raise _bad(f"a property cannot be named “{name}”: {fault[:-1]}")
    if len(set(properties.values())) < len(properties):
        twice = next(name for name in properties.values() if list(properties.values()).count(name) > 1)
        raise _bad(f"two fields are saved to the property {twice}")
    creates = _calculated(path, "create", form) or given.get("create", "") in _TRUE
    updates = _calculated(path, "update", form) or given.get("update", "") in _TRUE
    # The specification of 2022 knew only creating, and said so by nothing at all.
    return Declaration(path, dataset, creates or not updates, updates, properties)


def _calculated(path: str, name: str, form: Form) -> bool:
    return re.search(rf"""nodeset=["']/[^/"']+{re.escape(path)}/meta/entity/@{name}["']""".encode(), form.xml) is not None


def _bad(reason: str) -> FormError:
    return FormError(f"The entity definition of the form cannot be used: {reason}.", "entities", reason="entities", code="400.25")


def actions(instance: Instance, declarations: tuple[Declaration, ...]) -> list[Action | Fault]:
    """What an instance wants done, in document order. Never raises: what cannot be used is a Fault.

    Only lists that the form declares at that place are written; elements without create and update want nothing.
    """
    known = {declaration.path: declaration for declaration in declarations}
    found: list[Action | Fault] = []
    for place, generic, element, entity in _filled(instance.root, known):
        wanted = _action(place, known[generic], element, entity, generic, known)
        if wanted is None:
            continue
        if len(found) == MAX_ACTIONS:
            found.append(Fault(place, known[generic].dataset, "400.8", f"A record may change at most {MAX_ACTIONS} entities."))
            break
        found.append(wanted)
    return found


def _filled(root: Any, known: Mapping[str, Declaration]) -> Iterator[tuple[str, str, Any, Any]]:
    """Each element of the instance at a declared place, with its entity: (place, path in the form, element, entity)."""
    ancestors = {path[:end] for path in known for end in range(len(path) + 1) if end == 0 or path[end:end + 1] in ("/", "")}
    stack = [(root, "", "")]
    while stack:
        element, place, generic = stack.pop()
        entity = _entity_of(element) if generic in known else None
        if entity is not None:
            yield place, generic, element, entity
        below, counts = [], dict[str, int]()
        for child in element:
            name = local(child.tag)
            counts[name] = counts.get(name, 0) + 1
            if f"{generic}/{name}" in ancestors:
                below.append((child, f"{place}/{name}[{counts[name]}]", f"{generic}/{name}"))
        stack.extend(reversed(below))


def _action(place: str, declaration: Declaration, element: Any, entity: Any, generic: str,
            known: Mapping[str, Declaration]) -> Action | Fault | None:
    given = {local(name): value.strip() for name, value in entity.attrib.items()}
    create = declaration.creates and given.get("create", "") in _TRUE
    update = declaration.updates and given.get("update", "") in _TRUE
    if not create and not update:
        return None

    def fault(code: str, message: str) -> Fault:
        return Fault(place, declaration.dataset, code, message)

    if given.get("dataset", declaration.dataset) != declaration.dataset:
        return fault("404.7", f"The form does not write to a list named {given['dataset'][:60]} here.")
    own = uuid_of(given.get("id", ""))
    if own is None:
        return fault("400.11" if given.get("id") else "400.2", "The id of the entity must be a uuid of version 4.")
    numbers: dict[str, int | None] = {}
    for name in ("baseVersion", "trunkVersion"):
        if given.get(name) and not _NUMBER.match(given[name]):
            return fault("400.11", f"The {name} of an entity must be a whole number, not {given[name][:60]}.")
        numbers[name] = int(given[name]) if given.get(name) else None
    branch = given.get("branchId") or None
    if branch is not None and (branch := uuid_of(branch)) is None:
        return fault("400.11", "The branchId of an entity must be a uuid of version 4.")
    if update and not create and numbers["baseVersion"] is None:
        return fault("400.2", "The update of an entity names no baseVersion.")
    if numbers["trunkVersion"] is not None and branch is None:
        return fault("400.2", "The update of an entity names a trunkVersion, but no branchId.")
    label = next(("".join(child.itertext()).strip() for child in entity if local(child.tag) == "label"), "")
    return Action(place, declaration.dataset, own, create, update, label, _given(element, generic, declaration, known),
                  numbers["baseVersion"], numbers["trunkVersion"], branch)


def _given(element: Any, generic: str, declaration: Declaration, known: Mapping[str, Declaration]) -> dict[str, str]:
    """The properties whose fields are in the instance; what another entity inside takes is left to it."""
    data: dict[str, str] = {}
    stack = [(child, f"{generic}/{local(child.tag)}") for child in reversed(element)]
    while stack:
        current, at = stack.pop()
        name = declaration.properties.get(at)
        if name is not None:
            said = current.text or ""
            data[name] = data.get(name) or ("" if said.isspace() else said)
        if at not in known:
            stack.extend((child, f"{at}/{local(child.tag)}") for child in reversed(current))
    return data
