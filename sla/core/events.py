"""What the clock fold reads: dated facts about one subject, and the tables that give them meaning.

Every event carries the instant at which it took effect (`at`), its place among events of
that instant (`order`) and the save it was part of (`save`, a command id). Logs from elsewhere
have no saves; there, events of the same instant form one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, TypeAlias, TypedDict

from servicedesk.calendars.hours import OpeningHours
from sla.core.moments import StepPlan

Kind: TypeAlias = Literal["first_response", "next_response", "update", "resolution", "assignment", "vendor"]
Type: TypeAlias = Literal["sla", "ola", "uc"]
Author: TypeAlias = Literal["customer", "agent", "system"]
Reopening: TypeAlias = Literal["continue", "new_cycle"]
Retargeting: TypeAlias = Literal["from_start", "from_change"]

KINDS: tuple[Kind, ...] = (
    *("first_response", "next_response", "update", "resolution"),
    *("assignment", "vendor"),
)
# To whom it is promised: a customer, within the desk (OLA), or by a supplier (underpinning contract).
TYPES: Mapping[str, Type] = MappingProxyType(
    {**dict.fromkeys(KINDS[:4], "sla"), "assignment": "ola", "vendor": "uc"}
)
PROMISED: tuple[Kind, ...] = tuple(kind for kind in KINDS if TYPES[kind] == "sla")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One dated fact.

    imported: history brought in from elsewhere; it makes figures but fires nothing.
    received_at: when the desk learned of it; only imported events need it.
    at_known: False where `at` is only the moment of import.
    """

    id: str
    at: datetime
    order: int = 0
    save: str | None = None
    received_at: datetime | None = None
    imported: bool = False
    at_known: bool = True


class Envelope(TypedDict):
    """What every event says of itself, for readers of logs that build several kinds."""

    id: str
    at: datetime
    order: int
    save: str | None
    received_at: datetime | None
    imported: bool
    at_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Created(Event):
    """The subject exists. group: the team it is for, in any form that can be compared."""

    status: str
    by: Author = "customer"
    group: str | int | None = None
    is_owned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(Event):
    """From now on this team has it (None: the same as before), and somebody of it owns it or nobody does."""

    group: str | int | None
    is_owned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorTurn(Event):
    """Handed to the supplier, or back; for logs whose statuses do not say so."""

    is_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Event):
    by: Author
    public: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSet(Event):
    status: str


@dataclass(frozen=True, slots=True)
class TargetInForce:
    """A promise on one clock: so much open time, measured by these hours."""

    seconds: int
    hours: OpeningHours
    calendar_version_id: int | None = None

    def is_measured_by(self, hours: OpeningHours | None, calendar_version_id: int | None) -> bool:
        """Return whether these are the same hours: one stored version, or calendars that say the same."""
        if calendar_version_id is not None and self.calendar_version_id == calendar_version_id:
            return True
        return hours is not None and self.hours.is_same_as(hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementAssigned(Event):
    """From `at` on these targets are in force; none at all where nothing matched.

    reason: why the rule matched, as a code or the matched facts; shown, never interpreted.
    continue_within_seconds: real time after which a reopening no longer continues the old cycle.
    steps: the steps of each kind of clock; the usual ones come for kinds without an entry.
    """

    agreement_version_id: int | None
    rule: str | None
    targets: Mapping[Kind, TargetInForce] = field(default_factory=dict)
    reason: str = ""
    retarget: Retargeting = "from_start"
    reopen: Reopening = "continue"
    continue_within_seconds: int = 14 * 86_400
    steps: Mapping[Kind, StepPlan] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Event):
    """A person stops time for one clock, or for all (`kind` None)."""

    kind: Kind | None
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(Event):
    kind: Kind | None
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overridden(Event):
    """A person sets another target for the running cycle: as open seconds, or as a due moment."""

    kind: Kind
    seconds: int | None = None
    until: datetime | None = None
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(Event):
    """A person ends the running cycle by hand; it is judged at that moment."""

    kind: Kind
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged(Event):
    """Somebody of the desk says that they know: what would come again for these clocks does not."""

    kind: Kind | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone(Event):
    """The subject is merged into another one or deleted: its running cycles are cancelled."""

    reason: Literal["merged", "deleted"]


class Effect(StrEnum):
    """What a status does to the clocks of one kind."""

    RUNS = "runs"
    PAUSED = "paused"
    STOPS = "stops"
    HELD = "held"
    FINAL = "final"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class StatusRule:
    """A status as the clocks see it; kinds without an entry run."""

    category: str
    effects: Mapping[Kind, Effect]

    @property
    def is_done(self) -> bool:
        return self.category in {"resolved", "closed"}

    def effect_on(self, kind: Kind) -> Effect:
        return self.effects.get(kind, Effect.RUNS)


def status_rule(category: str, first: Effect, later: Effect, resolution: Effect) -> StatusRule:
    """Return the rule of one row of the status table; `later` is for next response and update.

    A team's time to take it rests as the resolution does, and ends with it; a supplier has nothing.
    """
    is_end = resolution in {Effect.HELD, Effect.FINAL}
    return StatusRule(
        category,
        {
            "first_response": first,
            "next_response": later,
            "update": later,
            "resolution": resolution,
            "assignment": Effect.STOPS if is_end else resolution,
            "vendor": Effect.CANCELLED if resolution is Effect.CANCELLED else Effect.STOPS,
        },
    )
