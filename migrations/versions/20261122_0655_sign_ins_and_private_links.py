"""where sign-ins were seen; private links.

Revision ID: c8c31868003b
Revises: 7d41c0aa9e52
Create Date: 2026-11-22 05:50:55.364298+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "c8c31868003b"
down_revision = "7d41c0aa9e52"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("auth_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address", sa.String(length=64), nullable=True))
    op.create_table(
        "private_link",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_private_link_person_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_private_link_ticket_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_private_link")),
    )
    with op.batch_alter_table("private_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_private_link_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_private_link_ticket_id"), ["ticket_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("private_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_private_link_ticket_id"))
        batch_op.drop_index(batch_op.f("ix_private_link_expires_at"))

    op.drop_table("private_link")
    with op.batch_alter_table("auth_session", schema=None) as batch_op:
        batch_op.drop_column("address")
