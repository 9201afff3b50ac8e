"""How a ticket stands: everything that must be as before once something was undone."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import clock
from servicedesk.kernel.db import session
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.models import Attachment, Message, Ticket
from sla.core.clock import fold
from sla.history import statuses, stored_histories
from sla.models import Clock, ClockSpan, Standing
from sla.storing import Folded, store
from tests.support import makers
from tests.verify.history import History

# These count that something happened; ids of rows say nothing.
GROWING = {"row_version", "changed_at", "last_event_seq", "id", "clock_id"}


def rows(model: Any, *where: Any) -> list[dict[str, Any]]:
    table = model.__table__
    query = select(table).where(*where).order_by(*table.primary_key.columns)
    return [
        {name: value for name, value in row._mapping.items() if name not in GROWING}
        for row in session().execute(query)
    ]


def state_of(ticket_id: int) -> dict[str, Any]:
    """Return ticket, messages, files, clocks with their ledgers, and the place in the queue, as of now.

    What is stored of clocks is as of their last save; so they are folded anew, and that is undone.
    """
    session().rollback()
    history = stored_histories([ticket_id])[ticket_id]
    cycles = fold(history.core_events(), statuses=statuses(), now=clock.now())
    folded = Folded(ticket_id, cycles, history.last_state(), 0, is_new=False, is_rewritten=True)
    store([folded], now=clock.now())
    try:
        return stored_state_of(ticket_id)
    finally:
        session().rollback()


def stored_state_of(ticket_id: int) -> dict[str, Any]:
    """Return what is stored of a ticket."""
    of_ticket = (Clock.subject_kind == "ticket") & (Clock.subject_id == ticket_id)
    clocks = select(Clock.id).where(of_ticket)
    return {
        "ticket": rows(Ticket, Ticket.id == ticket_id),
        "messages": rows(Message, Message.ticket_id == ticket_id),
        "files": rows(Attachment, Attachment.ticket_id == ticket_id),
        "clocks": sorted(map(repr, rows(Clock, of_ticket))),
        "ledgers": sorted(map(repr, rows(ClockSpan, ClockSpan.clock_id.in_(clocks)))),
        "place": rows(Standing, Standing.ticket_id == ticket_id),
    }


def rights(ticket_id: int, people: list[Actor]) -> set[tuple[int | None, Permission]]:
    """Return who may do what with a ticket."""
    ticket = session().get_one(Ticket, ticket_id)
    groups = triage_ids()
    return {(who.id, what) for who in people for what in Permission if may(who, what, ticket, groups)}


def people_of(history: History) -> list[Actor]:
    """Return everybody of a random history, and somebody who sees the requests of one team alone."""
    one_team = makers.make_person("group_agent", group=history.team)
    return [*history.agents, history.lead, *history.customers, one_team]


def standing_of(ticket_ids: Iterable[int], people: list[Actor]) -> list[tuple[dict[str, Any], object]]:
    """Return of each ticket how it stands, and who may do what with it."""
    return [(state_of(each), rights(each, people)) for each in ticket_ids]
