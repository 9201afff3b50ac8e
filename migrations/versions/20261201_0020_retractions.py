"""keep announcements that turned out wrong.

Revision ID: d27a9c05e8b4
Revises: 81c4de07b6a9
Create Date: 2026-12-01 00:20:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "d27a9c05e8b4"
down_revision = "81c4de07b6a9"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = ("ticket_id", "kind", "cycle", "target_epoch", "step", "fired_at")


def upgrade() -> None:
    op.create_table(
        "sla_retraction",
        sa.Column("ticket_id", ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("cycle", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("target_epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lag_seconds", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_sla_retraction_ticket_id")),
        sa.PrimaryKeyConstraint(*KEY, name=op.f("pk_sla_retraction")),
    )


def downgrade() -> None:
    op.drop_table("sla_retraction")
