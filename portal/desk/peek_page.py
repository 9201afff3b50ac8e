"""The reading pane of a ticket beside the queue, put together from what the rooms below know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal import words
from portal.desk import proposals
from portal.desk.doings import Doing, doings
from portal.desk.handover_cards import HandoverCard, cards
from portal.desk.ledgers import ClockLine, clock_lines
from portal.desk.proposals import Proposed
from portal.desk.ticket_page import Head, head_of
from portal.desk.timeline import Happened, names_in, timeline
from portal.desk.views import View
from servicedesk.identity.actor import Actor
from servicedesk.tickets.queries import conversation, ticket_detail
from sla.queries import ticket_clocks


@dataclass(frozen=True, slots=True)
class PeekPage:
    """The reading pane: the newest words, the clocks, the proposal, and why."""

    head: Head
    about: str
    text: str
    clocks: Sequence[ClockLine]
    proposal: Proposed | None
    why: Sequence[Happened]
    handover: HandoverCard | None
    doings: Sequence[Doing]


def peek_page(viewer: Actor, ticket_id: int, view: View, *, now: datetime, back: str) -> PeekPage:
    """Return the reading pane of one ticket; raises NotFound."""
    ticket = ticket_detail(viewer, ticket_id)
    spoken = conversation(viewer, ticket)
    said = [row for row in spoken.messages if row.public]
    clocks = ticket_clocks(viewer, ticket.id, now=now)
    names = names_in(viewer, ticket, spoken)
    entries = timeline(ticket, spoken, names, viewer_id=viewer.id, asides={})
    happened = [event for entry in entries for event in entry.events]
    about = (words.channel_name(ticket.channel), words.moment(ticket.opened_at).words)
    return PeekPage(
        head=head_of(ticket, view.key),
        about=" · ".join((*about, words.language_name(ticket.language))),
        text=(said[-1].text or "") if said else "",
        clocks=clock_lines(ticket.id, clocks),
        proposal=proposals.proposed(viewer, ticket, back=back),
        why=happened,
        handover=cards(spoken, names).get(ticket.offer_seq) if ticket.offer_seq is not None else None,
        doings=doings(viewer, ticket, back),
    )
