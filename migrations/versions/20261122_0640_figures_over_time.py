"""figures over time.

Revision ID: 7d1f0c52be94
Revises: b52a1ae50280
Create Date: 2026-11-22 06:40:00.000000+00:00
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "7d1f0c52be94"
down_revision = "b52a1ae50280"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = 500


def upgrade() -> None:
    reopening = op.create_table(
        "ticket_reopening",
        sa.Column("ticket_id", ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lasted_seconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_reopening_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "position", name=op.f("pk_ticket_reopening")),
    )
    for rows in _portions(_reopenings()):
        op.bulk_insert(reopening, rows)


def downgrade() -> None:
    op.drop_table("ticket_reopening")


def _reopenings() -> Iterator[dict[str, Any]]:
    """Yield for how long tickets were done before they were taken up again, as their logs tell."""
    event = _log()
    ticket = sa.table("ticket", sa.column("id"), sa.column("reopened_count"), _moment("opened_at"))
    query = (
        sa.select(event.c.stream_id, event.c.at, event.c.body, ticket.c.opened_at)
        .join(ticket, ticket.c.id == event.c.stream_id)
        .where(event.c.stream_kind == "ticket", event.c.type == "status_changed", ticket.c.reopened_count > 0)
        .order_by(event.c.stream_id, event.c.seq)
    )
    rows = op.get_bind().execute(query).all()
    for (ticket_id, opened_at), moves in groupby(rows, key=lambda row: (row.stream_id, row.opened_at)):
        yield from _of_ticket(ticket_id, opened_at, [(row.at, json.loads(row.body)) for row in moves])


def _of_ticket(
    ticket_id: int, opened_at: datetime, moves: Iterable[tuple[datetime, Any]]
) -> Iterator[dict[str, Any]]:
    done_at, position = None, 0
    for at, body in moves:
        if body["move"] == "reopen":
            position, since = position + 1, done_at or opened_at
            yield {
                "ticket_id": ticket_id,
                "position": position,
                "done_at": since,
                "reopened_at": at,
                "lasted_seconds": int((at - since).total_seconds()),
            }
            done_at = None
        elif body["to_status"] in ("resolved", "closed", "withdrawn"):
            done_at = done_at or at


def _log() -> sa.TableClause:
    return sa.table(
        "event",
        *(sa.column(name) for name in ("stream_kind", "stream_id", "seq", "type", "body", "actor_kind")),
        _moment("at"),
    )


def _moment(name: str) -> sa.ColumnClause[datetime]:
    return sa.column(name, sa.DateTime(timezone=True))


def _portions(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    portion: list[dict[str, Any]] = []
    for row in rows:
        portion.append(row)
        if len(portion) == AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion
