"""let clocks of subjects that are no tickets do without an agreement.

Revision ID: 81c4de07b6a9
Revises: 5f0b7c92d3e1
Create Date: 2026-12-01 00:15:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "81c4de07b6a9"
down_revision = "5f0b7c92d3e1"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("sla_clock", schema=None) as batch_op:
        batch_op.alter_column("rule_version", existing_type=ID, nullable=True)


def downgrade() -> None:
    clock = sa.table("sla_clock", sa.column("id"), sa.column("rule_version"))
    gone = sa.select(clock.c.id).where(clock.c.rule_version.is_(None))
    for name in ("sla_firing", "sla_span"):
        rows = sa.table(name, sa.column("clock_id"))
        op.execute(rows.delete().where(rows.c.clock_id.in_(gone)))
    op.execute(clock.delete().where(clock.c.rule_version.is_(None)))
    with op.batch_alter_table("sla_clock", schema=None) as batch_op:
        batch_op.alter_column("rule_version", existing_type=ID, nullable=False)
