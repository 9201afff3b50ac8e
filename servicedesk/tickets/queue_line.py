"""The queue as a line of steps: enough of each ticket to go from one to the next."""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.conditions import Condition, names
from servicedesk.kernel.conditions_sql import open_moments, where
from servicedesk.kernel.db import AnySelect, connection, session
from servicedesk.kernel.prepared import PreparedIfConstant
from servicedesk.tickets.access import Sight, sight_of, within
from servicedesk.tickets.fields import condition_columns, with_joins
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queue import LINE, STATEMENTS_KEPT, Rank, open_tickets, rank_at
from servicedesk.tickets.queue_counts import lately

LINES_KEPT = 64


class QueueStep(NamedTuple):
    """A ticket as a step of the queue."""

    id: int
    subject: str


def queue_line_lately(viewer: Actor, condition: Condition, *, now: datetime) -> tuple[QueueStep, ...]:
    """Return the beginning of the queue in rank order, with as little of each ticket as a rail shows.

    It is as it was at the last change of any ticket, a few seconds ago at most (queue_counts.py).
    """
    as_of, desk = lately(now)
    return _line_at(as_of, sight_of(viewer, Permission.QUEUE_SEE), condition, desk)


@lru_cache(maxsize=LINES_KEPT)
def _line_at(
    as_of: datetime, sight: Sight, condition: Condition, _state_of_the_desk: object
) -> tuple[QueueStep, ...]:
    rank = rank_at(as_of)
    values = open_moments([condition], as_of)
    if rank.is_lasting:
        return tuple(map(QueueStep._make, _kept_line(sight, condition, rank).rows(connection(), **values)))
    return tuple(QueueStep(*row) for row in session().execute(_line(sight, condition, rank), values))


def _line(sight: Sight, condition: Condition, rank: Rank) -> AnySelect:
    query = with_joins(select(Ticket.id, Ticket.subject), set(rank.fields) | names(condition), rank.joins)
    chosen = where(condition, condition_columns(), now=None)
    return (
        query.where(open_tickets(), within(sight), chosen, rank.only)
        .order_by(*rank.keys, Ticket.id)
        .limit(LINE)
    )


# The line is read anew whenever anybody has changed something: its statement is made once.
@lru_cache(maxsize=STATEMENTS_KEPT)
def _kept_line(sight: Sight, condition: Condition, rank: Rank) -> PreparedIfConstant:
    return PreparedIfConstant(_line(sight, condition, rank))
