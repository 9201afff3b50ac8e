"""Requests in pages, as customers list them: their own or their colleagues', searched and filtered."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, true

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.kernel.db import session
from servicedesk.kernel.folding import fold_text
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queries import TicketRow, as_seen_by, select_tickets, ticket_row

PAGE = 20
LAST_PAGE = 500
MOST_WORDS = 8

# What a list may be narrowed to: the statuses or categories behind each word.
STATES: dict[str, tuple[str, ...]] = {
    "open": ("open", "waiting"),
    "solved": ("resolved",),
    "closed": ("closed",),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. state: a key of STATES, `yours` (waits for the customer), or empty for all.

    text: words that all stand in the subject, in any case and with any accents. number: of a ticket that
    the text may mean instead.
    """

    text: str = ""
    state: str = ""
    number: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Some rows, and whether more follow; `first` is the place of the first one, from 1."""

    rows: tuple[TicketRow, ...]
    page: int
    first: int
    has_more: bool


def request_page(
    viewer: Actor, wanted: Wanted | None = None, *, of_colleagues: bool = False, limit: int = PAGE
) -> RequestPage:
    """Return a page of the viewer's own requests, or of colleagues' that the viewer may see.

    What is not done comes first, then what is; the newest first in each.
    """
    wanted = wanted or Wanted()
    whose = _of_colleagues(viewer) if of_colleagues else Ticket.requester_id == viewer.id
    page = min(max(wanted.page, 1), LAST_PAGE)
    query = (
        select_tickets()
        .where(whose, visible_to(viewer), _in_state(wanted.state), _says(wanted))
        .order_by(Ticket.status_category.in_(("resolved", "closed")), Ticket.id.desc())
        .offset((page - 1) * limit)
        .limit(limit + 1)
    )
    rows = as_seen_by(viewer, [ticket_row(tuple(values)) for values in session().execute(query)])
    return RequestPage(tuple(rows[:limit]), page, (page - 1) * limit + 1, len(rows) > limit)


def sees_colleagues(viewer: Actor) -> bool:
    """Say whether the viewer may see what others of the organisation asked for."""
    return viewer.organisation_id is not None and Scope.ORGANISATION in viewer.scopes(Permission.TICKET_SEE)


def _of_colleagues(viewer: Actor) -> ColumnElement[bool]:
    if not sees_colleagues(viewer):
        return false()
    return (Ticket.organisation_id == viewer.organisation_id) & (Ticket.requester_id != viewer.id)


def _in_state(state: str) -> ColumnElement[bool]:
    if state == "yours":
        return Ticket.status == "waiting_customer"
    return Ticket.status_category.in_(STATES[state]) if state in STATES else true()


def _says(wanted: Wanted) -> ColumnElement[bool]:
    words = fold_text(wanted.text).split()[:MOST_WORDS]
    found: ColumnElement[bool] = true()
    for word in words:
        found &= Ticket.subject_folded.contains(word, autoescape=True)
    return or_(found, Ticket.id == wanted.number) if wanted.number is not None and words else found
