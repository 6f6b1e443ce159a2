"""An XForm document to a Form: field tree, choices, texts, slots (ODK XForms spec; PROTOCOL §3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from forms import xmlsafe
from forms.errors import FormError
from forms.fields import TYPES, Choice, Field, Text
from forms.form import Form
from forms.slots import slots
from forms.texts import Texts
from forms.xmlsafe import local

MAX_BYTES = 16 << 20
MAX_TAGS = 2_000_000  # a choice list of all 84,000 villages of Indonesia has about 700,000
_XHTML_XFORMS = "http://www.w3.org/2002/xforms"

_SELECTS = {"select1": "one", "select": "many", "rank": "rank"}
_CONTROLS = frozenset({"input", "secret", "upload", "trigger", "range", "textarea", *_SELECTS})
_TYPE_NAMES = {
    "integer": "int", "long": "int", "double": "decimal", "float": "decimal", "select1": "string",
    "select": "string", "rank": "string", "intent": "string", "trigger": "string", "datetime": "dateTime",
}  # fmt: skip
_EXPRESSIONS = {
    "relevant": "relevant", "constraint": "constraint", "calculate": "calculation", "required": "required",
    "readonly": "readonly",
}  # fmt: skip
_INSTANCE = re.compile(r"""instance\(\s*["']([^"']+)["']\s*\)""")


@dataclass(slots=True)
class _Control:
    """What the body says about one node; a repeat also takes label and appearance of the group around it."""

    kind: str = ""
    label: Text = field(default_factory=dict)
    hint: Text = field(default_factory=dict)
    appearance: str = ""
    media: str = ""
    choices: str | None = None
    external: bool = False  # a select whose choices are not in the form


def parse(xml: bytes) -> Form:
    """Return the form an XForm document describes; `xml` is kept byte for byte.

    Raises FormError: reason notXml, notXForm or noFormId (400.2), badFormId (400.8), noMeta (400.27),
    xpath (400.15).
    """
    root = form_tree(xml)
    head, body = _child(root, "head"), _child(root, "body")
    model = _child(head, "model")
    primary = primary_instance(root)
    form_id = _form_id(primary)
    if _child(primary, "meta") is None:
        raise FormError(
            "The form has no meta group with an instanceID, so its submissions could not be told apart.",
            reason="noMeta",
            code="400.27",
        )
    texts = Texts.read(model)
    _check_expressions(model)
    reader = _Reader(primary.tag, model, texts)
    if body is not None:
        reader.read_body(body)
    title = _child(head, "title")
    return Form(
        xml_form_id=form_id,
        version=primary.get("version") or "",
        title=("".join(title.itertext()).strip() if title is not None else "") or form_id,
        xml=xml,
        fields=reader.tree(primary),
        choices=reader.choices,
        languages=texts.languages,
        default_language=texts.default,
        slots=slots(model, primary, body),
    )


def form_tree(xml: bytes) -> Any:
    """Return the root of an XForm document. Raises FormError if it is none."""
    try:
        root = xmlsafe.parse(xml, MAX_BYTES, MAX_TAGS)
    except xmlsafe.XmlError as error:
        raise FormError(error.message, reason=error.reason, code="400.2") from error
    if local(root.tag) != "html" or _child(_child(root, "head"), "model") is None:
        message = "This XML is not an XForm: it has no <h:html> with <h:head> and <model>."
        raise FormError(message, reason="notXForm", code="400.2")
    return root


def primary_instance(root: Any) -> Any:
    """Return the root element of the instances that a form makes."""
    instance = _child(_child(_child(root, "head"), "model"), "instance")
    if instance is None or not len(instance):
        message = "The XForm has no primary instance: the first <instance> of its <model> must hold the questions."
        raise FormError(message, reason="notXForm", code="400.2")
    return instance[0]


def _form_id(primary: Any) -> str:
    namespace = primary.tag[1:].partition("}")[0] if primary.tag.startswith("{") else ""
    form_id = (primary.get("id") or (namespace if namespace != _XHTML_XFORMS else "")).strip()
    if not form_id:
        raise FormError("The form has no id: give its primary instance an id attribute.", reason="noFormId", code="400.2")
    if form_id.lower().endswith((".xml", ".xls", ".xlsx")):
        message = f"The form id {form_id} must not end in .xml, .xls or .xlsx: addresses of forms use those endings."
        raise FormError(message, "settings", column="form_id", reason="badFormId", code="400.8")
    if len(form_id) > 255:
        raise FormError("The form id is longer than 255 characters.", "settings", reason="badFormId", code="400.8")
    return form_id


def _check_expressions(model: Any) -> None:
    """Refuse an expression no client could read: a phone would fail to open the form at all."""
    for bind in _named(model, "bind"):
        for attribute, column in _EXPRESSIONS.items():
            expression = bind.get(attribute, "")
            try:
                etree.XPath(expression or "1")
            except etree.XPathSyntaxError as error:
                name = bind.get("nodeset", "").rpartition("/")[2]
                raise FormError(
                    f"The {column} of {name} is not a valid expression ({error}): {expression.strip()}",
                    column=column,
                    reason="xpath",
                    field=name,
                ) from error


class _Reader:
    """Collects binds, body controls and choice lists of one document, then builds the tree."""

    def __init__(self, root_tag: str, model: Any, texts: Texts) -> None:
        self.root = local(root_tag)
        self.texts = texts
        self.choices: dict[str, tuple[Choice, ...]] = {}
        self.read_as: dict[str, tuple[str, str]] = {}  # columns of a list, where they are not name and label
        self.controls: dict[str, _Control] = {}
        self.repeats: set[str] = set()
        self.binds: dict[str, dict[str, str]] = {}
        self.bind_ids: dict[str, str] = {}
        for bind in _named(model, "bind"):
            path = self._path(bind.get("nodeset", ""), "")
            self.binds.setdefault(path, {}).update({local(name): value for name, value in bind.items()})
            if bind.get("id"):
                self.bind_ids[bind.get("id")] = path
        self.lists = {i.get("id", ""): i for i in _named(model, "instance") if i.get("src") is None}
        for name, instance in self.lists.items():
            if name and not self._is_root(instance):
                self.choices[name] = _items(instance, self.texts, "name", "label")

    def _is_root(self, instance: Any) -> bool:
        return not len(instance) or local(instance[0].tag) != "root"

    def _path(self, reference: str, context: str) -> str:
        """Return "/a/b" for "/data/a/b"; a relative reference counts from the control around it."""
        steps = reference.strip().split("/")
        if steps[0] == "":
            return "".join("/" + local(step.rpartition(":")[2]) for step in steps[2:])
        base = context.split("/")
        for step in steps:
            if step == "..":
                base = base[:-1]
            elif step not in (".", ""):
                base = [*base, step.rpartition(":")[2]]
        return "/".join(base)

    def read_body(self, body: Any) -> None:
        stack = [(child, "") for child in reversed(body)]
        while stack:
            element, context = stack.pop()
            kind = local(element.tag)
            path = self._target(element, context)
            if kind == "repeat":
                self.repeats.add(path)
            if path and (kind in ("group", "repeat") or kind in _CONTROLS):
                self._note(element, kind, path)
            if kind not in _CONTROLS:
                stack.extend((child, path or context) for child in reversed(element))

    def _target(self, element: Any, context: str) -> str:
        if element.get("bind"):
            return self.bind_ids.get(element.get("bind"), "")
        reference = element.get("ref") or element.get("nodeset")
        return self._path(reference, context) if reference else ""

    def _note(self, element: Any, kind: str, path: str) -> None:
        control = self.controls.setdefault(path, _Control())
        if kind in _CONTROLS and control.kind in _CONTROLS:
            return  # a second control on the same node: the first one names it
        control.kind = kind
        control.label = control.label or self.texts.of(_child(element, "label"))
        control.hint = control.hint or self.texts.of(_child(element, "hint"))
        control.appearance = control.appearance or " ".join(element.get("appearance", "").split())
        if kind == "upload":
            control.media = _media(element.get("mediatype", ""))
        if kind in _SELECTS or element.get("query"):
            self._note_choices(element, control, path)

    def _note_choices(self, element: Any, control: _Control, path: str) -> None:
        itemset = _child(element, "itemset")
        if element.get("query") or "search(" in control.appearance:
            control.external = True
        elif itemset is not None:
            found = _INSTANCE.search(itemset.get("nodeset", ""))
            name = found.group(1) if found else ""
            if name in self.choices:
                control.choices = name
                value, label = _reference(itemset, "value"), _reference(itemset, "label")
                if (value, label) not in (("name", "label"), ("name", "itextId"), self.read_as.get(name)):
                    self.read_as[name] = (value, label)
                    self.choices[name] = _items(self.lists[name], self.texts, value, label)
        elif element.find("{*}item") is not None:
            control.choices = path
            self.choices[path] = tuple(
                Choice(_text(_child(item, "value")), self.texts.of(_child(item, "label")), {})
                for item in _named(element, "item")
            )

    def tree(self, primary: Any) -> tuple[Field, ...]:
        return self._fields([primary], "")

    def _fields(self, parents: list[Any], path: str) -> tuple[Field, ...]:
        """Build the children of a node; a repeat stands as template and as first instance, so merge them.

        Recursion is safe here: xmlsafe bounds the depth of the document.
        """
        merged: dict[str, list[Any]] = {}
        for parent in parents:
            for child in parent:
                merged.setdefault(local(child.tag), []).append(child)
        return tuple(self._field(name, nodes, f"{path}/{name}") for name, nodes in merged.items())

    def _field(self, name: str, nodes: list[Any], path: str) -> Field:
        bind = self.binds.get(path, {})
        control = self.controls.get(path) or _Control()
        children = self._fields(nodes, path)
        kind = self._type(path, bind, control, bool(children))
        required = bind.get("required", "").strip()
        select = _SELECTS.get(control.kind) or ("one" if control.external else None)
        return Field(
            path=path,
            name=name,
            type=kind,
            label=control.label,
            hint=control.hint,
            select=select,
            choices=control.choices,
            binary=kind == "binary",
            required=required not in ("", "false()"),
            appearance=control.appearance,
            children=children,
            saveto=bind.get("saveto"),
            control=control.kind,
            media=control.media,
            relevant=bind.get("relevant", "").strip(),
            required_if="" if required == "false()" else required,
            calculate=bind.get("calculate", "").strip(),
            readonly=bind.get("readonly", "").strip() == "true()",
        )

    def _type(self, path: str, bind: dict[str, str], control: _Control, container: bool) -> str:
        if path in self.repeats:
            return "repeat"
        if container or control.kind == "group":
            return "structure"
        if control.kind == "upload":
            return "binary"
        named = bind.get("type", "").rpartition(":")[2]
        named = _TYPE_NAMES.get(named, named)
        if not named and (control.kind in _SELECTS or control.kind == "trigger"):
            return "string"
        return named if named in TYPES - {"structure", "repeat"} else "unknown"


def _items(instance: Any, texts: Texts, value: str, label: str) -> tuple[Choice, ...]:
    """Read a choice list; whatever is neither value nor label is a further column of the choices sheet."""
    read = []
    for item in (i for child in instance for i in _named(child, "item")):
        cells = {local(cell.tag): _text(cell) for cell in item}
        text_id = cells.pop("itextId", "")
        own = cells.pop(value, "")
        plain = cells.pop(label, "") if label != "itextId" else ""
        said = texts.by_id(text_id) if text_id else texts.plain(plain)
        read.append(Choice(own, said, cells))
    return tuple(read)


def _reference(itemset: Any, name: str) -> str:
    """Return the column an itemset takes its value or label from: "itextId" for "jr:itext(itextId)"."""
    element = _child(itemset, name)
    reference = element.get("ref", "") if element is not None else ""
    return str(reference).strip().removeprefix("jr:itext(").removesuffix(")").strip() or name


def _media(mediatype: str) -> str:
    family = mediatype.partition("/")[0]
    return family if family in ("image", "audio", "video") else "file"


def _child(parent: Any, name: str) -> Any:
    return next(_named(parent, name), None) if parent is not None else None


def _named(parent: Any, name: str) -> Iterator[Any]:
    return (child for child in parent if local(child.tag) == name)


def _text(element: Any) -> str:
    return (element.text or "").strip() if element is not None else ""
