"""Entity lists, their entities and versions; a form's file slot may be filled by a list.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from server.db import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON(none_as_null=True)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def upgrade() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", Id, nullable=False),
        sa.Column("project_id", Id, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("approval_required", sa.Boolean(), nullable=False),
        sa.Column("owner_only", sa.Boolean(), nullable=False),
        sa.Column("area_property", sa.String(255)),
        sa.Column("kept_by", sa.String(32)),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_update", Instant()),
        sa.Column("deleted_at", Instant()),
        _key("datasets", "project_id", "projects.id"), _primary("datasets", "id"))
    living = sa.text("deleted_at IS NULL")
    op.create_index("uq_datasets_living", "datasets", ["project_id", "name"], unique=True, sqlite_where=living, postgresql_where=living)
    op.create_table(
        "dataset_properties",
        sa.Column("id", Id, nullable=False),
        sa.Column("dataset_id", Id, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        _key("dataset_properties", "dataset_id", "datasets.id"), _primary("dataset_properties", "id"),
        sa.UniqueConstraint("dataset_id", "name", name=op.f("uq_dataset_properties_dataset_id_name")))
    op.create_table(
        "dataset_sources",
        sa.Column("dataset_id", Id, autoincrement=False, nullable=False),
        sa.Column("form_id", Id, autoincrement=False, nullable=False),
        _key("dataset_sources", "dataset_id", "datasets.id"), _key("dataset_sources", "form_id", "forms.id"),
        _primary("dataset_sources", "dataset_id", "form_id"))
    op.create_index(op.f("ix_dataset_sources_form_id"), "dataset_sources", ["form_id"])
    op.create_table(
        "dataset_property_sources",
        sa.Column("property_id", Id, autoincrement=False, nullable=False),
        sa.Column("form_id", Id, autoincrement=False, nullable=False),
        _key("dataset_property_sources", "property_id", "dataset_properties.id"),
        _key("dataset_property_sources", "form_id", "forms.id"),
        _primary("dataset_property_sources", "property_id", "form_id"))
    op.create_index(op.f("ix_dataset_property_sources_form_id"), "dataset_property_sources", ["form_id"])
    op.create_table(
        "entities",
        sa.Column("id", Id, nullable=False),
        sa.Column("dataset_id", Id, nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("area", sa.String(32), nullable=False),
        sa.Column("creator_id", Id),
        sa.Column("conflict", sa.String(8)),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant()),
        sa.Column("deleted_at", Instant()),
        _key("entities", "dataset_id", "datasets.id"), _key("entities", "creator_id", "actors.id"), _primary("entities", "id"),
        sa.UniqueConstraint("dataset_id", "uuid", name=op.f("uq_entities_dataset_id_uuid")))
    op.create_index("ix_entities_order", "entities", ["dataset_id", "created_at", "id"])
    op.create_index("ix_entities_area", "entities", ["dataset_id", "area"])
    op.create_table(
        "entity_versions",
        sa.Column("id", Id, nullable=False),
        sa.Column("entity_id", Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("data_received", Json, nullable=False),
        sa.Column("base_version", sa.Integer()),
        sa.Column("conflicting_properties", Json),
        sa.Column("resolved", sa.Boolean(), nullable=False),
        sa.Column("branch_id", sa.String(36)),
        sa.Column("trunk_version", sa.Integer()),
        sa.Column("branch_version", sa.Integer()),
        sa.Column("forced", sa.Boolean(), nullable=False),
        sa.Column("submission_id", Id),
        sa.Column("submission_version_id", Id),
        sa.Column("source", Json),
        sa.Column("creator_id", Id),
        sa.Column("user_agent", sa.String(255), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        _key("entity_versions", "entity_id", "entities.id"), _key("entity_versions", "submission_id", "submissions.id"),
        _key("entity_versions", "submission_version_id", "submission_versions.id"),
        _key("entity_versions", "creator_id", "actors.id"), _primary("entity_versions", "id"),
        sa.UniqueConstraint("entity_id", "version", name=op.f("uq_entity_versions_entity_id_version")))
    current = sa.text("current")
    op.create_index("uq_entity_versions_current", "entity_versions", ["entity_id"], unique=True,
                    sqlite_where=current, postgresql_where=current)
    op.create_index(op.f("ix_entity_versions_submission_id"), "entity_versions", ["submission_id"])
    op.create_table(
        "entity_wishes",
        sa.Column("id", Id, nullable=False),
        sa.Column("dataset_id", Id, nullable=False),
        sa.Column("submission_id", Id, nullable=False),
        sa.Column("submission_version_id", Id, nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("action", Json, nullable=False),
        sa.Column("actor_id", Id),
        sa.Column("user_agent", sa.String(255), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        _key("entity_wishes", "dataset_id", "datasets.id"), _key("entity_wishes", "submission_id", "submissions.id"),
        _key("entity_wishes", "submission_version_id", "submission_versions.id"), _key("entity_wishes", "actor_id", "actors.id"),
        _primary("entity_wishes", "id"),
        sa.UniqueConstraint("submission_id", "dataset_id", "uuid", name=op.f("uq_entity_wishes_submission_id_dataset_id_uuid")))
    op.create_index("ix_entity_wishes_entity", "entity_wishes", ["dataset_id", "uuid", "state"])
    op.create_index("ix_entity_wishes_state", "entity_wishes", ["state", "at"])
    op.create_table(
        "dataset_digests",
        sa.Column("dataset_id", Id, autoincrement=False, nullable=False),
        sa.Column("area", sa.String(32), nullable=False),
        sa.Column("creator_id", Id, autoincrement=False, nullable=False),
        sa.Column("total", sa.String(32), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        _key("dataset_digests", "dataset_id", "datasets.id"), _primary("dataset_digests", "dataset_id", "area", "creator_id"))
    with op.batch_alter_table("form_attachments") as batch:
        batch.add_column(sa.Column("dataset_id", Id))
        batch.create_foreign_key(op.f("fk_form_attachments_dataset_id"), "datasets", ["dataset_id"], ["id"])
        batch.create_index(op.f("ix_form_attachments_dataset_id"), ["dataset_id"])


def downgrade() -> None:
    with op.batch_alter_table("form_attachments") as batch:
        batch.drop_index(op.f("ix_form_attachments_dataset_id"))
        batch.drop_constraint(op.f("fk_form_attachments_dataset_id"), type_="foreignkey")
        batch.drop_column("dataset_id")
    for table in ("dataset_digests", "entity_wishes", "entity_versions", "entities", "dataset_property_sources",
                  "dataset_sources", "dataset_properties", "datasets"):
        op.drop_table(table)
