"""let a version take its agreement out of the order.

Revision ID: 3e8b51f7a60c
Revises: d27a9c05e8b4
Create Date: 2026-12-01 00:25:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "3e8b51f7a60c"
down_revision = "d27a9c05e8b4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agreement_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("agreement_version", schema=None) as batch_op:
        batch_op.drop_column("is_active")
