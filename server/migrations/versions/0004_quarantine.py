"""What the door refuses is kept beside what it takes, until a manager decides.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from server.db import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", Id, nullable=False),
        sa.Column("project_id", Id, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("xml_form_id", sa.String(255), nullable=False),
        sa.Column("form_version", sa.String(255), nullable=False),
        sa.Column("instance_id", sa.String(255), nullable=False),
        sa.Column("deprecated_id", sa.String(255)),
        sa.Column("instance_name", sa.String(500)),
        sa.Column("area", sa.String(32), nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("xml_sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("submitter_id", Id),
        sa.Column("device_id", sa.String(255)),
        sa.Column("user_agent", sa.String(255)),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_seen_at", Instant(), nullable=False),
        sa.Column("decided_by", Id),
        sa.Column("decided_at", Instant()),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("version_id", Id),
        _key("quarantine", "project_id", "projects.id"), _key("quarantine", "submitter_id", "actors.id"),
        _key("quarantine", "decided_by", "actors.id"), _key("quarantine", "version_id", "submission_versions.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("project_id", "xml_sha256", name=op.f("uq_quarantine_project_id_xml_sha256")))
    op.create_index("ix_quarantine_order", "quarantine", ["project_id", "state", "last_seen_at", "id"])
    op.create_table(
        "quarantine_files",
        sa.Column("id", Id, nullable=False),
        sa.Column("quarantine_id", Id, nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content_type", sa.String(100)),
        _key("quarantine_files", "quarantine_id", "quarantine.id"), _key("quarantine_files", "sha256", "blobs.sha256"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine_files")),
        sa.UniqueConstraint("quarantine_id", "name", name=op.f("uq_quarantine_files_quarantine_id_name")))


def downgrade() -> None:
    op.drop_table("quarantine_files")
    op.drop_table("quarantine")
