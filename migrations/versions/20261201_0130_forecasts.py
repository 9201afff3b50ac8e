"""forecasts.

Revision ID: 4e7fa1c09b52
Revises: 5e1f7a9c20d4
Create Date: 2026-12-01 00:10:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "4e7fa1c09b52"
down_revision = "5e1f7a9c20d4"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ACTIVE = sa.text("is_active")


def upgrade() -> None:
    op.create_table(
        "sla_forecast_version",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("trained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_better", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_forecast_version")),
        sa.UniqueConstraint("number", name=op.f("uq_sla_forecast_version_number")),
    )
    with op.batch_alter_table("sla_forecast_version", schema=None) as batch_op:
        batch_op.create_index(
            "uq_sla_forecast_version_active",
            ["is_active"],
            unique=True,
            sqlite_where=ACTIVE,
            postgresql_where=ACTIVE,
        )
    op.create_table(
        "sla_forecast",
        sa.Column("clock_id", ID, autoincrement=False, nullable=False),
        sa.Column("version_id", ID, nullable=False),
        sa.Column("target_epoch", sa.Integer(), nullable=False),
        sa.Column("percents", sa.String(length=90), nullable=False),
        sa.Column("burn_seconds", sa.Integer(), nullable=False),
        sa.Column("risk_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.Column("alike_parts", sa.Integer(), nullable=False),
        sa.Column("alike_count", sa.Integer(), nullable=False),
        sa.Column("alike_median_seconds", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clock_id"], ["sla_clock.id"], name=op.f("fk_sla_forecast_clock_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["sla_forecast_version.id"], name=op.f("fk_sla_forecast_version_id")
        ),
        sa.PrimaryKeyConstraint("clock_id", name=op.f("pk_sla_forecast")),
    )
    with op.batch_alter_table("sla_standing", schema=None) as batch_op:
        batch_op.add_column(sa.Column("percents", sa.String(length=90), nullable=True))
    # From now on a request at risk stands by its next promise to break, not by one that is broken already.
    op.execute(
        "UPDATE sla_standing SET sort_at = COALESCE((SELECT MIN(late_at) FROM sla_clock"
        " WHERE subject_kind = 'ticket' AND subject_id = sla_standing.ticket_id AND type = 'sla'"
        " AND stopped_at IS NULL AND state <> 'overdue'), sort_at) WHERE band = 0 AND level = 1"
    )


def downgrade() -> None:
    with op.batch_alter_table("sla_standing", schema=None) as batch_op:
        batch_op.drop_column("percents")
    op.drop_table("sla_forecast")
    with op.batch_alter_table("sla_forecast_version", schema=None) as batch_op:
        batch_op.drop_index("uq_sla_forecast_version_active")
    op.drop_table("sla_forecast_version")
