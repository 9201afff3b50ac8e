"""A ticket's log as the clocks read it: core events, the matched facts, and where its status stands."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypedDict, cast

from sqlalchemy import bindparam, select

from servicedesk.calendars.queries import hours_of
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import AnySelect, canonical_json, instant_from, session
from servicedesk.kernel.event_log import EventRow
from servicedesk.tickets.core.standing_log import TAKEN_BACK, standing
from servicedesk.tickets.core.statuses import BY_KEY
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.facts import MATCHED, MatchedFacts
from sla.core.events import (
    AgreementAssigned,
    Assigned,
    Author,
    Created,
    Effect,
    Envelope,
    Event,
    Held,
    Kind,
    Message,
    Overridden,
    Released,
    Reopening,
    Retargeting,
    StatusRule,
    StatusSet,
    TargetInForce,
)

# What decides clocks and places; other events leave them alone.
READ_TYPES = frozenset(
    {
        "ticket_opened",
        "message_added",
        "status_changed",
        "fields_changed",
        "assigned",
        "agreement_assigned",
        "clock_held",
        "clock_released",
        "clock_overridden",
        TAKEN_BACK,
    }
)
_AT_ONCE = 500  # ids in one statement


class Entry(NamedTuple):
    """One event of a ticket's log, as far as clocks read it."""

    ticket_id: int
    seq: int
    type: str
    at: datetime
    received_at: datetime
    at_known: bool
    imported: bool
    command_id: str
    body: Mapping[str, Any]


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
        return [event for entry in standing(self.entries) if (event := _core_event(entry))]

    def last_state(self) -> TicketState:
        """Return where the ticket stands after everything; its log begins with its opening."""
        *_, (_entry, state) = self.states()
        return state

    def states(self) -> Iterator[tuple[Entry, TicketState]]:
        """Yield each entry, in order of effect, with the state it leaves behind (one object, updated)."""
        state: TicketState | None = None
        for entry in sorted(standing(self.entries), key=lambda entry: (entry.at, entry.seq)):
            if entry.type == "ticket_opened":
                state = TicketState(_facts_at_opening(entry), entry.body["status"], None)
            if state is not None:
                _apply(state, entry)
                yield entry, state


def statuses() -> Mapping[str, StatusRule]:
    """Return what each status of the desk does to clocks."""
    return _STATUSES


def stored_histories(ticket_ids: Collection[int]) -> dict[int, History]:
    """Return the stored logs of tickets, with one statement for each few hundred."""
    found = {ticket_id: History(ticket_id) for ticket_id in ticket_ids}
    ordered = sorted(found)
    for start in range(0, len(ordered), _AT_ONCE):
        for row in session().execute(_read_log(), {"of_tickets": ordered[start : start + _AT_ONCE]}):
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


@cache
def _read_log() -> AnySelect:
    """Return the statement that reads what clocks need of the logs of `of_tickets`, built once."""
    return (
        select(
            EventRow.stream_id,
            EventRow.seq,
            EventRow.type,
            EventRow.at,
            EventRow.received_at,
            EventRow.at_known,
            EventRow.cause_kind,
            EventRow.command_id,
            EventRow.body,
        )
        .where(EventRow.stream_kind == STREAM)
        .where(EventRow.stream_id.in_(bindparam("of_tickets", expanding=True)))
        .where(EventRow.type.in_(sorted(READ_TYPES)))
        .order_by(EventRow.stream_id, EventRow.seq)
    )


def entry_of(event: LoggedEvent) -> Entry:
    """Return an event of the present save as an entry."""
    imported = event.cause.kind == "import"
    body = cast(Mapping[str, Any], event.body)
    return Entry(
        event.stream.id,
        event.seq,
        event.type,
        event.at,
        event.received_at,
        event.at_known,
        imported,
        event.command_id,
        body,
    )


def is_matched_change(entry: Entry) -> bool:
    """Say whether an entry changes something that rules of agreements look at."""
    if entry.type == "fields_changed":
        return not MATCHED.isdisjoint(entry.body["changes"])
    if entry.type == "assigned":
        return bool(entry.body["group_id"] != entry.body["from_group_id"])
    return entry.type == "ticket_opened"


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


def _core_event(entry: Entry) -> Event | None:
    body = entry.body
    said: Envelope = {
        "id": str(entry.seq),
        "at": entry.at,
        "order": entry.seq,
        "save": entry.command_id,
        "received_at": entry.received_at,
        "imported": entry.imported,
        "at_known": entry.at_known,
    }
    match entry.type:
        case "ticket_opened":
            return Created(**said, **_hands(body), status=body["status"], by="customer")
        case "message_added":
            return Message(**said, by=cast(Author, body["by"]))
        case "status_changed":
            return StatusSet(**said, status=body["to_status"])
        case "assigned":
            return Assigned(**said, **_hands(body))
        case "agreement_assigned":
            return _assignment(said, body)
        case "clock_held":
            return Held(**said, kind=body["kind"], reason="by_hand", by="")
        case "clock_released":
            return Released(**said, kind=body["kind"])
        case "clock_overridden":
            return Overridden(**said, kind=body["kind"], until=instant_from(body["until"]))
        case _:
            return None


class _Hands(TypedDict):
    group: int
    is_owned: bool


def _hands(body: Mapping[str, Any]) -> _Hands:
    return {"group": body["group_id"], "is_owned": body["assignee_id"] is not None}


def _assignment(said: Envelope, body: Mapping[str, Any]) -> AgreementAssigned:
    targets = {
        cast(Kind, kind): TargetInForce(seconds, hours_of(calendar_version), calendar_version)
        for kind, (seconds, calendar_version) in body["targets"].items()
    }
    reason = {name: body[name] for name in ("agreement", "rule", "position", "matched")}
    return AgreementAssigned(
        **said,
        agreement_version_id=body["version_id"],
        rule=body["rule"],
        targets=targets,
        reason=canonical_json(reason),
        retarget=cast(Retargeting, body["retarget"]),
        reopen=cast(Reopening, body["reopen"]),
        continue_within_seconds=body["reopen_within_days"] * 86_400,
    )
