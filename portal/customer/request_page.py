"""One request's page, put together; and the part of it that a poll brings up to date."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from portal.customer.doors import Door
from portal.customer.hours import reader_zone
from portal.customer.knowing import facts_of
from portal.customer.promise import promises_of
from portal.customer.rating_box import RatingBox, rating_box
from portal.customer.rows import chip_of
from portal.customer.sentences import sentence, step_name, step_state
from portal.customer.standing import Facts, standing, steps
from portal.customer.subjects import one_line
from portal.customer.thread import Entry, thread
from portal.customer.writing import Unsent, Writing, writing_box
from portal.desk.facts import Fact, answer_facts
from portal.page import Link
from portal.words import isolated, team_name, ticket_ref
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import i18n
from servicedesk.kernel.display import when
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.catalogue import category_path, every_item
from servicedesk.tickets.queries import Conversation, TicketRow, conversation, ticket_as_it_stands
from servicedesk.tickets.surveys import rating_of

# Seconds between two questions whether something is new; a request that is done hardly ever has news.
ASK_EVERY, ASK_EVERY_WHEN_DONE = 3, 60


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step of the way in words; state: done, now or ahead."""

    name: str
    state: str
    state_words: str


@dataclass(frozen=True, slots=True)
class Told:
    """One of the three facts: its heading and its sentence."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Deed:
    """A button of its own form; a link where `is_link`, to a page that asks first."""

    id: str
    label: str
    url: str
    is_main: bool = False
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """How the request stands; `status` is its key, `note` what a message would do that is no plain answer."""

    ref: str
    status: str
    chip: str
    chip_state: str
    steps: Sequence[ShownStep]
    told: Sequence[Told]
    zone: str
    note: str
    deeds: Sequence[Deed]


@dataclass(frozen=True, slots=True)
class Known:
    """A request with how it stands, read with two statements.

    `version` changes whenever the page would: not the row version, which also counts internal notes.
    """

    ticket: TicketRow
    facts: Facts
    head: Head
    version: str
    has_draft: bool


@dataclass(frozen=True, slots=True)
class News:
    """What a poll brings up to date: everything but the box that somebody may be writing in."""

    head: Head
    entries: Sequence[Entry]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class RequestPage:
    """The whole page; `who` is the colleague who asked, empty for one's own. every: seconds between polls."""

    subject: str
    who: str
    back: Link | None
    live_url: str
    every: int
    version: str
    news: News
    writing: Writing | None
    about: Sequence[Fact]
    answers_url: str
    link_url: str
    rating: RatingBox | None


def known(viewer: Actor, ticket_id: int, *, now: datetime) -> Known:
    """Return a request as far as its sentences need it; raises NotFound."""
    found = ticket_as_it_stands(viewer, ticket_id)
    ticket = found.ticket
    facts = facts_of(ticket, promises_of(viewer, [ticket_id], now=now).get(ticket_id, ()), now)
    head = _head(viewer, ticket, facts, now, follows=found.follows)
    return Known(ticket, facts, head, _version(ticket, head), found.has_draft)


