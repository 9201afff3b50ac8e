"""replay the past.

Revision ID: 5e1f7a9c20d4
Revises: 4d7a0c92be15
Create Date: 2026-12-01 00:30:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "5e1f7a9c20d4"
down_revision = "4d7a0c92be15"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Whoever publishes agreements may try them on the past; a desk may part the two from now on.
TRIES = "agreement.try"


def upgrade() -> None:
    op.create_table(
        "sla_replay",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("asked_by_id", ID, nullable=False),
        *(_instant(name) for name in ("asked_at", "as_of", "from_at", "to_at")),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("sight", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_sla_replay_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_replay")),
    )
    op.create_index("ix_sla_replay_asked_by_id", "sla_replay", ["asked_by_id"])
    op.create_table(
        "sla_replay_row",
        sa.Column("replay_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        *(_instant(name) for name in ("started_at", "judged_at")),
        sa.Column("state_before", sa.String(length=12), nullable=False),
        sa.Column("state_after", sa.String(length=12), nullable=False),
        *(
            sa.Column(f"{what}_{side}", sa.Integer(), nullable=True)
            for what in ("target", "elapsed")
            for side in ("before", "after")
        ),
        sa.ForeignKeyConstraint(["replay_id"], ["sla_replay.id"], name=op.f("fk_sla_replay_row_replay_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_sla_replay_row_ticket_id")),
        sa.PrimaryKeyConstraint("replay_id", "position", name=op.f("pk_sla_replay_row")),
    )
    op.execute(
        sa.text(
            "INSERT INTO role_permission (role_id, permission)"
            " SELECT role_id, :new FROM role_permission AS had WHERE permission = 'agreement.publish'"
            " AND NOT EXISTS (SELECT 1 FROM role_permission AS has WHERE has.role_id = had.role_id"
            " AND has.permission = :new)"
        ).bindparams(new=TRIES)
    )


def _instant(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM role_permission WHERE permission = :new").bindparams(new=TRIES))
    op.drop_table("sla_replay_row")
    op.drop_index("ix_sla_replay_asked_by_id", table_name="sla_replay")
    op.drop_table("sla_replay")
