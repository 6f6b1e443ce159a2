"""Why a submission should be reviewed early is kept beside it.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from server.db import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "risks",
        sa.Column("submission_id", Id, autoincrement=False, nullable=False),
        sa.Column("version_id", Id, nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("signals", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("weighed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submissions.id"], name=op.f("fk_risks_submission_id")),
        sa.ForeignKeyConstraint(["version_id"], ["submission_versions.id"], name=op.f("fk_risks_version_id")),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_risks")))


def downgrade() -> None:
    op.drop_table("risks")
