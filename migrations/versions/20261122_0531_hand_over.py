"""hand over.

Revision ID: c1d27fe0b9a4
Revises: b52a1ae50280
Create Date: 2026-11-22 05:31:00+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "c1d27fe0b9a4"
down_revision = "b52a1ae50280"
branch_labels = None
depends_on = None
_OFFERED = sa.text("offered_group_id is not null")
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("offer_seq", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("offered_by_id", _ID, nullable=True))
        batch_op.add_column(sa.Column("offered_group_id", _ID, nullable=True))
        batch_op.add_column(sa.Column("offered_to_id", _ID, nullable=True))
        batch_op.create_foreign_key(op.f("fk_ticket_offered_by_id"), "person", ["offered_by_id"], ["id"])
        batch_op.create_foreign_key(
            op.f("fk_ticket_offered_group_id"), "assignment_group", ["offered_group_id"], ["id"]
        )
        batch_op.create_foreign_key(op.f("fk_ticket_offered_to_id"), "person", ["offered_to_id"], ["id"])
        batch_op.create_index(
            "ix_ticket_offered",
            ["offered_group_id"],
            unique=False,
            sqlite_where=_OFFERED,
            postgresql_where=_OFFERED,
        )


def downgrade() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_offered", sqlite_where=_OFFERED, postgresql_where=_OFFERED)
        batch_op.drop_constraint(op.f("fk_ticket_offered_to_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_ticket_offered_group_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_ticket_offered_by_id"), type_="foreignkey")
        batch_op.drop_column("offered_to_id")
        batch_op.drop_column("offered_group_id")
        batch_op.drop_column("offered_by_id")
        batch_op.drop_column("offer_seq")
