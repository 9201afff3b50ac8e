"""What promises add to the log: agreements published, and on tickets what was promised and missed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from servicedesk.kernel.events import DomainEvent, Json
from servicedesk.kernel.refs import StreamRef
from servicedesk.tickets.events import TicketEvent

AGREEMENT = "agreement"


@dataclass(frozen=True, kw_only=True)
class AgreementPublished(DomainEvent):
    """A version of an agreement was published."""

    stream_kind: ClassVar[str] = AGREEMENT
    type: ClassVar[str] = "agreement_published"

    key: str
    name: str
    position: int
    number: int
    version_id: int
    effective_from: datetime
    document: Mapping[str, Json]
    is_active: bool = True


@dataclass(frozen=True, kw_only=True)
class AgreementAssigned(TicketEvent):
    """From `at` on these targets are in force for a ticket; no `version_id` where no rule holds.

    `matched` lists the comparisons that decided. `targets` maps a clock kind to its seconds and the
    calendar version that measures them.
    """

    type: ClassVar[str] = "agreement_assigned"

    version_id: int | None
    agreement: str | None
    rule: str | None
    position: int | None
    matched: tuple[Mapping[str, Json], ...]
    targets: Mapping[str, tuple[int, int]]
    retarget: str
    reopen: str
    reopen_within_days: int


@dataclass(frozen=True, kw_only=True)
class TargetEvent(TicketEvent):
    """A step of a clock's target came, truly at `due_at`; an output of the clocks, never an input."""

    kind: str
    cycle: int
    step: int
    due_at: datetime
    lag_seconds: int


@dataclass(frozen=True, kw_only=True)
class TargetAtRisk(TargetEvent):
    """So much of a target is used as `step` says: percent, or another code of core/moments.py."""

    type: ClassVar[str] = "target_at_risk"


@dataclass(frozen=True, kw_only=True)
class TargetMissed(TargetEvent):
    """A target was exceeded."""

    type: ClassVar[str] = "target_missed"


@dataclass(frozen=True, kw_only=True)
class TargetRetracted(TicketEvent):
    """What was announced of a step at `fired_at` is not so: something said earlier was noted down late."""

    type: ClassVar[str] = "target_retracted"

    kind: str
    cycle: int
    step: int
    due_at: datetime
    fired_at: datetime


@dataclass(frozen=True, kw_only=True)
class TargetStillMissed(TargetEvent):
    """A step came that lies after being late (`step` is its code, core/moments.py)."""

    type: ClassVar[str] = "target_still_missed"


@dataclass(frozen=True, kw_only=True)
class TargetForeseen(TargetEvent):
    """A clock is as likely to be missed as a step of its agreement says; `percent` was the likelihood."""

    type: ClassVar[str] = "target_foreseen"

    percent: int


@dataclass(frozen=True, kw_only=True)
class StepTaken(TicketEvent):
    """What a step of an agreement did besides being announced.

    `told` are the people whom it tells, by id; `did` what it changed: priority, assignment, note.
    `could_not`: what it was to change and was refused.
    """

    type: ClassVar[str] = "step_taken"

    kind: str
    cycle: int
    step: int
    version_id: int
    agreement: str
    rule: str
    told: tuple[int, ...]
    did: tuple[str, ...]
    could_not: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClockHeld(TicketEvent):
    """A person stopped the time of one clock, or of all (`kind` None)."""

    type: ClassVar[str] = "clock_held"
    personal: ClassVar[frozenset[str]] = frozenset({"reason"})

    kind: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class ClockReleased(TicketEvent):
    """A hold ended."""

    type: ClassVar[str] = "clock_released"
    personal: ClassVar[frozenset[str]] = frozenset({"reason"})

    kind: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class ClockOverridden(TicketEvent):
    """A person set another target for a running clock: it is now due at `until`."""

    type: ClassVar[str] = "clock_overridden"
    personal: ClassVar[frozenset[str]] = frozenset({"reason"})

    kind: str
    until: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class SubjectEvent(DomainEvent):
    """Something about a clock of a subject that is no ticket, in that subject's own log."""

    stream_kind: ClassVar[str] = ""

    subject_kind: str
    kind: str

    @property
    def stream(self) -> StreamRef:
        """The log of the subject."""
        return StreamRef(self.subject_kind, self.stream_id)


@dataclass(frozen=True, kw_only=True)
class SubjectClockTurned(SubjectEvent):
    """A clock was started, paused, resumed, stopped or cancelled (`what`; see sla/subjects.py).

    target: seconds and the calendar version that measures them. `clock_type` is sla, ola or uc.
    """

    type: ClassVar[str] = "subject_clock_turned"

    what: str
    target: tuple[int, int] | None = None
    clock_type: str = "ola"
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SubjectStepCame(SubjectEvent):
    """So many percent (`step`) of a target are used; 100: it was exceeded. Truly at `due_at`."""

    type: ClassVar[str] = "subject_step_came"

    cycle: int
    step: int
    due_at: datetime
    lag_seconds: int


@dataclass(frozen=True, kw_only=True)
class ClockAcknowledged(TicketEvent):
    """Somebody says that they know: what would come again for this clock, or all (`kind` None), does not."""

    type: ClassVar[str] = "clock_acknowledged"

    kind: str | None
