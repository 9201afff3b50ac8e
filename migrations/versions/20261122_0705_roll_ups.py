"""roll ups.

Revision ID: c3b8e6a1470f
Revises: 7c1d90e4a6f2
Create Date: 2026-11-22 07:05:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "c3b8e6a1470f"
down_revision = "7c1d90e4a6f2"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Whoever sees reports is a lead or a manager so far; a desk may part the two from now on.
SEES_PEOPLE = "report.see_people"
JUDGED = ["kind", "judged_at", "state"]


def upgrade() -> None:
    op.create_table(
        "sla_counted_day",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_sla_counted_day")),
    )
    op.create_table(
        "sla_day_count",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("group_id", ID, autoincrement=False, nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("judged", sa.Integer(), nullable=False),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["assignment_group.id"], name=op.f("fk_sla_day_count_group_id")
        ),
        sa.PrimaryKeyConstraint("kind", "day", "group_id", name=op.f("pk_sla_day_count")),
    )
    _index_what_reports_ask()
    op.execute(
        sa.text(
            "INSERT INTO role_permission (role_id, permission)"
            " SELECT role_id, :new FROM role_permission AS had WHERE permission = 'report.see' AND NOT EXISTS"
            " (SELECT 1 FROM role_permission AS has WHERE has.role_id = had.role_id"
            " AND has.permission = :new)"
        ).bindparams(new=SEES_PEOPLE)
    )


def _index_what_reports_ask() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_team", ["id", "group_id", "priority", "times_known"], unique=False)
    with op.batch_alter_table("sla_clock", schema=None) as batch_op:
        batch_op.drop_index("ix_sla_clock_judged")
        batch_op.create_index("ix_sla_clock_judged", [*JUDGED, "subject_kind", "subject_id"], unique=False)


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM role_permission WHERE permission = :new").bindparams(new=SEES_PEOPLE))
    with op.batch_alter_table("sla_clock", schema=None) as batch_op:
        batch_op.drop_index("ix_sla_clock_judged")
        batch_op.create_index("ix_sla_clock_judged", JUDGED, unique=False)
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_team")
    op.drop_table("sla_day_count")
    op.drop_table("sla_counted_day")
