"""The queue: a named condition and order over tickets. The order comes from the room of promises."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)

from servicedesk.identity.actor import Actor
from servicedesk.identity.models import Organisation, Person
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.conditions import AllOf, Condition, names
from servicedesk.kernel.conditions_sql import open_moments, where
from servicedesk.kernel.db import AnySelect, connection, session
from servicedesk.kernel.prepared import PreparedIfConstant
from servicedesk.kernel.slot import Slot
from servicedesk.tickets.access import Sight, sight_of, within
from servicedesk.tickets.fields import Join, condition_columns, ticket_fields, with_joins
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queries import Assignee

PAGE = 50
LINE = 200
STATEMENTS_KEPT = 256

ANY = AllOf(())  # the condition that every ticket holds

# The bands of the queue: the first key of every rank.
NOW, IN_TIME, OVERDUE, WAITING = range(4)


@dataclass(frozen=True, slots=True, eq=False)
class Rank:
    """The order of the queue at a moment: expressions, ascending; the ticket's id breaks ties.

    The first expression is the band: NOW, IN_TIME, OVERDUE or WAITING. `fields` are the registered fields
    whose joins the expressions need, `joins` what else they need. `only` holds of every open ticket; it
    lets the database walk an index of what is joined instead of sorting. `is_lasting` says that the same
    rank comes again, so that statements made with it are worth keeping.
    """

    keys: tuple[ColumnElement[Any], ...]
    fields: frozenset[str]
    joins: tuple[Join, ...] = ()
    only: ColumnElement[bool] = field(default_factory=true)
    is_lasting: bool = False


class QueueTicket(NamedTuple):
    """As much of a ticket as a row of the queue shows."""

    id: int
    subject: str
    preview: str
    requester_name: str
    organisation_name: str | None
    organisation_tier: str | None
    priority: int
    group_id: int
    assignee_id: int | None
    assignee_name: str | None
    status: str
    needs_triage: bool
    offered_by_id: int | None
    offered_group_id: int | None
    offered_to_id: int | None
    opened_at: datetime
    last_message_at: datetime | None
    last_by: str | None


_COLUMNS = (
    Ticket.id,
    Ticket.subject,
    Ticket.preview,
    Person.name,
    Organisation.name,
    Organisation.tier,
    Ticket.priority,
    Ticket.group_id,
    Ticket.assignee_id,
    Assignee.name,
    Ticket.status,
    Ticket.needs_triage,
    Ticket.offered_by_id,
    Ticket.offered_group_id,
    Ticket.offered_to_id,
    Ticket.opened_at,
    Ticket.last_message_at,
    Ticket.last_by,
)


class QueueRow(NamedTuple):
    """A ticket in the queue: its band and rank, and the values of the extra fields in the order asked for."""

    ticket: QueueTicket
    rank: tuple[Any, ...]
    extra: tuple[Any, ...]


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
    condition: Condition,
    *,
    now: datetime,
    extra: tuple[str, ...] = (),
    after: tuple[Any, ...] | None = None,
    limit: int = PAGE,
) -> QueuePage:
    """Return one page of open tickets in rank order, as far as `viewer` may see them.

    `after` is the `next_cursor` of the page before, made at the same `now`.
    """
    rank, sight = _rank.value(now), sight_of(viewer, Permission.QUEUE_SEE)
    keys = (*rank.keys, Ticket.id)
    values = open_moments([condition], now) | {"n_rows": min(limit, LINE) + 1}
    found: Sequence[Sequence[Any]]
    if rank.is_lasting and after is None:
        found = _kept_page(sight, condition, rank, extra).rows(connection(), **values)
    else:
        query = _page(sight, condition, rank, extra)
        query = query.where(_beyond(keys, after)) if after is not None else query
        found = session().execute(query, values).all()
    rows = tuple(_row(value, len(keys)) for value in found[:limit])
    cursor = rows[-1].rank if len(found) > limit else None
    return QueuePage(rows, cursor, now)


def _page(sight: Sight, condition: Condition, rank: Rank, extra: tuple[str, ...]) -> AnySelect:
    """Return the select of a page; the moments of its condition and `n_rows` are left open."""
    columns = [cast("ColumnElement[Any]", ticket_fields()[name].column) for name in extra]  # no sets
    used = set(rank.fields) | set(extra) | names(condition)
    query = (
        select(*_COLUMNS, *rank.keys, Ticket.id.label("tie"), *columns)
        .join(Person, Person.id == Ticket.requester_id)
        .outerjoin(Organisation, Organisation.id == Ticket.organisation_id)
        .outerjoin(Assignee, Assignee.id == Ticket.assignee_id)
    )
    chosen = where(condition, condition_columns(), now=None)
    return (
        with_joins(query, used - _already_joined(), rank.joins)
        .where(open_tickets(), within(sight), chosen, rank.only)
        .order_by(*rank.keys, Ticket.id)
        .limit(bindparam("n_rows", type_=Integer()))
    )


# Putting a statement together takes longer than running it; what a viewer looks at comes again and again.
@lru_cache(maxsize=STATEMENTS_KEPT)
def _kept_page(sight: Sight, condition: Condition, rank: Rank, extra: tuple[str, ...]) -> PreparedIfConstant:
    return PreparedIfConstant(_page(sight, condition, rank, extra))


def _already_joined() -> set[str]:
    return {
        name for name, entry in ticket_fields().items() if entry.join and entry.join.key == "organisation"
    }


def _row(values: Sequence[Any], n_keys: int) -> QueueRow:
    n_columns = len(_COLUMNS)
    return QueueRow(
        QueueTicket(*values[:n_columns]),
        tuple(values[n_columns : n_columns + n_keys]),
        tuple(values[n_columns + n_keys :]),
    )


def _beyond(keys: Sequence[Any], after: Sequence[Any]) -> ColumnElement[bool]:
    """Return the row-value comparison keys > after, spelled out: expressions may be NULL-free only."""
    steps = [and_(*(keys[j] == after[j] for j in range(i)), keys[i] > after[i]) for i in range(len(keys))]
    return or_(*steps)


def last_change() -> datetime | None:
    """Return when any ticket last changed: the version of every queue."""
    return session().scalar(select(func.max(Ticket.changed_at)))
