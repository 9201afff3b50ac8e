"""merge tickets.

Revision ID: 7d41c0aa9e52
Revises: 5c1d0a7e92b4
Create Date: 2026-11-22 06:09:11.430012+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "7d41c0aa9e52"
down_revision = "5c1d0a7e92b4"
branch_labels = None
depends_on = None

MERGED = sa.text("merged_into_id is not null")
NAMES = '{"en":"Merged","he":"מוזג","ka":"გაერთიანებულია","kk":"Біріктірілді","ru":"Объединён"}'
CLOCKS = (
    '{"first_response":"cancelled","next_response":"cancelled","resolution":"cancelled","update":"cancelled"}'
)


def upgrade() -> None:
    id_type = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into_id", id_type, nullable=True))
        batch_op.add_column(sa.Column("merged_count", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_foreign_key(
            batch_op.f("fk_ticket_merged_into_id"), "ticket", ["merged_into_id"], ["id"]
        )
        batch_op.create_index(
            "ix_ticket_merged", ["merged_into_id"], unique=False, sqlite_where=MERGED, postgresql_where=MERGED
        )
    # A new desk gets its statuses when it is set up.
    add = sa.text(
        "insert into status (key, category, names, clocks, position) "
        "select 'merged', 'closed', :names, :clocks, 9 where exists (select 1 from status)"
    )
    op.execute(add.bindparams(names=NAMES, clocks=CLOCKS))


def downgrade() -> None:
    op.execute("delete from status where key = 'merged'")
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_index("ix_ticket_merged")
        batch_op.drop_constraint(batch_op.f("fk_ticket_merged_into_id"), type_="foreignkey")
        batch_op.drop_column("merged_count")
        batch_op.drop_column("merged_into_id")
