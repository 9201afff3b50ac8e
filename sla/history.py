"""A ticket's log as the clocks read it: core events, the matched facts, and where its status stands."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import bindparam, literal, select

from servicedesk.kernel.db import connection, session
from servicedesk.kernel.event_log import EventRow
from servicedesk.kernel.prepared import Prepared
from servicedesk.tickets.core.standing_log import TAKEN_BACK, standing
from servicedesk.tickets.core.statuses import BY_KEY
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.facts import MATCHED, MatchedFacts
from sla.core.events import (
    AgreementAssigned,
    Effect,
    Event,
    Kind,
    StatusRule,
)
from sla.entries import Entry, core_event, envelope_of, promised_by

# What decides clocks and places; other events leave them alone.
READ_TYPES = frozenset(
    {"ticket_opened", "message_added", "status_changed", "fields_changed", "assigned", TAKEN_BACK}
    | {"agreement_assigned", "clock_held", "clock_released", "clock_overridden", "clock_acknowledged"}
)
_AT_ONCE = 500  # ids in one statement


@dataclass(slots=True)
class TicketState:
    """What the log says of a ticket after its last entry. `waits_since`: for its customer or a date."""

    facts: MatchedFacts
    status: str
    waits_since: datetime | None
    assigned: Entry | None = None

    @property
    def is_open(self) -> bool:
        return BY_KEY[self.status].category in {"open", "waiting"}


@dataclass(slots=True)
class History:
    """A ticket's entries in order of their numbers; what was taken back is among them, and read by nobody."""

    ticket_id: int
    entries: list[Entry] = field(default_factory=list)

    def core_events(self) -> list[Event]:
        return [event for entry in standing(self.entries) if (event := core_event(entry))]

    def deeds(self) -> list[Event]:
        """Return the core events without what was promised."""
        return History(0, [each for each in self.entries if each.type != "agreement_assigned"]).core_events()

    def last_state(self) -> TicketState:
        """Return where the ticket stands after everything; its log begins with its opening."""
        *_, (_entry, state) = self.states()
        return state

    def states(self) -> Iterator[tuple[Entry, TicketState]]:
        """Yield each entry, in order of effect, with the state it leaves behind (one object, updated)."""
        state: TicketState | None = None
        for entry in sorted(standing(self.entries), key=lambda entry: (entry.at, entry.seq)):
            if entry.type == "ticket_opened":
                state = state_at_opening(entry)
            if state is not None:
                _apply(state, entry)
                yield entry, state


def statuses() -> Mapping[str, StatusRule]:
    """Return what each status of the desk does to clocks."""
    return _STATUSES


def stored_histories(ticket_ids: Collection[int]) -> dict[int, History]:
    """Return the stored logs of tickets, with one statement for each few hundred."""
    found = {ticket_id: History(ticket_id) for ticket_id in ticket_ids}
    for row in _log_rows(sorted(found)):
        entry = Entry(
            row.stream_id,
            row.seq,
            row.type,
            row.at,
            row.received_at,
            row.at_known,
            row.cause_kind == "import",
            row.command_id,
            json.loads(row.body),
        )
        found[entry.ticket_id].entries.append(entry)
    return found


def _log_rows(ticket_ids: Sequence[int]) -> Iterator[Any]:
    if len(ticket_ids) == 1:
        yield from _ONE_LOG.rows(connection(), of_ticket=ticket_ids[0])
        return
    for start in range(0, len(ticket_ids), _AT_ONCE):
        yield from session().execute(_LOGS, {"of_tickets": ticket_ids[start : start + _AT_ONCE]})


# What clocks need of logs. Each is built once.
_LOG = (
    select(
        *(EventRow.stream_id, EventRow.seq, EventRow.type, EventRow.at, EventRow.received_at),
        *(EventRow.at_known, EventRow.cause_kind, EventRow.command_id, EventRow.body),
    )
    .where(EventRow.stream_kind == STREAM)
    .where(EventRow.type.in_([literal(type_) for type_ in sorted(READ_TYPES)]))
    .order_by(EventRow.stream_id, EventRow.seq)
)
_ONE_LOG = Prepared(_LOG.where(EventRow.stream_id == bindparam("of_ticket")))
_LOGS = _LOG.where(EventRow.stream_id.in_(bindparam("of_tickets", expanding=True)))


def is_matched_change(entry: Entry) -> bool:
    """Say whether an entry changes something that rules of agreements look at."""
    if entry.type == "fields_changed":
        return not MATCHED.isdisjoint(entry.body["changes"])
    if entry.type == "assigned":
        return bool(entry.body["group_id"] != entry.body["from_group_id"])
    return entry.type == "ticket_opened"


def state_at_opening(entry: Entry) -> TicketState:
    """Return where a ticket stands when its log has nothing but the opening `entry`."""
    return TicketState(_facts_at_opening(entry), entry.body["status"], None)


def assignment_of(entry: Entry) -> AgreementAssigned:
    """Return the `agreement_assigned` that `entry` is, as the clocks read it."""
    return promised_by(envelope_of(entry), entry.body)


def _facts_at_opening(entry: Entry) -> MatchedFacts:
    body = entry.body
    return MatchedFacts(
        priority=body["priority"],
        category_id=body["category_id"],
        item_id=body["item_id"],
        organisation_id=body["organisation_id"],
        branch_id=body["branch_id"],
        group_id=body["group_id"],
        channel=body["channel"],
        kind=body["kind"],
        language=body["language"],
        opened_at=entry.at,
        requester_id=body["requester_id"],
    )


def _apply(state: TicketState, entry: Entry) -> None:
    match entry.type:
        case "status_changed":
            state.status = entry.body["to_status"]
            is_paused = _STATUSES[state.status].effect_on("resolution") is Effect.PAUSED
            state.waits_since = (state.waits_since or entry.at) if is_paused else None
        case "fields_changed":
            changes = {name: new for name, (_old, new) in entry.body["changes"].items() if name in MATCHED}
            state.facts = _replaced(state.facts, changes)
        case "assigned":
            state.facts = _replaced(state.facts, {"group_id": entry.body["group_id"]})
        case "agreement_assigned":
            state.assigned = entry
        case _:
            pass


def _replaced(facts: MatchedFacts, changes: Mapping[str, Any]) -> MatchedFacts:
    kept = {name: getattr(facts, name) for name in MatchedFacts.__dataclass_fields__}
    return MatchedFacts(**{**kept, **changes})


def _status_rules() -> dict[str, StatusRule]:
    """Read the desk's statuses; one that cancels the resolution cancels every promise with it."""
    rules = {}
    for key, status in BY_KEY.items():
        effects = {
            kind: Effect.RUNS if what == "none" else Effect(what) for kind, what in status.clocks.items()
        }
        if Effect.CANCELLED in effects.values():
            effects = dict.fromkeys(effects, Effect.CANCELLED)
        rules[key] = StatusRule(str(status.category), cast("dict[Kind, Effect]", effects))
    return rules


_STATUSES = _status_rules()
