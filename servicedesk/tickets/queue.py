"""The queue: a named condition and order over tickets. The order comes from the room of promises."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, literal_column, or_, select, true

from servicedesk.identity.actor import Actor
from servicedesk.kernel.conditions import Condition, names
from servicedesk.kernel.conditions_sql import where
from servicedesk.kernel.db import AnySelect, session
from servicedesk.kernel.slot import Slot
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.fields import Join, condition_columns, ticket_fields, with_joins
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queries import TICKET_COLUMNS, TicketRow, select_tickets, ticket_row

PAGE = 50
LINE = 200

# The bands of the queue: the first key of every rank.
NOW, IN_TIME, OVERDUE, WAITING = range(4)


@dataclass(frozen=True, slots=True)
class Rank:
    """The order of the queue at a moment: expressions, ascending; the ticket's id breaks ties.

    The first expression is the band: NOW, IN_TIME, OVERDUE or WAITING. `fields` are the registered fields
    whose joins the expressions need, `joins` what else they need. `only` holds of every open ticket; it
    lets the database walk an index of what is joined instead of sorting.
    """

    keys: tuple[ColumnElement[Any], ...]
    fields: frozenset[str]
    joins: tuple[Join, ...] = ()
    only: ColumnElement[bool] = field(default_factory=true)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A ticket in the queue: its band and rank, and the values of the extra fields asked for."""

    ticket: TicketRow
    rank: tuple[Any, ...]
    extra: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """One page of the queue; `next_cursor` is None on the last."""

    rows: tuple[QueueRow, ...]
    next_cursor: tuple[Any, ...] | None
    as_of: datetime


def _by_age(now: datetime) -> Rank:
    return Rank((literal(IN_TIME), Ticket.priority, Ticket.opened_at), frozenset())  # type: ignore[arg-type]


_rank: Slot[Callable[[datetime], Rank]] = Slot(_by_age)


def set_rank(function: Callable[[datetime], Rank]) -> None:
    """Register who orders the queue."""
    _rank.fill(function)


def rank_at(now: datetime) -> Rank:
    """Return the order in force at `now`."""
    return _rank.value(now)


def open_tickets() -> ColumnElement[bool]:
    """Return the predicate of tickets that are not done."""
    # Written out, not bound: a partial index serves only a query that says its condition in so many words.
    return Ticket.status_category.in_([literal_column("'open'"), literal_column("'waiting'")])


def queue_page(
    viewer: Actor,
    condition: Condition | None,
    *,
    now: datetime,
    extra: Sequence[str] = (),
    after: tuple[Any, ...] | None = None,
    limit: int = PAGE,
) -> QueuePage:
    """Return one page of open tickets in rank order, as far as `viewer` may see them.

    `after` is the `next_cursor` of the page before, made at the same `now`.
    """
    rank = _rank.value(now)
    query = _selected(viewer, condition, rank, now, extra)
    keys = (*rank.keys, Ticket.id)
    if after is not None:
        query = query.where(_beyond(keys, after))
    values = session().execute(query.order_by(*keys).limit(min(limit, 200) + 1)).all()
    rows = tuple(_row(tuple(value), len(keys), extra) for value in values[:limit])
    cursor = rows[-1].rank if len(values) > limit else None
    return QueuePage(rows, cursor, now)


def _selected(
    viewer: Actor, condition: Condition | None, rank: Rank, now: datetime, extra: Sequence[str]
) -> AnySelect:
    used = set(rank.fields) | set(extra) | (names(condition) if condition else set())
    columns = [ticket_fields()[name].column for name in extra]
    query = with_joins(select_tickets(), used - _already_joined(), rank.joins).add_columns(
        *rank.keys, Ticket.id, *columns
    )
    chosen = where(condition, condition_columns(), now=now) if condition else true()
    return query.where(open_tickets(), visible_to(viewer), chosen, rank.only)


def _already_joined() -> set[str]:
    return {
        name for name, entry in ticket_fields().items() if entry.join and entry.join.key == "organisation"
    }


def _row(values: tuple[Any, ...], n_keys: int, extra: Sequence[str]) -> QueueRow:
    n_columns = len(TICKET_COLUMNS)
    return QueueRow(
        ticket=ticket_row(values[:n_columns]),
        rank=values[n_columns : n_columns + n_keys],
        extra=dict(zip(extra, values[n_columns + n_keys :], strict=True)),
    )


def _beyond(keys: Sequence[Any], after: Sequence[Any]) -> ColumnElement[bool]:
    """Return the row-value comparison keys > after, spelled out: expressions may be NULL-free only."""
    steps = [and_(*(keys[j] == after[j] for j in range(i)), keys[i] > after[i]) for i in range(len(keys))]
    return or_(*steps)


def queue_counts(
    viewer: Actor, conditions: Mapping[str, Condition | None], *, now: datetime
) -> dict[str, int]:
    """Return how many open tickets each named condition selects, with one statement."""
    used: set[str] = set()
    columns = []
    for name, condition in conditions.items():
        used |= names(condition) if condition else set()
        chosen = where(condition, condition_columns(), now=now) if condition else true()
        columns.append(func.count().filter(chosen).label(name))
    counted: AnySelect = select(*columns).select_from(Ticket)
    query = with_joins(counted, used)
    row = session().execute(query.where(open_tickets(), visible_to(viewer))).one()
    return {name: int(row[i]) for i, name in enumerate(conditions)}


@dataclass(frozen=True, slots=True)
class QueueStep:
    """A ticket as a step of the queue: enough to go to the next one."""

    id: int
    subject: str


def queue_line(
    viewer: Actor, condition: Condition | None, *, now: datetime, limit: int = LINE
) -> tuple[QueueStep, ...]:
    """Return the beginning of the queue in rank order, with as little of each ticket as a rail shows."""
    rank = _rank.value(now)
    used = set(rank.fields) | (names(condition) if condition else set())
    query = with_joins(select(Ticket.id, Ticket.subject), used, rank.joins)
    chosen = where(condition, condition_columns(), now=now) if condition else true()
    query = query.where(open_tickets(), visible_to(viewer), chosen, rank.only)
    rows = session().execute(query.order_by(*rank.keys, Ticket.id).limit(limit))
    return tuple(QueueStep(*row) for row in rows)


def last_change() -> datetime | None:
    """Return when any ticket last changed: the version of every queue."""
    return session().scalar(select(func.max(Ticket.changed_at)))
