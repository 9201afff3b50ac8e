"""What a fold hands out: one cycle of one clock, with its ledger, as of a given moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sla.core.events import Kind, Type

State: TypeAlias = Literal["running", "paused", "overdue", "met", "missed", "cancelled"]
SpanKind: TypeAlias = Literal["running", "paused", "held", "done"]

WARNING_PERCENTS = (75, 90)


@dataclass(frozen=True, slots=True)
class Span:
    """A line of the ledger. `open_seconds` is the calendar's time in it, up to the fold's `now`.

    counts: False for time before a re-target that started counting anew.
    """

    from_at: datetime
    to_at: datetime | None
    kind: SpanKind
    reason: str
    open_seconds: int
    calendar_version_id: int | None
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """One cycle as of `now`; all moments are aware UTC on whole seconds.

    running_since / consumed_seconds: due = `hours.add(running_since, target - consumed)`.
    aimed_at: when the target in force was set; no step of it is due earlier.
    due_at: None while paused, and where the target lies beyond every opening.
    breached_at: the instant after which the target then in force was exceeded; stays on record.
    left_seconds: below zero once the target is exceeded.
    warnings: (percent, instant) of the shares of the target; instants ahead only while running.
    marks: (code, instant, whether it comes again) of each step that the agreement names, in their order, the
    instant of being late left out (moments.py); None where the usual ones come.
    quiet_until: steps up to this moment lie in imported history and are not fired.
    """

    kind: Kind
    type: Type
    number: int
    state: State
    started_at: datetime
    running_since: datetime | None
    consumed_seconds: int
    elapsed_seconds: int
    target_seconds: int
    target_epoch: int
    aimed_at: datetime
    left_seconds: int
    due_at: datetime | None
    breach_at: datetime | None
    breached_at: datetime | None
    stopped_at: datetime | None
    agreement_version_id: int | None
    rule: str | None
    reason: str
    calendar_version_id: int | None
    is_overridden: bool
    warnings: tuple[tuple[int, datetime], ...]
    marks: tuple[tuple[int, datetime | None, bool], ...] | None
    quiet_until: datetime | None
    spans: tuple[Span, ...]

    @property
    def is_open(self) -> bool:
        return self.stopped_at is None