def _version(ticket: TicketRow, head: Head) -> str:
    said = (
        head,
        ticket.subject,
        ticket.group_id,
        ticket.assignee_id,
        ticket.last_message_at,
        ticket.reopened_count,
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()[:24]


def _head(viewer: Actor, ticket: TicketRow, facts: Facts, now: datetime, *, follows: bool) -> Head:
    chip, chip_state = chip_of(ticket, facts, is_own=ticket.requester_id == viewer.id)
    return Head(
        ref=ticket_ref(ticket.id),
        status=ticket.status,
        chip=chip,
        chip_state=chip_state,
        steps=[ShownStep(step_name(step), step.state, step_state(step)) for step in steps(facts)],
        told=_told(facts, now, to_requester=ticket.requester_id == viewer.id),
        zone=str(_("Times are %(zone)s.", zone=reader_zone())),
        note=_note(facts),
        deeds=[
            *_deeds(viewer, ticket, may_reopen=facts.reopen_until is not None),
            *_following(viewer, ticket, follows=follows),
        ],
    )


def _told(facts: Facts, now: datetime, *, to_requester: bool) -> Sequence[Told]:
    found = standing(facts, now)
    parts = (
        (_("Where it stands"), found.where),
        (_("What is done"), found.done),
        (_("What comes next"), found.next),
    )
    return [Told(str(label), sentence(part, to_requester=to_requester)) for label, part in parts]


def _note(facts: Facts) -> str:
    """Say beforehand what a message does that is more than a message."""
    if facts.category not in {"resolved", "closed"}:
        return ""
    if facts.reopen_until is not None:
        return str(_("A message opens this request again."))
    if facts.status == "merged":
        return str(_("This request was merged: a message goes to the one that it goes on in."))
    if facts.status == "withdrawn":
        return str(_("This request was withdrawn: a message opens a new one, linked to it."))
    return str(_("It is too late to open this request again: a message opens a new one, linked to it."))


def _deeds(viewer: Actor, ticket: TicketRow, *, may_reopen: bool) -> Sequence[Deed]:
    """Return the buttons that the request's state allows."""
    ref, found = ticket_ref(ticket.id), []
    if ticket.status_category == "resolved":
        if _may(viewer, Permission.TICKET_WITHDRAW, ticket):
            label = str(_("It works, close it"))
            found.append(Deed("close", label, url_for("customer.close", ref=ref), is_main=True))
        if may_reopen and _may(viewer, Permission.TICKET_REOPEN, ticket):
            label = str(_("Not solved, open it again"))
            found.append(Deed("reopen", label, url_for("customer.reopen", ref=ref)))
    elif ticket.status_category != "closed" and _may(viewer, Permission.TICKET_WITHDRAW, ticket):
        label = str(_("I no longer need it"))
        found.append(Deed("withdraw", label, url_for("customer.withdraw", ref=ref), is_link=True))
    return found


def _following(viewer: Actor, ticket: TicketRow, *, follows: bool) -> Sequence[Deed]:
    """Return the button that follows a colleague's request; of one's own one hears anyway."""
    if ticket.requester_id == viewer.id:
        return ()
    does, label = ("unfollow", _("Stop following")) if follows else ("follow", _("Follow"))
    return (Deed(does, str(label), url_for(f"customer.{does}", ref=ticket_ref(ticket.id))),)


def _may(viewer: Actor, permission: Permission, ticket: TicketRow) -> bool:
    return may(viewer, permission, ticket, triage_ids())


def news_of(viewer: Actor, found: Known, door: Door) -> News:
    """Return what a poll shows: how it stands, and the conversation."""
    return _news(viewer, found, conversation(viewer, found.ticket), door)


def _news(viewer: Actor, found: Known, spoken: Conversation, door: Door) -> News:
    return News(found.head, thread(viewer, found.ticket, spoken, door.file_url), spoken.is_cut)


def page_of(viewer: Actor, found: Known, door: Door, unsent: Unsent | None = None) -> RequestPage:
    """Return the whole page."""
    ticket = found.ticket
    spoken = conversation(viewer, ticket)
    is_over = ticket.status_category == "closed"
    may_write = door.takes_files or found.facts.reopen_until is not None or not is_over
    return RequestPage(
        subject=one_line(ticket.subject),
        who="" if ticket.requester_id == viewer.id else one_line(ticket.requester_name),
        back=door.back,
        live_url=door.live_url,
        every=ASK_EVERY_WHEN_DONE if is_over else ASK_EVERY,
        version=found.version,
        news=_news(viewer, found, spoken, door),
        writing=writing_box(viewer, ticket, door, unsent, has_draft=found.has_draft) if may_write else None,
        about=_about(ticket, spoken),
        answers_url=_answers_url(viewer, ticket),
        link_url=door.link_url,
        rating=_rating(viewer, ticket, spoken, door),
    )


def _rating(viewer: Actor, ticket: TicketRow, spoken: Conversation, door: Door) -> RatingBox | None:
    found = rating_of(viewer, ticket, spoken) if door.rate_url else None
    return rating_box(found, door.rate_url) if found is not None else None


def _answers_url(viewer: Actor, ticket: TicketRow) -> str:
    """Return where the articles are that may help; empty where the request can no longer be withdrawn."""
    is_open = ticket.status_category in {"open", "waiting"}
    may_say = _may(viewer, Permission.TICKET_WITHDRAW, ticket) and viewer.has(Permission.ARTICLE_SEE)
    return url_for("customer.request_answers", ref=ticket_ref(ticket.id)) if is_open and may_say else ""


def _about(ticket: TicketRow, spoken: Conversation) -> Sequence[Fact]:
    """Return what the request is, with the answers to its form."""
    language = i18n.current_language()
    item = every_item().get(ticket.item_id) if ticket.item_id is not None else None
    kept = [
        Fact(str(_("What")), item.text_in(language).name if item else ""),
        Fact(str(_("Category")), category_path(ticket.category_id, language)),
        Fact(str(_("Team")), "" if ticket.needs_triage else team_name(ticket.group_id)),
        Fact(str(_("Who has it")), one_line(ticket.assignee_name or "")),
        Fact(str(_("Sent")), when(ticket.opened_at) if ticket.times_known else ""),
    ]
    return [*(fact for fact in kept if fact.value), *answer_facts(ticket, spoken.texts)]


def thanks_for(found: Known) -> str:
    """Return what is said right after sending: the number, and what is promised."""
    ref = isolated(found.head.ref)
    due = {promise.kind: promise.by for promise in found.facts.promises if promise.state == "running"}
    answer, solve = due.get("first_response"), due.get("resolution")
    values = {"ref": ref, "answer": isolated(when(answer)), "solve": isolated(when(solve))}
    if answer and solve:
        return str(
            _("Thank you, this is %(ref)s. First answer by %(answer)s, solved by %(solve)s.", **values)
        )
    if answer:
        return str(_("Thank you, this is %(ref)s. First answer by %(answer)s.", **values))
    if solve:
        return str(_("Thank you, this is %(ref)s. Solved by %(solve)s.", **values))
    return str(_("Thank you, this is %(ref)s. We answer as soon as we can.", **values))
