"""plan steps.

Revision ID: 5d2a9c71e0b4
Revises: 3e8b51f7a60c
Create Date: 2026-12-01 00:10:00.000000+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "5d2a9c71e0b4"
down_revision = "3e8b51f7a60c"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("digest_id is null")


def upgrade() -> None:
    op.add_column("sla_clock", sa.Column("plan", sa.Text(), nullable=True))
    op.create_index("ix_sla_firing_fired", "sla_firing", ["fired_at"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("deliver_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest_id", ID, nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    op.create_index(
        "ix_notice_waiting",
        "notice",
        ["person_id", "deliver_at"],
        unique=False,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_index("ix_notice_digest", "notice", ["person_id", "digest_id"], unique=False)
    op.create_index("ix_notice_sent", "notice", ["sent_at"], unique=False)


def downgrade() -> None:
    op.drop_table("notice")
    op.drop_index("ix_sla_firing_fired", "sla_firing")
    op.drop_column("sla_clock", "plan")
