"""Rows of the queue as written text, but for their fuse: kept, because fifty people look at the same ones."""

from dataclasses import dataclass
from functools import lru_cache

from flask import current_app, url_for
from markupsafe import Markup

from portal.desk import words
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.queries import TicketRow

KEPT = 4096


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A request as the macro `queue_row` reads it."""

    ref: str
    url: str
    peek_url: str
    subject: str
    snippet: str
    chips: list[tuple[str, str]]
    requester: str
    organisation: str
    priority: str
    priority_state: str
    team: str
    assignee: str
    assignee_initials: str
    status: str
    is_new: bool


@lru_cache(maxsize=KEPT)
def halves(
    ticket: TicketRow, *, view: str, language: str, team: str, status: str, is_mine: bool, is_new: bool
) -> tuple[Markup, Markup]:
    """Return what stands before and after a row's fuse, written in `language`.

    Everything that shows is among the arguments, so that a kept row is never an old one.
    """
    ref = words.ticket_ref(ticket.id)
    line = QueueLine(
        ref=ref,
        url=url_for("desk.ticket", ref=ref, view=view),
        peek_url=url_for("desk.peek", ref=ref, view=view),
        subject=ticket.subject,
        snippet=ticket.preview,
        chips=[(_("needs triage"), "due")] if ticket.needs_triage else [],
        requester=ticket.requester_name,
        organisation=_organisation(ticket),
        priority=words.priority_name(ticket.priority),
        priority_state=words.PRIORITY_STATES[ticket.priority],
        team=team,
        assignee=_("you") if is_mine else ticket.assignee_name or "",
        assignee_initials=words.initials(ticket.assignee_name),
        status=status,
        is_new=is_new,
    )
    macros = current_app.jinja_env.get_template("macros/queue.html").module
    return macros.row_head(line), macros.row_tail(line)  # type: ignore[attr-defined]


def _organisation(ticket: TicketRow) -> str:
    tier = ticket.organisation_tier
    special = words.tier_name(tier) if tier and tier != "standard" else ""
    return " · ".join(part for part in (ticket.organisation_name, special) if part)
