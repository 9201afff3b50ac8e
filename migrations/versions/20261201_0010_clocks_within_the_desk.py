"""say what statuses do to clocks of teams and suppliers.

Revision ID: 5f0b7c92d3e1
Revises: c3b8e6a1470f
Create Date: 2026-12-01 00:10:00.000000+00:00
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "5f0b7c92d3e1"
down_revision = "c3b8e6a1470f"
branch_labels = None
depends_on = None

STATUS = sa.table("status", sa.column("key", sa.String), sa.column("clocks", sa.Text))
# By status: what it does to the time of a team to take it, and of a supplier that has it.
DOES = {
    "new": ("runs", "stops"),
    "in_progress": ("runs", "stops"),
    "waiting_customer": ("paused", "stops"),
    "waiting_supplier": ("runs", "runs"),
    "scheduled": ("paused", "stops"),
    "resolved": ("stops", "stops"),
    "closed": ("stops", "stops"),
    "withdrawn": ("cancelled", "cancelled"),
    "merged": ("cancelled", "cancelled"),
}


def upgrade() -> None:
    for key, clocks in _stored():
        assignment, vendor = DOES.get(key, ("runs", "stops"))
        _write(key, {**clocks, "assignment": assignment, "vendor": vendor})


def downgrade() -> None:
    for key, clocks in _stored():
        _write(key, {kind: does for kind, does in clocks.items() if kind not in ("assignment", "vendor")})


def _stored() -> list[tuple[str, dict[str, str]]]:
    rows = op.get_bind().execute(sa.select(STATUS.c.key, STATUS.c.clocks)).all()
    return [(key, json.loads(clocks)) for key, clocks in rows]


def _write(key: str, clocks: dict[str, str]) -> None:
    text = json.dumps(clocks, sort_keys=True, separators=(",", ":"))
    op.execute(STATUS.update().where(STATUS.c.key == key).values(clocks=text))
