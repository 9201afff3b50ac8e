"""order people by name.

Revision ID: 5c1d0a7e92b4
Revises: 7d1f0c52be94
Create Date: 2026-11-22 05:45:12.301175+00:00
"""

from alembic import op

revision = "5c1d0a7e92b4"
down_revision = "7d1f0c52be94"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_person_name", "person", ["name_folded", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_person_name", table_name="person")
