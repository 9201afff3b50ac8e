"""The ticket page and the reading pane, put together from what the rooms below know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from portal.desk import facts, proposals, words
from portal.desk.article_panel import inserted
from portal.desk.composing import Composer, Draft, composer
from portal.desk.conflicts import News, news_since
from portal.desk.doings import Doing, doings
from portal.desk.facts import Fact
from portal.desk.ledgers import ClockLine, asides, clock_lines
from portal.desk.proposals import Proposed
from portal.desk.timeline import Entry, Happened, names_in, timeline
from portal.desk.views import View, work_of
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import i18n
from servicedesk.tickets.catalogue import status_name
from servicedesk.tickets.queries import Conversation, TicketRow, conversation, ticket_detail
from servicedesk.tickets.queue import QueueStep, queue_line
from sla.queries import ticket_clocks

NEARBY = 5


@dataclass(frozen=True, slots=True)
class Head:
    """What stands at the top of page and pane alike."""

    ref: str
    url: str
    subject: str
    status: str
    priority: str
    priority_state: str
    needs_triage: bool
    row_version: int


@dataclass(frozen=True, slots=True)
class Step:
    """A ticket of the queue in the rail of the ticket page."""

    ref: str
    subject: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Nearby:
    """The tickets around this one in the view it was opened from."""

    label: str
    url: str
    steps: Sequence[Step]
    previous_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class TicketPage:
    """The whole page; `news` is what happened while a refused text was being written."""

    head: Head
    doings: Sequence[Doing]
    entries: Sequence[Entry]
    is_cut: bool
    clocks: Sequence[ClockLine]
    proposal: Proposed | None
    request: Sequence[Fact]
    answers: Sequence[Fact]
    linked: Sequence[Fact]
    requester: str
    requester_facts: Sequence[Fact]
    composer: Composer | None
    nearby: Nearby
    may_pull: bool
    news: Sequence[News]


@dataclass(frozen=True, slots=True)
class PeekPage:
    """The reading pane: the newest words, the clocks, the proposal, and why."""

    head: Head
    about: str
    text: str
    clocks: Sequence[ClockLine]
    proposal: Proposed | None
    why: Sequence[Happened]
    doings: Sequence[Doing]


def head_of(ticket: TicketRow, view_key: str = "") -> Head:
    """Return the head of a ticket; links keep the view that it was opened from."""
    ref = words.ticket_ref(ticket.id)
    return Head(
        ref=ref,
        url=url_for("desk.ticket", ref=ref, view=view_key or None),
        subject=ticket.subject,
        status=status_name(ticket.status, i18n.current_language()),
        priority=words.priority_name(ticket.priority),
        priority_state=words.PRIORITY_STATES[ticket.priority],
        needs_triage=ticket.needs_triage,
        row_version=ticket.row_version,
    )


def ticket_page(
    viewer: Actor,
    ticket_id: int,
    view: View,
    *,
    now: datetime,
    draft: Draft | None = None,
    seen_version: int | None = None,
) -> TicketPage:
    """Return the page of one ticket; raises NotFound. `draft` is a text that could not be taken."""
    ticket = ticket_detail(viewer, ticket_id)
    spoken = conversation(viewer, ticket)
    clocks = ticket_clocks(viewer, ticket.id, now=now)
    names = names_in(viewer, ticket, spoken)
    return TicketPage(
        head=head_of(ticket, view.key),
        doings=doings(viewer, ticket),
        entries=timeline(ticket, spoken, names, viewer_id=viewer.id, asides=asides(clocks)),
        is_cut=spoken.is_cut,
        clocks=clock_lines(clocks),
        proposal=proposals.proposed(viewer, ticket),
        request=facts.request_facts(viewer, ticket, _why_by_hand(ticket, spoken)),
        answers=facts.answer_facts(ticket, spoken.texts),
        linked=facts.linked_facts(spoken.events),
        requester=ticket.requester_name,
        requester_facts=facts.requester_facts(ticket),
        composer=composer(viewer, ticket, draft or inserted(viewer, ticket)),
        nearby=_nearby(viewer, ticket, view, now),
        may_pull=viewer.has(Permission.TICKET_ASSIGN),
        news=news_since(seen_version, ticket, spoken, names) if seen_version is not None else (),
    )


def _why_by_hand(ticket: TicketRow, spoken: Conversation) -> str:
    """Return the reason that a person gave for the priority in force, if one set it."""
    if ticket.priority_override is None:
        return ""
    set_at = [
        event.seq
        for event in spoken.events
        if event.type == "fields_changed" and "priority_override" in _changes(event.body)
    ]
    return str(spoken.texts.get(set_at[-1], {}).get("why", "")) if set_at else ""


def _changes(body: Mapping[str, object]) -> Mapping[str, object]:
    found = body.get("changes")
    return found if isinstance(found, Mapping) else {}


def _nearby(viewer: Actor, ticket: TicketRow, view: View, now: datetime) -> Nearby:
    line = queue_line(viewer, work_of(viewer, view, now=now), now=now)
    places = [place for place, step in enumerate(line) if step.id == ticket.id]
    at = places[0] if places else -1
    start = max(0, at - NEARBY // 2)
    return Nearby(
        label=str(view.label),
        url=url_for("desk.queue", view=view.key),
        steps=[_step(step, view, ticket.id) for step in line[start : start + NEARBY]],
        previous_url=_url(line[at - 1], view) if at > 0 else "",
        next_url=_url(line[at + 1], view) if at + 1 < len(line) else "",
    )


def _step(step: QueueStep, view: View, current_id: int) -> Step:
    return Step(words.ticket_ref(step.id), step.subject, _url(step, view), step.id == current_id)


def _url(step: QueueStep, view: View) -> str:
    return url_for("desk.ticket", ref=words.ticket_ref(step.id), view=view.key)


def peek_page(viewer: Actor, ticket_id: int, view: View, *, now: datetime, back: str) -> PeekPage:
    """Return the reading pane of one ticket; raises NotFound."""
    ticket = ticket_detail(viewer, ticket_id)
    spoken = conversation(viewer, ticket)
    said = [row for row in spoken.messages if row.public]
    clocks = ticket_clocks(viewer, ticket.id, now=now)
    entries = timeline(ticket, spoken, names_in(viewer, ticket, spoken), viewer_id=viewer.id, asides={})
    happened = [event for entry in entries for event in entry.events]
    about = (words.channel_name(ticket.channel), words.moment(ticket.opened_at).words)
    return PeekPage(
        head=head_of(ticket, view.key),
        about=" · ".join((*about, words.language_name(ticket.language))),
        text=(said[-1].text or "") if said else "",
        clocks=clock_lines(clocks),
        proposal=proposals.proposed(viewer, ticket, back=back),
        why=happened,
        doings=doings(viewer, ticket, back),
    )
