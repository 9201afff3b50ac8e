"""index open statuses and what needs triage.

Revision ID: 7c1d90e4a6f2
Revises: c8c31868003b
Create Date: 2026-11-22 06:40:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "7c1d90e4a6f2"
down_revision = "c8c31868003b"
branch_labels = None
depends_on = None

OPEN = sa.text("status_category in ('open', 'waiting')")
TO_SORT = sa.text("status_category in ('open', 'waiting') and needs_triage")


def upgrade() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_open_status", ["status"], sqlite_where=OPEN, postgresql_where=OPEN)
        batch_op.create_index("ix_ticket_open_triage", ["id"], sqlite_where=TO_SORT, postgresql_where=TO_SORT)


def downgrade() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_open_triage")
        batch_op.drop_index("ix_ticket_open_status")
