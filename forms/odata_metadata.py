"""The service document and `$metadata` of a form, as EDMX 4.0 (PROTOCOL §4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree
from lxml.builder import ElementMaker

from forms.fields import Field
from forms.form import Form
from forms.odata import sanitised
from forms.odata_tables import ROOT, Table, steps, tables
from forms.odata_values import EDM

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_OURS = "org.opendatakit.submission"
_METADATA = {
    "submissionDate": "Edm.DateTimeOffset", "updatedAt": "Edm.DateTimeOffset", "submitterId": "Edm.String",
    "submitterName": "Edm.String", "attachmentsPresent": "Edm.Int64", "attachmentsExpected": "Edm.Int64",
    "status": f"{_OURS}.Status", "reviewState": f"{_OURS}.ReviewState", "deviceId": "Edm.String", "edits": "Edm.Int64",
    "formVersion": "Edm.String", "deletedAt": "Edm.DateTimeOffset",
}
_ENUMS = {"Status": ("notDecrypted", "missingEncryptedFormData"), "ReviewState": ("hasIssues", "edited", "rejected", "approved")}
_make = ElementMaker(namespace=_EDM, nsmap={None: _EDM})
_outer = ElementMaker(namespace=_EDMX, nsmap={"edmx": _EDMX})


def service_document(form: Form, base: str) -> dict[str, Any]:
    """Return the tables by name; `base` is the absolute address of the service, without a slash at its end."""
    return {"@odata.context": f"{base}/$metadata",
            "value": [{"name": name, "kind": "EntitySet", "url": name} for name in tables(form)]}


def metadata(form: Form) -> bytes:
    """Return the EDMX document: an EntityType for each table, a ComplexType for each group."""
    space = f"org.opendatakit.user.{sanitised(form.xml_form_id)}"
    own = _make.Schema(Namespace=space)
    for table in tables(form).values():
        own.append(_entity(table, space))
        own.extend(_groups(table, table.fields, space))
    container = _make.EntityContainer(Name=sanitised(form.xml_form_id))
    for name, table in tables(form).items():
        container.append(_set(name, table, space))
    own.append(container)
    document = _outer.Edmx(_outer.DataServices(_shared(), own), Version="4.0")
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _shared() -> Any:
    """What all forms share: the object `__system` and its enumerations."""
    schema = _make.Schema(Namespace=_OURS)
    schema.append(_make.ComplexType(*(_property(name, kind) for name, kind in _METADATA.items()), Name="metadata"))
    for name, members in _ENUMS.items():
        schema.append(_make.EnumType(*(_make.Member(Name=member, Value=str(value)) for value, member in enumerate(members)), Name=name))
    return schema


def _property(name: str, kind: str) -> Any:
    scale = {"Scale": "variable"} if kind == "Edm.Decimal" else {}  # without it a decimal is a whole number
    return _make.Property(Name=name, Type=kind, **scale)


def _entity(table: Table, space: str) -> Any:
    entity = _make.EntityType(_make.Key(_make.PropertyRef(Name="__id")), Name=table.name)
    entity.append(_make.Property(Name="__id", Type="Edm.String", Nullable="false"))
    if table.parent:
        entity.append(_property(table.parent_key, "Edm.String"))
    else:
        entity.append(_property("__system", f"{_OURS}.metadata"))
    entity.extend(_properties(table, table.fields, space))
    return entity


def _properties(table: Table, fields: Iterable[Field], space: str) -> list[Any]:
    made = []
    for found in fields:
        name = sanitised(found.name)
        if found.type == "repeat":
            kind = ".".join((space, ROOT, *steps(found.path)))
            made.append(_make.NavigationProperty(Name=name, Type=f"Collection({kind})"))
        elif found.type == "structure":
            made.append(_property(name, f"{space}.{'.'.join(steps(found.path))}"))
        else:
            made.append(_property(name, EDM.get(found.type, "Edm.String")))
    return made


def _groups(table: Table, fields: Iterable[Field], space: str) -> list[Any]:
    made = []
    for found in fields:
        if found.type == "structure":
            made.append(_make.ComplexType(*_properties(table, found.children, space), Name=".".join(steps(found.path))))
            made.extend(_groups(table, found.children, space))
    return made


def _set(name: str, table: Table, space: str) -> Any:
    """An EntitySet, the ways to its repeats, and what the service can do with it."""
    made = _make.EntitySet(Name=name, EntityType=f"{space}.{name}")
    for path in _repeats(table.fields):
        made.append(_make.NavigationPropertyBinding(Path="/".join(steps(path[len(table.path):])),
                                                    Target=".".join((ROOT, *steps(path)))))
    for term in ("TopSupported", "SkipSupported"):
        made.append(_make.Annotation(Term=f"Org.OData.Capabilities.V1.{term}", Bool="true"))
    made.append(_make.Annotation(_make.Record(_make.PropertyValue(Property="Countable", Bool="true")),
                                 Term="Org.OData.Capabilities.V1.CountRestrictions"))
    return made


def _repeats(fields: Iterable[Field]) -> list[str]:
    found = []
    for each in fields:
        if each.type == "repeat":
            found.append(each.path)
        elif each.type == "structure":
            found += _repeats(each.children)
    return found
