"""What a list shows of a score has a column of its own: a record is too long to be opened three hundred times.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BRIEF = {
    "sqlite": "json_object('class', json_extract(result, '$.class'), 'readiness', json_extract(result, '$.readiness'),"
              " 'rubric', json_extract(result, '$.rubric'))",
    "postgresql": "json_build_object('class', result -> 'class', 'readiness', result -> 'readiness', 'rubric', result -> 'rubric')"}


def upgrade() -> None:
    # Filled at once; the default only serves the moment in between and is taken away on PostgreSQL, where that is cheap.
    op.add_column("scores", sa.Column("brief", sa.JSON(none_as_null=True), nullable=False, server_default="{}"))
    op.execute(sa.text(f"UPDATE scores SET brief = {BRIEF[op.get_bind().dialect.name]}".replace(":", "\\:")))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("scores", "brief", server_default=None)


def downgrade() -> None:
    op.drop_column("scores", "brief")
