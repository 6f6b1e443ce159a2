"""Lines of the log are found by what they are about.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    arrivals_left_out = sa.text("action <> 'submission.create'")
    op.create_index("ix_events_subject", "events", ["subject", "id"],
                    sqlite_where=arrivals_left_out, postgresql_where=arrivals_left_out)


def downgrade() -> None:
    op.drop_index("ix_events_subject", "events")
