"""The ticket page, put together from what the rooms below know."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from flask import url_for
from markupsafe import Markup

from portal import words
from portal.desk import facts, proposals
from portal.desk.article_panel import inserted
from portal.desk.composing import Composer, Draft, composer
from portal.desk.conflicts import News, news_since
from portal.desk.doings import Doing, doings
from portal.desk.facts import Fact
from portal.desk.handover_cards import HandoverCard, cards, place_name
from portal.desk.happenings import Names
from portal.desk.ledgers import (
    ClockLine,
    ToldAgain,
    asides,
    besides_seconds,
    clock_lines,
    judged,
    seconds_now,
    told_again,
)
from portal.desk.nearby import Around, Nearby, around, nearby
from portal.desk.proposals import Proposed
from portal.desk.regrouped import regrouped_facts
from portal.desk.splitting import undo_doings
from portal.desk.timeline import Entry, Spoken, names_in, timeline
from portal.desk.undo import unsent_draft
from portal.desk.views import View
from portal.desk.watching import Followers, followers_of
from portal.desk.written import written
from portal.kept import Fresh, Shelf, as_read_by, shelf_of, sign_of
from routing.queries import TicketProposal
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import i18n
from servicedesk.kernel.forms import new_key
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.catalogue import status_name
from servicedesk.tickets.joined import joined
from servicedesk.tickets.queries import (
    Conversation,
    TicketRow,
    conversation,
    ticket_as_it_stands,
)
from sla.interventions import may_touch_clocks
from sla.queries import ClockRow, ticket_clocks

# Stands in a kept piece for the key that makes one form of each page.
_FORM_KEY = sign_of("form key")


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
    offered_to: str = ""


@dataclass(frozen=True)
class TicketPage:
    """The whole page of `ticket` as `viewer` came to it from `view`.

    What stands in a kept piece (`shelf`, see portal/kept.py) is worked out when the template asks for it:
    only where the piece is written anew. draft: a text that could not be taken. seen_version: what its
    writer had seen of the ticket; what happened since is told as news.
    """

    viewer: Actor
    ticket: TicketRow
    view: View
    around: Around
    clocks: Sequence[ClockRow]
    proposed: TicketProposal | None
    form_key: str
    draft: Draft | None
    seen_version: int | None
    shelf: Shelf
    follows: bool
    is_called: bool
    has_draft: bool

    def piece(self, name: str, rests_on: Hashable = None) -> Markup:
        """Return a piece of `templates/desk/ticket/`, kept as long as it is true."""
        template = f"desk/ticket/{name}.html"
        return self.shelf.piece(template, {"ticket": self}, rests_on=rests_on, fresh=self._fresh)

    @cached_property
    def _fresh(self) -> Fresh:
        return ((_FORM_KEY, self.form_key), *seconds_now(self.clocks))

    @property
    def title(self) -> str:
        """What the browser's tab says."""
        return f"{words.ticket_ref(self.ticket.id)} · {self.ticket.subject}"

    @property
    def row_version(self) -> int:
        """The version of the ticket that the page's forms are made from."""
        return self.ticket.row_version

    @property
    def answered(self) -> Hashable:
        """What the thread shows of the clocks: those that an answer stopped."""
        return judged(self.clocks)

    @cached_property
    def spoken(self) -> Conversation:
        """What was said and what happened."""
        return conversation(self.viewer, self.ticket)

    @cached_property
    def _names(self) -> Names:
        return names_in(self.viewer, self.ticket, self.spoken)

    @cached_property
    def nearby(self) -> Nearby:
        """The tickets around this one."""
        return nearby(self.ticket.id, self.view, self.around)

    @cached_property
    def head(self) -> Head:
        """What stands at the top."""
        return head_of(self.ticket, self.view.key)

    @cached_property
    def doings(self) -> Sequence[Doing]:
        """What the viewer may do now."""
        own = doings(self.viewer, self.ticket)
        return [*undo_doings(self.viewer, self.ticket, self.spoken), *own]

    @property
    def may_pull(self) -> bool:
        """Say whether the viewer takes tickets."""
        return self.viewer.has(Permission.TICKET_ASSIGN)

    @property
    def entries(self) -> Sequence[Entry]:
        """The conversation, in order."""
        said = asides(self.clocks)
        merged = joined(self.viewer, self.ticket, self.spoken)
        who = self.viewer.id
        return timeline(self.ticket, self.spoken, self._names, viewer_id=who, asides=said, merged=merged)

    def written(self, message: Spoken) -> Markup:
        """Return a message of the conversation as it is drawn."""
        return written(message)

    @property
    def followers(self) -> Followers:
        """Who follows it."""
        return followers_of(self.viewer, self.ticket, follows=self.follows)

    @property
    def handover(self) -> HandoverCard | None:
        """The card of the hand-over on offer."""
        offer_seq = self.ticket.offer_seq
        return cards(self.spoken, self._names).get(offer_seq) if offer_seq is not None else None

    @property
    def news(self) -> Sequence[News]:
        """What happened while a refused text was being written."""
        if self.seen_version is None:
            return ()
        return news_since(self.seen_version, self.ticket, self.spoken, self._names)

    @property
    def composer(self) -> Composer | None:
        """Where the viewer writes; None for those who only read."""
        return composer(self.viewer, self.ticket, _FORM_KEY, self.draft, has_draft=self.has_draft)

    @property
    def clock_lines(self) -> Sequence[ClockLine]:
        """The clocks in words."""
        by_hand = may_touch_clocks(self.viewer, self.ticket)
        return clock_lines(self.ticket.id, self.clocks, by_signs=True, by_hand=by_hand)

    @property
    def told_again(self) -> ToldAgain | None:
        """When people are told again of a late clock, and where the viewer says that they know."""
        if not may(self.viewer, Permission.TICKET_NOTE, self.ticket, triage_ids()):
            return None
        return told_again(self.ticket.id, self.clocks)

    @property
    def clocks_shown(self) -> Hashable:
        """What the clocks show besides seconds."""
        return besides_seconds(self.clocks)

    @property
    def proposal(self) -> Proposed | None:
        """What routing proposes."""
        if self.proposed is None:
            return None
        return proposals.in_words(self.viewer, self.ticket, self.proposed)

    @property
    def request(self) -> Sequence[Fact]:
        """What the ticket is."""
        return facts.request_facts(self.viewer, self.ticket, _why_by_hand(self.ticket, self.spoken))

    @property
    def answers(self) -> Sequence[Fact]:
        """The answers to its form."""
        return facts.answer_facts(self.ticket, self.spoken.texts)

    @property
    def linked(self) -> Sequence[Fact]:
        """What it goes on from, or goes on in."""
        return [*facts.linked_facts(self.spoken.events), *regrouped_facts(self.ticket, self.spoken)]

    @property
    def requester_facts(self) -> Sequence[Fact]:
        """Who asks."""
        return facts.requester_facts(self.ticket)


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
        offered_to=place_name(ticket.offered_group_id, ticket.offered_to_id),
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
    found = ticket_as_it_stands(viewer, ticket_id)
    ref = words.ticket_ref(ticket_id)
    key = ("ticket page", found, ref, view.key, as_read_by(viewer, now))
    draft = draft or inserted(viewer, found.ticket) or unsent_draft(viewer, found.ticket)
    return TicketPage(
        viewer=viewer,
        ticket=found.ticket,
        view=view,
        around=around(viewer, ticket_id, view, now),
        clocks=ticket_clocks(viewer, ticket_id, now=now),
        proposed=proposals.proposal_for(viewer, found.ticket),
        form_key=draft.key if draft else new_key(),
        draft=draft,
        seen_version=seen_version,
        # What somebody typed is nobody else's, and other logs tell of what was merged: such a page is
        # written for this once.
        shelf=Shelf() if draft or seen_version is not None or found.ticket.merged_count else shelf_of(key),
        follows=found.follows,
        is_called=found.is_called,
        has_draft=found.has_draft,
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
