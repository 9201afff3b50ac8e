"""A request as a line of a list: its number, one sentence, and one chip that says what matters most."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from portal.customer.knowing import facts_of
from portal.customer.promise import promises_of
from portal.customer.sentences import sentence
from portal.customer.standing import OPEN_STATES, Facts, where
from portal.customer.subjects import one_line
from portal.words import isolated, ticket_ref
from servicedesk.identity.actor import Actor
from servicedesk.kernel import i18n
from servicedesk.kernel.display import when
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import status_name
from servicedesk.tickets.queries import TicketRow


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One line; `who` is the colleague who asked, empty for one's own. state: as of a clock."""

    ref: str
    url: str
    subject: str
    sentence: str
    last: str
    who: str
    chip: str
    state: str


def request_rows(viewer: Actor, tickets: Collection[TicketRow], *, now: datetime) -> Sequence[RequestRow]:
    """Return the lines of these requests, in their order."""
    promises = promises_of(viewer, [ticket.id for ticket in tickets], now=now)
    return [_row(viewer, ticket, facts_of(ticket, promises.get(ticket.id, ()), now)) for ticket in tickets]


def _row(viewer: Actor, ticket: TicketRow, facts: Facts) -> RequestRow:
    ref, is_own = ticket_ref(ticket.id), ticket.requester_id == viewer.id
    chip, state = chip_of(ticket, facts, is_own=is_own)
    return RequestRow(
        ref=ref,
        url=url_for("customer.request_page", ref=ref),
        subject=one_line(ticket.subject),
        sentence=sentence(where(facts), to_requester=is_own),
        last=_last_word(facts),
        who="" if is_own else one_line(ticket.requester_name),
        chip=chip,
        state=state,
    )


def _last_word(facts: Facts) -> str:
    if facts.last_message_at is None:
        return ""
    return str(_("Last message %(when)s.", when=isolated(when(facts.last_message_at))))


def chip_of(ticket: TicketRow, facts: Facts, *, is_own: bool) -> tuple[str, str]:
    """Return the words of a request's chip and the state that colours it."""
    if ticket.status == "waiting_customer" and is_own:
        return str(_("waits for you")), "due"
    if ticket.status_category == "resolved":
        return str(_("solved")), "met"
    if ticket.status_category == "closed":
        ends = {"withdrawn": _("withdrawn"), "merged": _("merged")}
        return str(ends.get(ticket.status, _("closed"))), ""
    solution = next((one for one in facts.promises if one.kind == "resolution"), None)
    if solution is None or solution.state not in OPEN_STATES:
        return status_name(ticket.status, i18n.current_language()), ""
    if solution.state == "overdue":
        return str(_("late")), "late"
    if solution.by is None:
        return status_name(ticket.status, i18n.current_language()), "held" if solution.look == "held" else ""
    return str(_("solved by %(when)s", when=when(solution.by))), solution.look
