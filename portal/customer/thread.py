"""A request's conversation as its customer reads it: what was said in public, and the steps between."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import cast

from portal.customer.doors import file_address
from portal.customer.subjects import one_line
from portal.desk.timeline import names_in
from portal.files import ShownFile, shown_files
from portal.interleaving import Dated, interleaved
from portal.words import first_name, initials, isolated, team_name, ticket_ref
from servicedesk.identity.actor import Actor
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import instant_from
from servicedesk.kernel.display import Moment, moment, when
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.conversation_rows import PUBLIC_EVENTS
from servicedesk.tickets.joined import Joined, joined
from servicedesk.tickets.queries import Conversation, MessageRow, TicketRow

Names = Mapping[int, str]
Body = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Said:
    """A public message as `macros/message.html` draws it. side: ours is the reader's own."""

    id: str
    side: str
    author: str
    initials: str
    at: Moment | None
    text: str
    own: bool
    files: Sequence[ShownFile] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """A step between two messages as `macros/event_line.html` draws it."""

    id: str
    at: Moment | None
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One message, or one step."""

    said: Said | None = None
    happened: Happened | None = None


def thread(
    viewer: Actor, ticket: TicketRow, spoken: Conversation, file_url: Callable[[int], str]
) -> list[Entry]:
    """Return the public conversation in the order of the log; notes stay out whoever looks.

    What was said in requests that go on in this one stands between, as far as the viewer sees them.
    file_url: the address of a file by its number.
    """
    names = names_in(viewer, ticket, spoken)
    entries = {
        row.seq: (row.at, Entry(said=_said(row, viewer, ticket, _files(spoken, row, file_url))))
        for row in spoken.messages
        if row.public
    }
    oldest = spoken.messages[0].seq if spoken.is_cut else 0
    for event in spoken.events:
        text = _told(event, names) if event.type in PUBLIC_EVENTS and event.seq >= oldest else ""
        if text:
            happened = Happened(f"event-{event.seq}", _moment(event.at, ticket), text)
            entries[event.seq] = event.at, Entry(happened=happened)
    merged = [_said_in(each, viewer) for each in joined(viewer, ticket, spoken)]
    return interleaved([entries[seq] for seq in sorted(entries)], *merged)


def _files(spoken: Conversation, row: MessageRow, file_url: Callable[[int], str]) -> Sequence[ShownFile]:
    return shown_files(spoken.files.get(row.seq, ()), file_url)


def _said_in(merged: Joined, viewer: Actor) -> list[Dated[Entry]]:
    ticket, spoken = merged.ticket, merged.spoken
    origin = str(_("from %(ref)s", ref=ticket_ref(ticket.id)))
    found = []
    for row in spoken.messages:
        if row.public:
            said = _said(
                row, viewer, ticket, _files(spoken, row, partial(file_address, ticket_ref(ticket.id)))
            )
            shown = replace(said, id=f"message-{ticket.id}-{row.seq}", about=origin)
            found.append((row.at, Entry(said=shown)))
    return found


def _said(row: MessageRow, viewer: Actor, ticket: TicketRow, files: Sequence[ShownFile]) -> Said:
    author = one_line(row.author_name or str(_("the desk")))
    is_own = row.author_id is not None and row.author_id == viewer.id
    return Said(
        id=f"message-{row.seq}",
        side="ours" if row.by == "customer" else "theirs",
        author=author,
        initials=initials(author),
        at=_moment(row.at, ticket),
        text=row.text if row.text is not None else str(_("(This text was erased.)")),
        own=is_own,
        files=files,
    )


def _moment(at: datetime, ticket: TicketRow) -> Moment | None:
    """Return when it was; history of unknown time has no moment that would be true."""
    return moment(at) if ticket.times_known else None


def _told(event: LoggedEvent, names: Names) -> str:
    tell = _SENTENCES.get(event.type)
    return tell(event.body, names) if tell else ""


def _assigned(body: Body, names: Names) -> str:
    team = isolated(team_name(cast(int, body["group_id"])))
    person = names.get(cast(int, body["assignee_id"])) if body["assignee_id"] is not None else None
    if person:
        name = isolated(one_line(first_name(person)))
        return str(_("%(person)s from the team %(team)s has it", person=name, team=team))
    if body["group_id"] == body["from_group_id"]:
        return ""
    return str(_("passed to the team %(team)s", team=team))


def _moved(body: Body, _names: Names) -> str:
    tell = _MOVES.get(str(body["move"]))
    return tell(body) if tell else ""


def _waits(body: Body) -> str:
    until = instant_from(str(body["wake_at"])) if body.get("wake_at") else None
    sentences = {
        "waiting_customer": _("waiting for your answer"),
        "waiting_supplier": _("waiting for a supplier"),
        "scheduled": _("planned for %(when)s", when=isolated(when(until))),
    }
    return str(sentences.get(str(body["to_status"]), ""))


def _closed(body: Body) -> str:
    if body.get("reason") == "stayed_resolved":
        return str(_("closed by itself, since it stayed solved"))
    return str(_("closed"))


def _linked(body: Body, _names: Names) -> str:
    other = isolated(ticket_ref(cast(int, body["other_id"])))
    if body["relation"] == "follows":
        return str(_("goes on from %(ref)s", ref=other))
    return str(_("goes on in %(ref)s", ref=other))


def _merged(body: Body, _names: Names) -> str:
    other = isolated(ticket_ref(cast(int, body["other_id"])))
    if body["relation"] in ("into", "back_into"):
        return str(_("goes on in %(ref)s", ref=other))
    return str(_("%(ref)s was merged into this request", ref=other))


def _split(body: Body, _names: Names) -> str:
    other = isolated(ticket_ref(cast(int, body["other_id"])))
    if body["relation"] == "split_from":
        return str(_("begun with a message from %(ref)s", ref=other))
    return str(_("a message goes on as a request of its own, %(ref)s", ref=other))


_MOVES: Mapping[str, Callable[[Body], str]] = {
    "wait": _waits,
    "start": lambda _body: str(_("work began")),
    "wake": lambda _body: str(_("work goes on")),
    "resolve": lambda _body: str(_("solved")),
    "close": _closed,
    "withdraw": lambda _body: str(_("withdrawn")),
    "reopen": lambda _body: str(_("opened again")),
}
_SENTENCES: Mapping[str, Callable[[Body, Names], str]] = {
    "assigned": _assigned,
    "status_changed": _moved,
    "tickets_linked": _linked,
    "tickets_merged": _merged,
    "ticket_split": _split,
}
