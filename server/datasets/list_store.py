"""Statements on entity lists and their properties: made by people, or born when a form is published (PROTOCOL §6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, or_, select, update

from forms.entities import Declaration, list_fault, property_fault
from server import events
from server.datasets import digest_store
from server.datasets.models import Dataset, Entity, EntityVersion, Property, PropertySource, Source
from server.db import db, now
from server.problems import Problem


def find(project_id: int, name: str) -> Dataset | None:
    """The living list of that name."""
    return db.session.scalar(select(Dataset).where(
        Dataset.project_id == project_id, Dataset.name == name, Dataset.deleted_at.is_(None)))


def get(project_id: int, name: str) -> Dataset:
    """The living list of that name, or the problem 404.1."""
    found = find(project_id, name)
    if found is None:
        raise Problem("404.1", message=f"There is no entity list {name} in this project.")
    return found


def listing(project_id: int) -> list[Dataset]:
    """The living lists of a project, by name."""
    return list(db.session.scalars(select(Dataset).where(
        Dataset.project_id == project_id, Dataset.deleted_at.is_(None)).order_by(Dataset.name)))


def by_ids(ids: Iterable[int]) -> dict[int, Dataset]:
    """Living lists by id."""
    rows = db.session.scalars(select(Dataset).where(Dataset.id.in_(list(ids)), Dataset.deleted_at.is_(None)))
    return {row.id: row for row in rows}


def properties(dataset_id: int) -> list[Property]:
    """The properties of a list, in the order they came."""
    return list(db.session.scalars(select(Property).where(Property.dataset_id == dataset_id).order_by(Property.id)))


def hold(dataset: Dataset) -> None:
    """Changes of one list wait for each other, so that its sums stay right; notes the time of the change."""
    db.session.execute(select(Dataset.id).where(Dataset.id == dataset.id).with_for_update())
    db.session.refresh(dataset)
    dataset.last_update = now()


def create(project_id: int, name: str, *, approval_required: bool = False, owner_only: bool = False,
           area_property: str | None = None, kept_by: str | None = None, actor_id: int | None = None) -> Dataset:
    """A new list. Raises 400.8 for a name it cannot have, 409.3 or 409.16 for one that is taken."""
    if fault := list_fault(name):
        raise Problem("400.8", field="name", value=f"“{name[:100]}”", reason=fault)
    _refuse_taken(name, [each.name for each in listing(project_id)], "409.16", ["projectId", "name"], [project_id, name])
    at = now()
    dataset = Dataset(project_id=project_id, name=name, approval_required=approval_required, owner_only=owner_only,
                      kept_by=kept_by, created_at=at, last_update=at)
    db.session.add(dataset)
    db.session.flush()
    _fill_slots(dataset)
    _record("dataset.create", dataset, actor_id, {"properties": []})
    if area_property is not None:
        add_property(dataset, area_property, actor_id)
        dataset.area_property = area_property
        db.session.flush()
    return dataset


def _fill_slots(dataset: Dataset) -> None:
    """An empty slot `x.csv` of a published or draft form is filled by the list `x`, also when the list comes later."""
    forms, versions, slots = _table("forms"), _table("form_versions"), _table("form_attachments")
    here = select(versions.c.id).join(forms, forms.c.id == versions.c.form_id).where(
        forms.c.project_id == dataset.project_id, forms.c.deleted_at.is_(None), versions.c.current | versions.c.draft)
    db.session.execute(update(slots).where(
        slots.c.name == f"{dataset.name}.csv", slots.c.type == "file", slots.c.sha256.is_(None), slots.c.dataset_id.is_(None),
        slots.c.version_id.in_(here)).values(dataset_id=dataset.id, updated_at=dataset.created_at))


def _refuse_taken(name: str, known: Iterable[str], by_case: str, fields: list[str], values: list[Any]) -> None:
    for current in known:
        if current == name:
            raise Problem("409.3", what="Something named" if by_case == "409.17" else "A list named", value=name,
                          fields=fields, values=values)
        if current.casefold() == name.casefold():
            raise Problem(by_case, current=current, provided=name)


def add_property(dataset: Dataset, name: str, actor_id: int | None, at: datetime | None = None) -> Property:
    """A new property. Raises 400.8 for a name it cannot have, 409.3 or 409.17 for one that is taken."""
    if fault := property_fault(name):
        raise Problem("400.8", field="name", value=f"“{name[:100]}”", reason=fault)
    hold(dataset)
    _refuse_taken(name, [each.name for each in properties(dataset.id)], "409.17", ["name", "datasetId"], [name, dataset.id])
    added = Property(dataset_id=dataset.id, name=name, published_at=at or now())
    db.session.add(added)
    db.session.flush()
    _record("dataset.update", dataset, actor_id, {"properties": [name]})
    return added


def change(dataset: Dataset, values: dict[str, Any], actor_id: int | None) -> None:
    """Change when entities are made, who sees whose, or which property holds the area."""
    changed = {name: value for name, value in values.items() if getattr(dataset, name) != value}
    if not changed:
        return
    area = changed.get("area_property")
    if area is not None and area not in {each.name for each in properties(dataset.id)}:
        raise Problem("400.28", property=area)
    hold(dataset)
    for name, value in changed.items():
        setattr(dataset, name, value)
    db.session.flush()
    if "area_property" in changed:
        _sort_by_area(dataset)
    _record("dataset.update", dataset, actor_id, {"data": changed})


def area_in(dataset: Dataset, data: dict[str, str]) -> str:
    """The area code of an entity with this data; "" when it has none (a code too long for its column is none)."""
    code = data.get(dataset.area_property, "").strip() if dataset.area_property else ""
    return code if len(code) <= 32 else ""


def _sort_by_area(dataset: Dataset) -> None:
    """Bring the areas of all rows in line with the list's rule."""
    rows = db.session.execute(select(Entity.id, Entity.area, EntityVersion.data).join(
        EntityVersion, (EntityVersion.entity_id == Entity.id) & EntityVersion.current).where(Entity.dataset_id == dataset.id))
    moved = [{"id": row.id, "area": area_in(dataset, row.data)} for row in rows if row.area != area_in(dataset, row.data)]
    if moved:
        db.session.execute(update(Entity), moved)
        db.session.expire_all()
    digest_store.rebuild(dataset.id)


