"""Taking the best next ticket: one pull, one ticket, never the same one for two people."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, select, update

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.db import insert_missing, session
from servicedesk.tickets.access import triage_ids, visible_to
from servicedesk.tickets.assignment import take
from servicedesk.tickets.core.statuses import Category
from servicedesk.tickets.fields import with_joins
from servicedesk.tickets.models import PullCount, Ticket
from servicedesk.tickets.queue import NOW, OVERDUE, Rank, rank_at

EVERY_NTH_OVERDUE = 5
# An overdue ticket of this age is no longer passed over for what can still be kept.
AGE_CEILING = timedelta(days=7)

# Why a ticket was next.
URGENT: Final = "urgent"
TURN_OF_OVERDUE: Final = "turn_of_overdue"
AT_RISK: Final = "at_risk"
TOO_OLD: Final = "too_old"
BEST: Final = "best"
NEEDS_TRIAGE: Final = "needs_triage"

_ON_TURN = (URGENT, TURN_OF_OVERDUE, BEST)
_OTHERWISE = (URGENT, AT_RISK, TOO_OLD, BEST)


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull gave: the ticket, and why this one (URGENT, TURN_OF_OVERDUE, ...)."""

    ticket_id: int
    because: str


@command
def pull_next(actor: Actor) -> Pulled | None:
    """Take the first ticket of the queue that nobody has, and return it; None where there is none.

    Tickets of the actor's own groups come first, then those that need triage; an actor without groups
    takes from all. A P1 goes before anything else; then every fifth pull is for the overdue ones, so that
    what is late already is not left behind for what can still be kept. Two pulls at once get two tickets.
    """
    is_turn = _count_pull(actor) % EVERY_NTH_OVERDUE == 0
    own = Ticket.group_id.in_(sorted(actor.group_ids)) if actor.group_ids else None
    found = _first(actor, own, is_turn=is_turn)
    if found is None and own is not None:
        to_sort = _first(actor, Ticket.group_id.in_(sorted(triage_ids())), is_turn=is_turn)
        found = Pulled(to_sort.ticket_id, NEEDS_TRIAGE) if to_sort else None
    if found is not None:
        take(actor, found.ticket_id)
    return found


def _count_pull(actor: Actor) -> int:
    insert_missing(PullCount, [{"person_id": actor.id, "pulls": 0}], ["person_id"])
    query = (
        update(PullCount)
        .where(PullCount.person_id == actor.id)
        .values(pulls=PullCount.pulls + 1)
        .returning(PullCount.pulls)
    )
    return session().execute(query, execution_options={"synchronize_session": False}).scalar_one()


def _first(actor: Actor, wanted: ColumnElement[bool] | None, *, is_turn: bool) -> Pulled | None:
    """Return the first free ticket and lock it; one that somebody is taking this moment is passed over."""
    now = clock.now()
    rank = rank_at(now)
    preferred, reasons = _preference(rank, now, is_turn=is_turn)
    free = and_(Ticket.status_category == str(Category.OPEN), Ticket.assignee_id.is_(None))
    query = select(Ticket.id, preferred).where(free, visible_to(actor, Permission.TICKET_ASSIGN))
    if wanted is not None:
        query = query.where(wanted)
    ordered = (
        with_joins(query, set(rank.fields), rank.joins).order_by(preferred, *rank.keys, Ticket.id).limit(1)
    )
    row = session().execute(ordered.with_for_update(of=Ticket, skip_locked=True)).first()
    return Pulled(row[0], reasons[row[1]]) if row else None


def _preference(rank: Rank, now: datetime, *, is_turn: bool) -> tuple[ColumnElement[int], tuple[str, ...]]:
    """Return what goes before the rank when pulling, and what its values 0, 1, 2 … mean."""
    band: ColumnElement[Any] = rank.keys[0]
    urgent, overdue = Ticket.priority == 1, band == OVERDUE
    if is_turn:
        return case((urgent, 0), (overdue, 1), else_=2), _ON_TURN
    old = and_(overdue, Ticket.opened_at <= now - AGE_CEILING)
    return case((urgent, 0), (band == NOW, 1), (old, 2), else_=3), _OTHERWISE
