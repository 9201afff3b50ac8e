"""Hands in the database, past every command: changing, deleting, swapping and adding rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast

from sqlalchemy import Boolean, Column, Integer, Table, and_, delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from servicedesk.calendars.models import Calendar, CalendarVersion
from servicedesk.kernel.db import is_postgresql, session
from servicedesk.kernel.differences import Difference
from servicedesk.kernel.event_log import ErasableText, EventRow, StreamHead
from servicedesk.kernel.instants import UtcDateTime
from servicedesk.kernel.verification import verify
from servicedesk.tickets.models import Attachment, Mention, Message, Ticket, Watcher
from sla.models import Agreement, AgreementVersion, Clock, ClockSpan, Firing, Standing

MODELS = (
    *(EventRow, ErasableText, StreamHead, Ticket, Message, Attachment, Watcher, Mention),
    *(Clock, ClockSpan, Firing, Standing),
    *(Calendar, CalendarVersion, Agreement, AgreementVersion),
)
TABLES = {model.__tablename__: cast(Table, model.__table__) for model in MODELS}
Row = dict[str, Any]
# What no log tells of: when somebody looked at what called them.
ROWS_OWN = {("mention", "seen_at")}


@contextmanager
def hands_in_the_database() -> Iterator[None]:
    """Let references and checks be broken for the length of the block; everything is undone after it."""
    session().rollback()
    if is_postgresql():
        session().execute(text("SET LOCAL session_replication_role = replica"))
    else:
        session().execute(text("PRAGMA defer_foreign_keys = ON"))
    try:
        yield
    finally:
        session().rollback()


def found() -> list[Difference]:
    return verify().differences


def rows(table: str, *where: Any) -> list[Row]:
    query = select(TABLES[table]).where(*where).order_by(*TABLES[table].primary_key.columns)
    return [dict(row._mapping) for row in session().execute(query)]


def at(table: str, row: Row) -> Any:
    """Return the condition that holds of this row alone."""
    return and_(*(column == row[column.name] for column in TABLES[table].primary_key.columns))


def change(table: str, row: Row, **values: Any) -> None:
    session().execute(update(TABLES[table]).where(at(table, row)).values(**values))


def remove(table: str, row: Row) -> None:
    session().execute(delete(TABLES[table]).where(at(table, row)))


def add(table: str, row: Row) -> None:
    session().execute(insert(TABLES[table]).values(**row))


def swap(first: Row, second: Row) -> None:
    """Let two events of a stream take each other's place."""
    change("event", first, seq=-1)
    change("event", second, seq=first["seq"])
    change("event", first | {"seq": -1}, seq=second["seq"])


def candidates(column: Column[Any], value: Any) -> list[Any]:
    """Return other values for a column, the smallest change first."""
    other: list[Any] = [None] if column.nullable and value is not None else []
    if isinstance(column.type, UtcDateTime):
        moment = value or datetime(2026, 11, 16).astimezone()
        return [moment + timedelta(seconds=1), *other]
    if isinstance(column.type, Boolean):
        return [not value, *other]
    if isinstance(column.type, Integer):
        return [(value or 0) + 1, (value or 0) - 1, (value or 0) + 1000, *other]
    letter = "x" if not value or value[0] != "x" else "y"
    return [letter + (value or "")[1:], *other]


def altered(table: str, row: Row, column: Column[Any]) -> list[Any]:
    """Change one value; return the list of what was put there, empty where nothing else fits."""
    for value in candidates(column, row[column.name]):
        try:
            with session().begin_nested():
                change(table, row, **{column.name: value})
        except IntegrityError:
            continue
        return [value]
    return []


def names(difference: Difference, table: str, column: str, row: Row) -> bool:
    """Say whether a difference points at what was changed: its row, and its column or seal.

    A row whose key was changed is named as one that is missing.
    """
    if difference.table != table:
        return False
    if column in {key.name for key in TABLES[table].primary_key.columns} | set(difference.key):
        return True
    here = all(row.get(name) == value for name, value in difference.key.items())
    return here and difference.column in (column, "hash", "salt+body")


def unfound(table: str, seed: int) -> list[str]:
    """Change one value in each column of a table, one after the other; return what was not found."""
    random, missed = Random(seed), []
    for column in (each for each in TABLES[table].columns if (table, each.name) not in ROWS_OWN):
        stored = rows(table)
        empty = [row for row in stored if row[column.name] is None]
        filled = [row for row in stored if row[column.name] is not None]
        for row in [random.choice(kind) for kind in (empty, filled) if kind]:
            with hands_in_the_database():
                put = altered(table, row, column)
                if not any(names(each, table, column.name, row) for each in found()):
                    missed.append(f"{table}.{column.name}: {row[column.name]!r} to {put}")
    return missed


def last_of(table: str, *where: Any) -> Row:
    return rows(table, *where)[-1]


def events_of_a_long_log() -> list[Row]:
    """Return the events of the ticket with the longest log."""
    event = TABLES["event"]
    of_tickets = select(event.c.stream_id).where(event.c.stream_kind == "ticket").group_by(event.c.stream_id)
    longest = session().scalar(of_tickets.order_by(func.count().desc()).limit(1))
    return rows("event", event.c.stream_kind == "ticket", event.c.stream_id == longest)
