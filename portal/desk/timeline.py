"""A ticket's conversation as the agent reads it: messages and notes, and between them what happened."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import cast

from flask import url_for

from portal import words
from portal.desk.called import Part, parts_by_message
from portal.desk.handover_cards import HandoverCard, cards
from portal.desk.happenings import Names, Told, has_why
from portal.desk.telling import sentence
from portal.files import ShownFile, shown_files
from portal.interleaving import Dated, interleaved
from portal.words import Moment
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import groups
from servicedesk.identity.queries import people
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.files import FileRow
from servicedesk.tickets.handovers import OFFERED
from servicedesk.tickets.joined import Joined
from servicedesk.tickets.queries import Conversation, MessageRow, TicketRow

# Looking for links takes most of the time of a long page; a text without these has none.
BY_HAND = frozenset({"clock_held", "clock_released", "clock_overridden"})
LINK_MARKS = ("://", "www.", "@")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message or note as `macros/message.html` draws it."""

    id: str
    side: str
    author: str
    initials: str
    at: Moment
    text: str
    about: str = ""
    aside: str = ""
    own: bool = False
    has_links: bool = True
    files: tuple[ShownFile, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Happened:
    """An event between messages; `why_url` leads to its cause and the values that matched."""

    id: str
    at: Moment
    text: str
    why_url: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One message, one card of a hand-over, or the events that stand between two of those."""

    message: Spoken | None = None
    events: tuple[Happened, ...] = ()
    card: HandoverCard | None = None


Step = Spoken | Happened | HandoverCard


def timeline(
    ticket: TicketRow,
    spoken: Conversation,
    names: Names,
    *,
    viewer_id: int | None,
    asides: Mapping[datetime, str],
    merged: Sequence[Joined] = (),
) -> list[Entry]:
    """Return the conversation in the order of the log; neighbouring events stand in one entry.

    asides: what a clock has to say to the message that stopped it, by the message's whole second. merged:
    tickets that go on in this one; what was said in them stands between, with where it came from.
    """
    parts = parts_by_message(spoken, names, viewer_id)
    steps: dict[int, Dated[Step]] = {}
    for row in spoken.messages:
        said = _spoken(row, viewer_id, ticket, asides, spoken.files.get(row.seq, ()))
        steps[row.seq] = row.at, replace(said, parts=parts.get(row.seq, ()))
    oldest = spoken.messages[0].seq if spoken.is_cut else 0
    offers = cards(spoken, names)
    for event in spoken.events:
        if event.seq < oldest:
            continue
        is_card = event.type == OFFERED
        told = offers.get(event.seq) if is_card else _happened(event, ticket, names, spoken.texts)
        if told is not None:
            steps[event.seq] = event.at, told
    own = [steps[seq] for seq in sorted(steps)]
    if not merged:
        return _gathered(step for _at, step in own)
    return _gathered(interleaved(own, *(_said_in(each, viewer_id) for each in merged)))


def _said_in(merged: Joined, viewer_id: int | None) -> list[Dated[Step]]:
    """Return the messages of a ticket that goes on in the one at hand; its page tells the rest."""
    ticket, spoken = merged.ticket, merged.spoken
    origin = str(_("from %(ref)s", ref=words.ticket_ref(ticket.id)))
    found: list[Dated[Step]] = []
    for row in spoken.messages:
        said = _spoken(row, viewer_id, ticket, {}, spoken.files.get(row.seq, ()))
        about = " · ".join(part for part in (origin, said.about) if part)
        found.append((row.at, replace(said, id=f"message-{ticket.id}-{row.seq}", about=about)))
    return found


def names_in(viewer: Actor, ticket: TicketRow, spoken: Conversation) -> Names:
    """Return the names of everybody in a ticket's log; asks for those that are not at hand already."""
    known = {person_id: name for group in groups().values() for person_id, name in group.members}
    known |= {row.author_id: row.author_name for row in spoken.messages if row.author_id and row.author_name}
    known |= spoken.names
    known[ticket.requester_id] = ticket.requester_name
    if viewer.id is not None:
        known[viewer.id] = viewer.name
    missing = {person_id for event in spoken.events for person_id in _people_of(event)} - known.keys()
    return known | {row.id: row.name for row in people(missing).values()}


def _people_of(event: LoggedEvent) -> Iterable[int]:
    fields = ("assignee_id", "requester_id", "opened_by_id", "person_id")
    found = [event.actor.id, *(event.body.get(name) for name in fields)]
    found += cast("list[object]", event.body.get("person_ids") or [])
    return [person_id for person_id in found if isinstance(person_id, int)]


def _spoken(
    row: MessageRow,
    viewer_id: int | None,
    ticket: TicketRow,
    asides: Mapping[datetime, str],
    files: Sequence[FileRow],
) -> Spoken:
    author = row.author_name or str(_("the desk"))
    theirs = row.by == "customer"
    return Spoken(
        id=f"message-{row.seq}",
        side="note" if not row.public else "theirs" if theirs else "ours",
        author=author,
        initials=words.initials(author),
        at=words.moment(row.at),
        text=row.text if row.text is not None else str(_("(This text was erased.)")),
        about=_about(row, ticket) if theirs else "",
        aside=asides.get(row.at.replace(microsecond=0), "") if row.public else "",
        own=row.author_id == viewer_id,
        has_links=any(mark in (row.text or "") for mark in LINK_MARKS),
        files=tuple(shown_files(files, partial(_file_url, words.ticket_ref(ticket.id)))) if files else (),
    )


def _file_url(ref: str, seq: int) -> str:
    return url_for("desk.file", ref=ref, seq=seq)


def _about(row: MessageRow, ticket: TicketRow) -> str:
    return " · ".join(part for part in (ticket.organisation_name, words.channel_name(row.channel)) if part)


def _happened(
    event: LoggedEvent, ticket: TicketRow, names: Names, texts: Mapping[int, Mapping[str, object]]
) -> Happened | None:
    text = sentence(Told(event, names))
    if not text:
        return None
    if (event.type == "survey_answered" and event.body["comment"]) or event.type in BY_HAND:
        kept = texts.get(event.seq, {})
        said = kept.get("text") or kept.get("reason") or _("(This text was erased.)")
        text = f"{text} · {words.isolated(str(said))}"
    url = url_for("desk.why", ref=words.ticket_ref(ticket.id), seq=event.seq) if has_why(event) else ""
    return Happened(id=f"event-{event.seq}", at=words.moment(event.at), text=text, why_url=url)


def _gathered(steps: Iterable[Step]) -> list[Entry]:
    entries: list[Entry] = []
    between: list[Happened] = []
    for step in steps:
        if isinstance(step, Happened):
            between.append(step)
            continue
        entries += [Entry(events=tuple(between))] if between else []
        between = []
        entries.append(Entry(message=step) if isinstance(step, Spoken) else Entry(card=step))
    return [*entries, Entry(events=tuple(between))] if between else entries
