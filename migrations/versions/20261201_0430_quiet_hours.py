"""quiet hours.

Revision ID: a4c7e1d05b38
Revises: 4e7fa1c09b52
Create Date: 2026-12-01 04:30:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "a4c7e1d05b38"
down_revision = "4e7fa1c09b52"
branch_labels = None
depends_on = None

COLUMNS = ("quiet_from_minute", "quiet_until_minute")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("person", sa.Column(name, sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("person", name)
