"""The anchor's two tables, filled with as many rows as the desk it is compared with."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, DateTime, Engine, Index, Integer, MetaData, String, Table, Text, insert, text

MESSAGES_OF_THE_LONG_TICKET = 20
_START = datetime(2026, 1, 5, 9, tzinfo=UTC)

metadata = MetaData()
ticket = Table(
    "anchor_ticket",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subject", String(200), nullable=False),
    Column("status", String(20), nullable=False),
    Column("queue", String(20), nullable=False),
    Column("met", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("requester", String(80), nullable=False),
    Column("assignee", String(80), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Index(
        "ix_anchor_ticket_open_due_at",
        "due_at",
        "id",
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    ),
)
message = Table(
    "anchor_message",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ticket_id", Integer, nullable=False, index=True),
    Column("author", String(80), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("text", Text, nullable=False),
)


def fill(engine: Engine, tickets: int) -> None:
    """Make both tables anew: `tickets` rows of which every fifth is open; ticket 1 has 20 messages."""
    with engine.begin() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        connection.execute(insert(ticket), list(_tickets(tickets)))
        connection.execute(insert(message), list(_messages(tickets)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _tickets(count: int) -> Iterator[dict[str, object]]:
    for number in range(1, count + 1):
        at = _START + timedelta(minutes=17 * number)
        yield {
            "subject": f"The printer on floor {number % 40} prints every page twice",
            "status": "open" if number % 5 == 1 else "closed",
            "queue": f"Queue {number % 5}",
            "met": number % 11 and 1,
            "priority": number % 4 + 1,
            "requester": f"Requester {number % 500}",
            "assignee": f"Agent {number % 50}",
            "due_at": at + timedelta(hours=8),
            "updated_at": at,
        }


def _messages(tickets: int) -> Iterator[dict[str, object]]:
    owners = [1] * MESSAGES_OF_THE_LONG_TICKET + list(range(2, tickets + 1))
    for number, owner in enumerate(owners, start=1):
        yield {
            "ticket_id": owner,
            "author": f"Person {number % 550}",
            "at": _START + timedelta(minutes=17 * number),
            "text": f"It began on Monday after the change of paper, tray {number % 4}. " * 3,
        }
