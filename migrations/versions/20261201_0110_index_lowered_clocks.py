"""index clocks that were late and are judged by an easier target now.

Revision ID: 4d7a0c92be15
Revises: 5d2a9c71e0b4
Create Date: 2026-12-01 00:20:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "4d7a0c92be15"
down_revision = "5d2a9c71e0b4"
branch_labels = None
depends_on = None

LOWERED = sa.text("breached_at is not null and state not in ('missed', 'overdue')")


def upgrade() -> None:
    op.create_index(
        "ix_sla_clock_lowered",
        "sla_clock",
        ["breached_at"],
        sqlite_where=LOWERED,
        postgresql_where=LOWERED,
    )


def downgrade() -> None:
    op.drop_index("ix_sla_clock_lowered", table_name="sla_clock")
