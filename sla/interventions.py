"""Clocks touched by hand: what would follow is seen before, what was done is listed (P7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import instant_text
from servicedesk.kernel.errors import NotAllowed
from servicedesk.kernel.events import stored_events, stored_texts
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.core.statuses import OPEN_CATEGORIES
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.queries import TicketRow
from sla.core.clock import fold
from sla.core.cycle import Cycle
from sla.entries import Entry
from sla.history import History, statuses, stored_histories

Deed: TypeAlias = Literal["hold", "release", "override"]
TYPES: Mapping[Deed, str] = {
    "hold": "clock_held",
    "release": "clock_released",
    "override": "clock_overridden",
}


@dataclass(frozen=True, slots=True)
class Intervention:
    """What a person did to a clock of a ticket (`kind` None: to all); the reason is "" once it was erased."""

    at: datetime
    deed: Deed
    kind: str | None
    person_id: int | None
    until: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The open clock as it is, and as it would be."""

    now: Cycle
    then: Cycle

    @property
    def is_held(self) -> bool:
        """Say whether it is stopped by hand now."""
        return self.now.spans[-1].kind == "held"


def may_touch_clocks(viewer: Actor, ticket: TicketRow) -> bool:
    """Say whether the viewer may hold and set the clocks of a ticket, as long as it is open."""
    is_open = ticket.status_category in OPEN_CATEGORIES
    return is_open and may(viewer, Permission.CLOCK_OVERRIDE, ticket, triage_ids())


def foreseen(
    viewer: Actor, ticket: TicketRow, kind: str, deed: Deed | None, until: datetime | None, *, now: datetime
) -> Foreseen | None:
    """Return what a deed would do to the open clock `kind`; `deed` None leaves it. None without such a clock.

    Raises NotAllowed for whoever may not touch it.
    """
    if not may(viewer, Permission.CLOCK_OVERRIDE, ticket, triage_ids()):
        raise NotAllowed("clock.not_allowed", _("Your role does not allow this."))
    history = stored_histories([ticket.id])[ticket.id]
    before = _open_cycle(history, kind, now)
    if before is None:
        return None
    if deed is None:
        return Foreseen(before, before)
    body = {"kind": kind, "until": instant_text(until) if until else None}
    seq = history.entries[-1].seq + 1
    done = Entry(
        ticket.id, seq, TYPES[deed], now, now, at_known=True, imported=False, command_id="by hand", body=body
    )
    after = _open_cycle(History(ticket.id, [*history.entries, done]), kind, now)
    return Foreseen(before, after or before)


def _open_cycle(history: History, kind: str, now: datetime) -> Cycle | None:
    cycles = fold(history.core_events(), statuses=statuses(), now=now)
    return next((cycle for cycle in cycles if cycle.kind == kind and cycle.is_open), None)


def interventions(viewer: Actor, ticket: TicketRow) -> tuple[Intervention, ...]:
    """Return what was done by hand to a ticket's clocks, in order; nothing for who may not read notes."""
    if not may(viewer, Permission.TICKET_SEE_NOTES, ticket, triage_ids()):
        return ()
    stream = StreamRef(STREAM, ticket.id)
    events = stored_events(stream, types=set(TYPES.values()))
    texts = stored_texts(stream, [event.seq for event in events]) if events else {}
    deeds = {type_: deed for deed, type_ in TYPES.items()}
    return tuple(
        Intervention(
            event.at,
            deeds[event.type],
            _text(event.body.get("kind")),
            event.actor.id,
            _text(event.body.get("until")),
            str(texts.get(event.seq, {}).get("reason", "")),
        )
        for event in events
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
