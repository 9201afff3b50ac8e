"""What happens between people who share a ticket: hand-overs, following, and being called."""

from dataclasses import dataclass
from typing import ClassVar

from servicedesk.tickets.events import TicketEvent


@dataclass(frozen=True, kw_only=True)
class HandoverOffered(TicketEvent):
    """Whoever had the ticket offered it to a team, or to one of its people, with a card of what they know.

    Nobody has it for that: it changes hands when somebody accepts.
    """

    type: ClassVar[str] = "handover_offered"
    personal: ClassVar[frozenset[str]] = frozenset({"done", "left", "watch_out", "next_step"})

    from_group_id: int
    from_assignee_id: int | None
    group_id: int
    person_id: int | None
    done: str = ""
    left: str = ""
    watch_out: str = ""
    next_step: str = ""


@dataclass(frozen=True, kw_only=True)
class HandedOver(TicketEvent):
    """Somebody accepted what event `offer_seq` offered; who has it now is in `assigned` of the same save."""

    type: ClassVar[str] = "handed_over"

    offer_seq: int


@dataclass(frozen=True, kw_only=True)
class HandoverEnded(TicketEvent):
    """An offer came to nothing. how: sent_back, taken_back, assigned, resolved or closed."""

    type: ClassVar[str] = "handover_ended"
    personal: ClassVar[frozenset[str]] = frozenset({"why"})

    offer_seq: int
    how: str
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class WatcherAdded(TicketEvent):
    """Somebody follows the ticket."""

    type: ClassVar[str] = "watcher_added"

    person_id: int


@dataclass(frozen=True, kw_only=True)
class WatcherRemoved(TicketEvent):
    """Somebody no longer follows the ticket."""

    type: ClassVar[str] = "watcher_removed"

    person_id: int


@dataclass(frozen=True, kw_only=True)
class PeopleMentioned(TicketEvent):
    """The message or note `message_seq` calls these people."""

    type: ClassVar[str] = "people_mentioned"

    message_seq: int
    person_ids: tuple[int, ...]
