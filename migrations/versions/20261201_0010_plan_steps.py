"""plan steps.

Revision ID: 5d2a9c71e0b4
Revises: c3b8e6a1470f
Create Date: 2026-12-01 00:10:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "5d2a9c71e0b4"
down_revision = "c3b8e6a1470f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sla_clock", sa.Column("plan", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("sla_clock", "plan")
