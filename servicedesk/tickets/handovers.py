"""Reading the hand-overs of a ticket: each card with how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.errors import NotAllowed
from servicedesk.kernel.events import Json
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.queries import Conversation, conversation, ticket_detail

OFFERED = "handover_offered"
ACCEPTED = "handed_over"
ENDINGS = frozenset({ACCEPTED, "handover_ended"})


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """One hand-over. state: offered, accepted, or how it came to nothing (events.HandoverEnded)."""

    seq: int
    state: str
    by_id: int | None
    group_id: int
    person_id: int | None
    at: datetime
    ended_at: datetime | None
    card: Mapping[str, Json]
    why: str | None


def handovers_of(viewer: Actor, ticket_id: int) -> list[HandoverRow]:
    """Return a ticket's hand-overs, oldest first, to whoever may read its notes."""
    ticket = ticket_detail(viewer, ticket_id)
    if not may(viewer, Permission.TICKET_SEE_NOTES, ticket, triage_ids()):
        raise NotAllowed("ticket.not_allowed", _("Your role does not allow this on this request."))
    spoken = conversation(viewer, ticket)
    endings = endings_of(spoken)
    return [_row(event, endings.get(event.seq), spoken) for event in spoken.events if event.type == OFFERED]


def endings_of(spoken: Conversation) -> Mapping[int, LoggedEvent]:
    """Return the events that ended offers, by the event that made the offer."""
    return {cast(int, event.body["offer_seq"]): event for event in spoken.events if event.type in ENDINGS}


def _row(offer: LoggedEvent, ending: LoggedEvent | None, spoken: Conversation) -> HandoverRow:
    why = spoken.texts.get(ending.seq, {}).get("why") if ending else None
    return HandoverRow(
        seq=offer.seq,
        state=_state(ending),
        by_id=offer.actor.id,
        group_id=cast(int, offer.body["group_id"]),
        person_id=cast("int | None", offer.body["person_id"]),
        at=offer.at,
        ended_at=ending.at if ending else None,
        card=spoken.texts.get(offer.seq, {}),
        why=str(why) if why else None,
    )


def _state(ending: LoggedEvent | None) -> str:
    if ending is None:
        return "offered"
    return "accepted" if ending.type == ACCEPTED else str(ending.body["how"])
