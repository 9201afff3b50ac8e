"""A ticket's log as an audit of its clocks reads it: one moment for each save, with what it changed.

The audit is a second road to the numbers of the fold, written from the clock specification alone; it shares
no code with the fold, so that a mistake there is not made twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from servicedesk.kernel.chain import LoggedEvent

KINDS = ("first_response", "next_response", "update", "resolution", "assignment", "vendor")
# Events that clocks know; whatever else happens to a ticket leaves them alone.
KNOWN = frozenset(
    {"ticket_opened", "message_added", "status_changed", "fields_changed", "assigned"}
    | {"agreement_assigned", "clock_held", "clock_released", "clock_overridden"}
    | {"clock_acknowledged", "taken_back"}
)
_DECISIONS = frozenset({"agreement_assigned", "clock_overridden"})


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """What a status means: its category, and what it does to each kind of clock."""

    category: str
    does: Mapping[str, str]

    @property
    def is_done(self) -> bool:
        return self.category in ("resolved", "closed")

    def to(self, kind: str) -> str:
        """Return runs, paused, stops or cancelled; a request that is withdrawn takes every clock along."""
        if "cancelled" in self.does.values():
            return "cancelled"
        word = self.does[kind]
        if word in ("held", "final"):
            return "stops"
        return "runs" if word == "none" else word


@dataclass(frozen=True, slots=True)
class Moment:
    """One save: what it decided and said, and how the ticket stood after it.

    at: a whole second, not before the opening. customer_waits: the customer had the last word of the save,
    and the desk had answered before. held: clock kind (None for all) to the hold's reason. enters_team: it
    lies with another team than before the save; is_taken: the save leaves it with an owner.
    """

    at: datetime
    command_id: str
    status_key: str
    status: StatusFacts
    was_done: bool
    decisions: Sequence[LoggedEvent]
    held: Mapping[str | None, str]
    agent_spoke: bool
    customer_waits: bool
    last_word: str
    enters_team: bool
    is_taken: bool

    @property
    def reopens(self) -> bool:
        return self.was_done and not self.status.is_done

    def mode(self, kind: str) -> tuple[str, str]:
        """Return what the ledger of this kind's clock shows from here on, with its reason."""
        if kind in self.held or None in self.held:
            return "held", self.held.get(kind) or self.held[None]
        return ("paused", self.status_key) if self.status.to(kind) == "paused" else ("running", "")


def moments(log: Sequence[LoggedEvent], statuses: Mapping[str, StatusFacts]) -> Iterator[Moment]:
    """Yield the saves of a log in order of effect; nothing took effect before the opening did."""
    opened_at = log[0].at
    known = sorted(still_told(log), key=lambda e: (max(e.at, opened_at), e.seq))
    status_key, has_answer, last_word, was_done = "", False, "customer", False
    held: dict[str | None, str] = {}
    teams: list[Any] = []
    for (at, command_id), grouped in groupby(known, key=lambda e: (max(e.at, opened_at), e.command_id)):
        events = list(grouped)
        status_key = _status_after(events, status_key)
        held = _held_after(events, held)
        words = [str(e.body["by"]) for e in events if e.type == "message_added"]
        words = [by for by in words if by in ("agent", "customer")]
        last_word = words[-1] if words else last_word
        has_answer = has_answer or "agent" in words
        status = statuses[status_key]
        hands: list[Any] = [e.body for e in events if e.type in ("ticket_opened", "assigned")]
        teams = [*teams[-1:], *(body["group_id"] for body in hands[-1:])]
        yield Moment(
            at=at.replace(microsecond=0),
            command_id=command_id,
            status_key=status_key,
            status=status,
            was_done=was_done,
            decisions=[e for e in events if e.type in _DECISIONS],
            held=held,
            agent_spoke="agent" in words,
            customer_waits=bool(words) and words[-1] == "customer" and has_answer,
            last_word=last_word,
            enters_team=bool(hands) and (len(teams) == 1 or teams[0] != teams[1]),
            is_taken=bool(hands) and hands[-1]["assignee_id"] is not None,
        )
        was_done = status.is_done
        has_answer = has_answer or was_done


def is_late(event: LoggedEvent) -> bool:
    """Say whether it was said before it was noted down."""
    is_word = event.type == "message_added" and event.cause.kind != "import"
    return is_word and event.at < event.received_at


def still_told(log: Sequence[LoggedEvent]) -> list[LoggedEvent]:
    """Return what clocks know of a log, without what was taken back later and without the taking back."""
    undone: set[int] = set()
    for event in log:
        if event.type == "taken_back":
            seqs: Any = event.body["seqs"]
            undone.update(seqs)
    told = KNOWN - {"taken_back"}
    return [event for event in log if event.type in told and event.seq not in undone]


def _status_after(events: Sequence[LoggedEvent], before: str) -> str:
    said = {"ticket_opened": "status", "status_changed": "to_status"}
    keys: list[Any] = [e.body[said[e.type]] for e in events if e.type in said]
    return str(keys[-1]) if keys else before


def _held_after(events: Sequence[LoggedEvent], before: Mapping[str | None, str]) -> dict[str | None, str]:
    held = dict(before)
    for event in events:
        kind: Any = event.body.get("kind")
        if event.type == "clock_held":
            held[kind] = "by_hand"
        elif event.type == "clock_released":
            held.pop(kind, None)
    return held
