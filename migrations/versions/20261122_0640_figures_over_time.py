"""figures over time.

Revision ID: 7d1f0c52be94
Revises: e7b04c91d2a8
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
down_revision = "e7b04c91d2a8"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = 500
COUNTS = ("answer_count", "handover_count")


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
    op.create_table(
        "survey",
        sa.Column("ticket_id", ID, autoincrement=False, nullable=False),
        sa.Column("resolution", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("has_comment", sa.Boolean(), nullable=False),
        sa.CheckConstraint("score between 1 and 5", name=op.f("ck_survey_score")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_survey_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "resolution", name=op.f("pk_survey")),
    )
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        for name in COUNTS:
            batch_op.add_column(sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False))
    for rows in _portions(list(_counts())):
        op.get_bind().execute(_counted(), rows)


def downgrade() -> None:
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        for name in COUNTS:
            batch_op.drop_column(name)
    op.drop_table("survey")
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


def _counts() -> Iterator[dict[str, Any]]:
    """Yield how many answers and hand-overs tickets had until they were done for the first time."""
    event = _log()
    told = ("ticket_opened", "message_added", "status_changed", "assigned")
    ticket = sa.table("ticket", sa.column("id"), _moment("answered_at"))
    query = (
        sa.select(event.c.stream_id, event.c.type, event.c.body, event.c.actor_kind)
        .join(ticket, ticket.c.id == event.c.stream_id)
        .where(event.c.stream_kind == "ticket", event.c.type.in_(told))
        .where(_may_have_counts(event.alias(), ticket))
        .order_by(event.c.stream_id, event.c.seq)
        .execution_options(stream_results=True, yield_per=5000)
    )
    rows = op.get_bind().execute(query)
    for ticket_id, events in groupby(rows, key=lambda row: row.stream_id):
        counted = _counts_of((row.type, json.loads(row.body), row.actor_kind) for row in events)
        if any(counted):
            yield {"of_id": ticket_id, **dict(zip(COUNTS, counted, strict=True))}


def _may_have_counts(moved: sa.Alias, ticket: sa.TableClause) -> sa.ColumnElement[bool]:
    """Most of a desk's history may be imported, without any answer or hand-over: it is passed over."""
    handed = sa.exists().where(
        moved.c.stream_kind == "ticket", moved.c.stream_id == ticket.c.id, moved.c.type == "assigned"
    )
    return sa.or_(ticket.c.answered_at.is_not(None), handed)


def _counts_of(events: Iterable[tuple[str, Any, str]]) -> tuple[int, int]:
    answers = handovers = 0
    in_triage = False
    for kind, body, actor_kind in events:
        if kind == "status_changed" and body["to_status"] in ("resolved", "closed", "withdrawn"):
            break
        if kind == "ticket_opened" and body["status"] in ("resolved", "closed", "withdrawn"):
            break
        if kind == "message_added":
            answers += body["by"] == "agent"
        if kind == "assigned" and body["group_id"] != body["from_group_id"]:
            handovers += actor_kind == "person" and not in_triage
        if kind in ("ticket_opened", "assigned"):
            in_triage = body["needs_triage"]
    return answers, handovers


def _counted() -> sa.Update:
    ticket = sa.table("ticket", sa.column("id"), *(sa.column(name) for name in COUNTS))
    changes = {name: sa.bindparam(name) for name in COUNTS}
    return sa.update(ticket).where(ticket.c.id == sa.bindparam("of_id")).values(changes)


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
