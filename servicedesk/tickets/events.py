"""What can happen to a ticket, as events of its log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from servicedesk.kernel.events import DomainEvent, Json

STREAM = "ticket"
SHOWN_OF_DIGEST = 12  # characters by which the log names a private link


@dataclass(frozen=True, kw_only=True)
class TicketEvent(DomainEvent):
    """An event of a ticket's stream; `stream_id` is the ticket's id."""

    stream_kind: ClassVar[str] = STREAM


@dataclass(frozen=True, kw_only=True)
class TicketOpened(TicketEvent):
    """A request was filed; body: everything that its columns begin with. The text is a message.

    `clocks` names the only clock kinds that this history can show (imported tables often hold no
    answers); None means all.
    """

    type: ClassVar[str] = "ticket_opened"
    personal: ClassVar[frozenset[str]] = frozenset({"subject", "answers"})

    kind: str
    requester_id: int
    opened_by_id: int | None
    organisation_id: int | None
    branch_id: int | None
    channel: str
    language: str
    category_id: int | None
    item_id: int | None
    status: str
    impact: int
    urgency: int
    priority: int
    priority_reasons: tuple[str, ...]
    deadline_at: datetime | None
    group_id: int
    needs_triage: bool
    assignee_id: int | None = None
    import_key: str | None = None
    clocks: tuple[str, ...] | None = None
    subject: str = ""
    answers: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MessageAdded(TicketEvent):
    """Somebody said something in public. `by` is customer, agent or system."""

    type: ClassVar[str] = "message_added"
    personal: ClassVar[frozenset[str]] = frozenset({"text"})

    by: str
    author_id: int | None
    channel: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class CallLogged(TicketEvent):
    """The message `message_seq` was said before it was noted down, at `happened_at`."""

    type: ClassVar[str] = "call_logged"

    message_seq: int
    happened_at: datetime


@dataclass(frozen=True, kw_only=True)
class NoteAdded(TicketEvent):
    """An internal note; customers never see it."""

    type: ClassVar[str] = "note_added"
    personal: ClassVar[frozenset[str]] = frozenset({"text"})

    author_id: int | None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class AttachmentAdded(TicketEvent):
    """A file came with the message or note `message_seq`, and is seen by whom that is seen by.

    size: bytes. media_type: read off the content. The hash is as erasable as the name: who has the same
    file could tell by it that it was here.
    """

    type: ClassVar[str] = "attachment_added"
    personal: ClassVar[frozenset[str]] = frozenset({"name", "sha256"})

    message_seq: int
    public: bool
    size: int
    media_type: str
    author_id: int | None
    name: str = ""
    sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class StatusChanged(TicketEvent):
    """The status moved; `move` says by which act, `reason` is a code where there is one."""

    type: ClassVar[str] = "status_changed"

    from_status: str
    to_status: str
    move: str
    reason: str | None = None
    wake_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class FieldsChanged(TicketEvent):
    """Fields moved: `changes` maps a column to [old, new]; `why` is a person's reason."""

    type: ClassVar[str] = "fields_changed"
    personal: ClassVar[frozenset[str]] = frozenset({"why"})

    changes: Mapping[str, tuple[Json, Json]]
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Assigned(TicketEvent):
    """The ticket went to another group or person."""

    type: ClassVar[str] = "assigned"

    from_group_id: int
    from_assignee_id: int | None
    group_id: int
    assignee_id: int | None
    needs_triage: bool


@dataclass(frozen=True, kw_only=True)
class TicketsLinked(TicketEvent):
    """Two tickets belong together; both streams say so. `relation` is follows or followed_by."""

    type: ClassVar[str] = "tickets_linked"

    other_id: int
    relation: str


@dataclass(frozen=True, kw_only=True)
class PrivateLinkMade(TicketEvent):
    """Whoever holds this link reads the request and answers it as its requester; `link` begins its digest."""

    type: ClassVar[str] = "private_link_made"

    link: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class PrivateLinksEnded(TicketEvent):
    """The request's private links, named by the beginnings of their digests, work no longer."""

    type: ClassVar[str] = "private_links_ended"

    links: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SurveyAsked(TicketEvent):
    """The requester was asked how the resolution, an event of this log, was."""

    type: ClassVar[str] = "survey_asked"

    resolution: int


@dataclass(frozen=True, kw_only=True)
class SurveyAnswered(TicketEvent):
    """The requester rated a resolution from 1 to 5; `comment` says whether `text` came along.

    The last one about a resolution counts; whoever was not asked may answer, too.
    """

    type: ClassVar[str] = "survey_answered"
    personal: ClassVar[frozenset[str]] = frozenset({"text"})

    resolution: int
    score: int
    comment: bool
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class TicketsMerged(TicketEvent):
    """Two tickets became one; both streams say so.

    relation: into (it goes on in the other), from (the other goes on in it); back_into and back_from where a
    ticket that was split off came back.
    """

    type: ClassVar[str] = "tickets_merged"

    other_id: int
    relation: str


@dataclass(frozen=True, kw_only=True)
class MessagePassedOn(TicketEvent):
    """A message that was written to a merged ticket went to the one that it goes on in."""

    type: ClassVar[str] = "message_passed_on"

    other_id: int


@dataclass(frozen=True, kw_only=True)
class TicketSplit(TicketEvent):
    """The messages `seqs` of one ticket began another one; both streams say so.

    relation: split_into (the other is the new one) or split_from.
    """

    type: ClassVar[str] = "ticket_split"

    other_id: int
    relation: str
    seqs: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class TextErased(TicketEvent):
    """Personal text of the events `seqs` was erased; its digests stay and still verify."""

    type: ClassVar[str] = "text_erased"

    seqs: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class TakenBack(TicketEvent):
    """The events `seqs` of this stream count as if they had never been; they stay in the log.

    Whoever reads the log to know how the ticket stands leaves them out (core/standing_log.py). what: reply,
    merge or split.
    """

    type: ClassVar[str] = "taken_back"

    seqs: tuple[int, ...]
    what: str


# The events that a person would want to see before overwriting anything; they count in `row_version`.
EDITING = frozenset(
    {
        "ticket_opened",
        "message_added",
        "note_added",
        "status_changed",
        "fields_changed",
        "assigned",
        "handover_offered",
        "handed_over",
        "handover_ended",
        "text_erased",
        "taken_back",
        "tickets_merged",
    }
)
