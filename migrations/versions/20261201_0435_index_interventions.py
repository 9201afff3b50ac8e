"""index interventions.

Revision ID: c9f2b6704e1a
Revises: a4c7e1d05b38
Create Date: 2026-12-01 04:35:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "c9f2b6704e1a"
down_revision = "a4c7e1d05b38"
branch_labels = None
depends_on = None

COUNTED = sa.text("type IN ('clock_held', 'clock_overridden', 'clock_released')")


def upgrade() -> None:
    op.create_index("ix_event_counted", "event", ["at"], sqlite_where=COUNTED, postgresql_where=COUNTED)


def downgrade() -> None:
    op.drop_index("ix_event_counted", table_name="event")
