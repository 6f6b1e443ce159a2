"""The queue is read in its order: a submission carries the points of its signals, and says when it is to be weighed.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SHOWN = "NOT trial AND deleted_at IS NULL"
UNDECIDED = f"{SHOWN} AND (review_state IS NULL OR review_state = 'edited')"


def upgrade() -> None:
    op.add_column("submissions", sa.Column("risk", sa.Integer(), nullable=False, server_default="-1"))
    # Weighed is what was weighed in its present version, with no file that came later.
    op.execute(sa.text("""
        UPDATE submissions SET risk = (SELECT risks.points FROM risks WHERE risks.submission_id = submissions.id)
        WHERE id IN (
            SELECT risks.submission_id FROM risks
            JOIN submission_versions ON submission_versions.id = risks.version_id AND submission_versions.current
            WHERE NOT EXISTS (SELECT 1 FROM submission_attachments
                              WHERE submission_attachments.version_id = risks.version_id
                              AND submission_attachments.updated_at > risks.weighed_at))"""))
    op.create_index("ix_submissions_waiting", "submissions",
                    ["form_id", "review_state", sa.text("risk DESC"), "created_at", "id", "area"],
                    sqlite_where=sa.text(UNDECIDED), postgresql_where=sa.text(UNDECIDED))
    op.create_index("ix_submissions_touched", "submissions",
                    ["form_id", "review_state", sa.text("coalesce(updated_at, created_at)"), "id", "area"],
                    sqlite_where=sa.text(SHOWN), postgresql_where=sa.text(SHOWN))
    op.drop_index("ix_submissions_form_state", "submissions")
    op.drop_index("ix_submissions_submitter", "submissions")
    op.create_index("ix_submissions_submitter", "submissions", ["submitter_id", "form_id", "area"])


def downgrade() -> None:
    op.drop_index("ix_submissions_submitter", "submissions")
    op.create_index("ix_submissions_submitter", "submissions", ["submitter_id"])
    op.create_index("ix_submissions_form_state", "submissions", ["form_id", "review_state", "area"])
    op.drop_index("ix_submissions_touched", "submissions")
    op.drop_index("ix_submissions_waiting", "submissions")
    op.drop_column("submissions", "risk")