def remove(dataset: Dataset, actor_id: int | None) -> None:
    """Delete a list: its name becomes free, forms that carried it carry nothing in its place."""
    hold(dataset)
    dataset.deleted_at = now()
    slots = _table("form_attachments")
    db.session.execute(update(slots).where(slots.c.dataset_id == dataset.id).values(dataset_id=None, updated_at=dataset.deleted_at))
    db.session.execute(delete(Source).where(Source.dataset_id == dataset.id))
    db.session.execute(delete(PropertySource).where(PropertySource.property_id.in_(
        select(Property.id).where(Property.dataset_id == dataset.id))))
    db.session.flush()
    _record("dataset.delete", dataset, actor_id, {})


def declare(project_id: int, form_id: int, declarations: Sequence[Declaration], area_path: str | None,
            actor_id: int | None) -> list[Dataset]:
    """A form was published: make its lists and properties, and note what it writes. Returns the lists that are new.

    A list takes the property that the form saves its area to as its own area, unless it has one.
    Raises 409.16 or 409.17 for names that differ only in case from known ones.
    """
    db.session.execute(delete(Source).where(Source.form_id == form_id))
    db.session.execute(delete(PropertySource).where(PropertySource.form_id == form_id))
    born, at = [], now()
    for declaration in declarations:
        dataset = find(project_id, declaration.dataset)
        if dataset is None:
            dataset = create(project_id, declaration.dataset, actor_id=actor_id)
            born.append(dataset)
        _note_source(dataset, form_id)
        known = {each.name: each for each in properties(dataset.id)}
        for name in declaration.properties.values():
            found = known.get(name) or add_property(dataset, name, actor_id, at)
            db.session.add(PropertySource(property_id=found.id, form_id=form_id))
            db.session.flush()
        area = declaration.properties.get(area_path or "")
        if area is not None and dataset.area_property is None:
            change(dataset, {"area_property": area}, actor_id)
    return born


def _note_source(dataset: Dataset, form_id: int) -> None:
    if db.session.get(Source, (dataset.id, form_id)) is None:
        db.session.add(Source(dataset_id=dataset.id, form_id=form_id))
        db.session.flush()


@dataclass(slots=True)
class Forms:
    """Forms around a list: (title, xmlFormId) of those that carry it, that write to it, and by property."""

    linked: list[tuple[str, str]] = field(default_factory=list)
    sources: list[tuple[str, str]] = field(default_factory=list)
    by_property: dict[int, list[tuple[str, str]]] = field(default_factory=dict)


def forms_around(dataset_ids: Sequence[int]) -> dict[int, Forms]:
    """The living published forms around these lists. Forms belong to a room above this one, so they are read by name."""
    forms, versions, slots = _table("forms"), _table("form_versions"), _table("form_attachments")
    named = (versions.c.title, forms.c.xml_form_id)
    found = {dataset_id: Forms() for dataset_id in dataset_ids}
    living = forms.c.deleted_at.is_(None)
    current = (versions.c.form_id == forms.c.id) & versions.c.current

    def ordered(wanted: Any, key: Any) -> Any:
        return db.session.execute(wanted.where(living, key.in_(dataset_ids)).order_by(forms.c.xml_form_id))

    linked = select(slots.c.dataset_id, *named).distinct().select_from(slots).join(
        versions, versions.c.id == slots.c.version_id).join(forms, current)
    for dataset_id, title, xml_form_id in ordered(linked, slots.c.dataset_id):
        found[dataset_id].linked.append((title, xml_form_id))
    sources = select(Source.dataset_id, *named).join(forms, forms.c.id == Source.form_id).join(versions, current)
    for dataset_id, title, xml_form_id in ordered(sources, Source.dataset_id):
        found[dataset_id].sources.append((title, xml_form_id))
    written = select(Property.dataset_id, Property.id, *named).join(PropertySource, PropertySource.property_id == Property.id).join(
        forms, forms.c.id == PropertySource.form_id).join(versions, current)
    for dataset_id, property_id, title, xml_form_id in ordered(written, Property.dataset_id):
        found[dataset_id].by_property.setdefault(property_id, []).append((title, xml_form_id))
    return found


def used_by_forms(dataset_id: int) -> list[str]:
    """xmlFormIds of living forms that carry the list (published or draft) or write to it."""
    forms, versions, slots = _table("forms"), _table("form_versions"), _table("form_attachments")
    carried = select(versions.c.form_id).join(slots, slots.c.version_id == versions.c.id).where(
        slots.c.dataset_id == dataset_id, versions.c.current | versions.c.draft)
    written = select(Source.form_id).where(Source.dataset_id == dataset_id)
    return list(db.session.scalars(select(forms.c.xml_form_id).where(
        forms.c.deleted_at.is_(None), or_(forms.c.id.in_(carried), forms.c.id.in_(written)))))


def _table(name: str) -> Table:
    return db.metadata.tables[name]


def _record(action: str, dataset: Dataset, actor_id: int | None, details: dict[str, Any]) -> None:
    events.record(action, project_id=dataset.project_id, actor_id=actor_id, subject=dataset.name,
                  details={"datasetId": dataset.id, "dataset": dataset.name, **details})

