"""What a change of configuration would touch: how many open requests, and some of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from servicedesk.identity.actor import Actor
from servicedesk.kernel.db import session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queue import open_tickets

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Touched:
    """How many open requests there are of a sort, and the first of them as (id, subject)."""

    count: int
    first: tuple[tuple[int, str], ...] = ()


def assigned_to(viewer: Actor, person_id: int) -> Touched:
    """Return the open requests that a person is working on."""
    return _touched(viewer, Ticket.assignee_id == person_id)


def asked_by(viewer: Actor, person_id: int) -> Touched:
    """Return the open requests that a person has filed."""
    return _touched(viewer, Ticket.requester_id == person_id)


def of_group(viewer: Actor, group_id: int, *, only_unassigned: bool = False) -> Touched:
    """Return the open requests of a group, or those of them for which its lead is accountable."""
    condition: ColumnElement[bool] = Ticket.group_id == group_id
    return _touched(viewer, condition & Ticket.assignee_id.is_(None) if only_unassigned else condition)


def of_item(viewer: Actor, item_id: int) -> Touched:
    """Return the open requests for an item of the catalogue."""
    return _touched(viewer, Ticket.item_id == item_id)


def of_category(viewer: Actor, category_id: int) -> Touched:
    """Return the open requests of a category, those below it left out."""
    return _touched(viewer, Ticket.category_id == category_id)


def of_member(viewer: Actor, group_id: int, person_id: int) -> Touched:
    """Return the open requests of a group that one person works on."""
    return _touched(viewer, (Ticket.group_id == group_id) & (Ticket.assignee_id == person_id))


def open_by_group(viewer: Actor) -> Mapping[int, tuple[int, int]]:
    """Return for each group how many open requests it has, and how many of them nobody has taken."""
    free = func.count().filter(Ticket.assignee_id.is_(None))
    query = select(Ticket.group_id, func.count(), free).where(open_tickets(), visible_to(viewer))
    return {row[0]: (row[1], row[2]) for row in session().execute(query.group_by(Ticket.group_id))}


def _touched(viewer: Actor, condition: ColumnElement[bool]) -> Touched:
    query = select(Ticket.id, Ticket.subject).where(condition, open_tickets(), visible_to(viewer))
    count = session().scalar(select(func.count()).select_from(query.subquery())) or 0
    first = session().execute(query.order_by(Ticket.id).limit(SHOWN)) if count else ()
    return Touched(count, tuple((row.id, row.subject) for row in first))
