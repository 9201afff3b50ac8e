"""A request's facts, put together from its row and its promises, for the three sentences."""

from collections.abc import Sequence
from datetime import datetime

from portal.customer.standing import Facts, Promise
from portal.customer.subjects import one_line
from portal.words import first_name, team_name
from servicedesk.calendars.hours import NeverOpen
from servicedesk.tickets.conversation import REOPEN_WITHIN, may_still_reopen
from servicedesk.tickets.progress import closing_time
from servicedesk.tickets.queries import TicketRow


def facts_of(ticket: TicketRow, promises: Sequence[Promise], now: datetime) -> Facts:
    """Return what the sentences about `ticket` are made from; of history without times no moment is known."""
    dated = ticket.times_known
    may_reopen = ticket.resolved_at is not None and may_still_reopen(ticket, now)
    return Facts(
        category=ticket.status_category,
        status=ticket.status,
        team=team_name(ticket.group_id),
        person=one_line(first_name(ticket.assignee_name)) if ticket.assignee_name else "",
        is_sorted=not ticket.needs_triage,
        opened_at=ticket.opened_at if dated else None,
        answered_at=ticket.answered_at,
        last_by=ticket.last_by,
        last_message_at=ticket.last_message_at if dated else None,
        resolved_at=ticket.resolved_at if dated else None,
        closed_at=ticket.closed_at if dated else None,
        wake_at=ticket.wake_at,
        reopened_count=ticket.reopened_count,
        closes_at=_closes_at(ticket),
        reopen_until=ticket.resolved_at + REOPEN_WITHIN if ticket.resolved_at and may_reopen else None,
        promises=promises,
    )


def _closes_at(ticket: TicketRow) -> datetime | None:
    if ticket.status != "resolved" or ticket.resolved_at is None or not ticket.times_known:
        return None
    try:
        return closing_time(ticket.resolved_at)
    except NeverOpen:
        return None
