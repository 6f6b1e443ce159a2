"""The `$metadata` of an entity list, as EDMX 4.0 (PROTOCOL §6 "OData")."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree
from lxml.builder import ElementMaker

from forms.odata import sanitised

SYSTEM = {"createdAt": "Edm.DateTimeOffset", "creatorId": "Edm.String", "creatorName": "Edm.String", "updates": "Edm.Int64",
          "updatedAt": "Edm.DateTimeOffset", "deletedAt": "Edm.DateTimeOffset", "version": "Edm.Int64", "conflict": "Edm.String"}
_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"
_OURS = "org.opendatakit.entity"
_make = ElementMaker(namespace=_EDM, nsmap={None: _EDM})
_outer = ElementMaker(namespace=_EDMX, nsmap={"edmx": _EDMX})


def document(name: str, properties: Iterable[str]) -> bytes:
    """Return the EDMX document of a list: one table, `Entities`, whose properties are all texts."""
    space = f"org.opendatakit.user.{sanitised(name)}"
    shared = _make.Schema(_make.ComplexType(*(_make.Property(Name=each, Type=kind) for each, kind in SYSTEM.items()), Name="metadata"),
                          Namespace=_OURS)
    entity = _make.EntityType(
        _make.Key(_make.PropertyRef(Name="__id")), _make.Property(Name="__id", Type="Edm.String", Nullable="false"),
        _make.Property(Name="__system", Type=f"{_OURS}.metadata"), _make.Property(Name="label", Type="Edm.String"),
        *(_make.Property(Name=sanitised(each), Type="Edm.String") for each in properties), Name="Entities")
    entities = _make.EntitySet(
        *(_make.Annotation(Term=f"Org.OData.Capabilities.V1.{term}", Bool="true") for term in ("TopSupported", "SkipSupported")),
        Name="Entities", EntityType=f"{space}.Entities")
    own = _make.Schema(entity, _make.EntityContainer(entities, Name=sanitised(name)), Namespace=space)
    whole = _outer.Edmx(_outer.DataServices(shared, own), Version="4.0")
    found: bytes = etree.tostring(whole, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return found
