"""fewer index entries of open clocks: none by their due moment, none by when they were judged.

Revision ID: 7e40a6b3d9c1
Revises: 5b1d90c7e2fa
Create Date: 2026-12-01 15:30:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "7e40a6b3d9c1"
down_revision = "5b1d90c7e2fa"
branch_labels = None
depends_on = None

COLUMNS = ["kind", "judged_at", "state", "subject_kind", "subject_id"]
JUDGED = sa.text("judged_at is not null")
RUNNING = sa.text("state in ('running', 'overdue')")


def upgrade() -> None:
    op.drop_index("ix_sla_clock_due", table_name="sla_clock")
    op.drop_index("ix_sla_clock_judged", table_name="sla_clock")
    op.create_index("ix_sla_clock_judged", "sla_clock", COLUMNS, sqlite_where=JUDGED, postgresql_where=JUDGED)


def downgrade() -> None:
    op.drop_index("ix_sla_clock_judged", table_name="sla_clock")
    op.create_index("ix_sla_clock_judged", "sla_clock", COLUMNS)
    op.create_index(
        "ix_sla_clock_due", "sla_clock", ["due_at"], sqlite_where=RUNNING, postgresql_where=RUNNING
    )
