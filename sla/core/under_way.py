"""Cycles under way: how they begin, rest and end, and their targets; half of the fold (clock.py)."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sla.core.events import (
    KINDS,
    TYPES,
    AgreementAssigned,
    Author,
    Effect,
    Kind,
    Overridden,
    StatusRule,
    TargetInForce,
)
from sla.core.live import LiveCycle

_UNDER_WAY = frozenset({Effect.RUNS, Effect.PAUSED})
NOWHERE = "no team yet"


class CyclesUnderWay:
    """The state between two saves."""

    def __init__(self, statuses: Mapping[str, StatusRule]) -> None:
        self.statuses = statuses
        self.live: dict[Kind, LiveCycle] = {}
        self.finished: list[LiveCycle] = []
        self.numbers: Counter[Kind] = Counter()
        self.assigned: AgreementAssigned | None = None
        self.status_key = ""
        self.status: StatusRule | None = None
        self.has_answer = False
        self.last_word: Author | None = None
        self.done_at: datetime | None = None
        self.longest_rest: timedelta | None = None
        self.holds: dict[Kind | None, str] = {}
        self.group: str | int | None = NOWHERE
        self.is_with_vendor = False
        self.acknowledged: dict[Kind | None, datetime] = {}
        self.is_gone = False

    def _effect(self, kind: Kind) -> Effect:
        """Return what the status does to clocks of this kind; an event of its own may have handed it out."""
        if self.status is None:
            return Effect.CANCELLED
        effect = self.status.effect_on(kind)
        is_out = kind == "vendor" and self.is_with_vendor and effect is Effect.STOPS
        return Effect.RUNS if is_out else effect

    # ------------------------------------------------------------------ cycles begin and end

    def _start(self, kind: Kind, at: datetime) -> None:
        """Begin a cycle unless one is under way or the status lets none begin."""
        if kind not in self.live and self._effect(kind) in _UNDER_WAY:
            self._begin(kind, at)

    def _begin(self, kind: Kind, at: datetime) -> None:
        cycle = self.live[kind] = LiveCycle(kind, at, at, type=TYPES[kind])
        self._match(kind, at)
        cycle.enter(at, "running", "")

    def _stop(self, kind: Kind, at: datetime) -> None:
        cycle = self.live.get(kind)
        if cycle and cycle.stopped_at is None:
            cycle.stop(at)
            self._retire(kind)

    def _retire(self, kind: Kind) -> None:
        self.finished.append(self.live.pop(kind))

    def _reopen(self, at: datetime) -> None:
        """Let the resolution go on where it was, or begin again where the agreement or the time asks it."""
        rest = at - self.done_at if self.done_at else timedelta(0)
        self.longest_rest = max(rest, self.longest_rest or rest)
        cycle = self.live.get("resolution")
        if cycle is None or cycle.stopped_at is None:
            self._start("resolution", at)
            return
        rules = cycle.assigned or self.assigned
        limit = timedelta(seconds=rules.continue_within_seconds) if rules else timedelta.max
        begins_anew = rules is not None and rules.reopen == "new_cycle"
        if begins_anew or (self.done_at and at - self.done_at > limit):
            cycle.end_rest(at)
            self._retire("resolution")
            self._start("resolution", at)
            return
        cycle.go_on()
        self._settle("resolution", at)
        self._match("resolution", at)

    def _settle(self, kind: Kind, at: datetime) -> None:
        """Bring the cycle of this kind into what status and holds now make of it."""
        cycle = self.live.get(kind)
        if cycle is None or cycle.stopped_at or self.status is None:
            return
        held = self.holds.get(kind, self.holds.get(None))
        match self._effect(kind):
            case Effect.STOPS:
                self._stop(kind, at)
            case Effect.HELD | Effect.FINAL:
                cycle.stop(at)
                cycle.enter(at, "done", self.status_key)
            case Effect.CANCELLED:
                cycle.cancel(at)
                self._retire(kind)
            case _ if held is not None:
                cycle.enter(at, "held", held)
            case Effect.PAUSED:
                cycle.enter(at, "paused", self.status_key)
            case _:
                cycle.enter(at, "running", "")

    def _abandon(self, at: datetime) -> None:
        self.is_gone = True
        for kind in KINDS:
            cycle = self.live.get(kind)
            if cycle and cycle.stopped_at is None:
                cycle.cancel(at)
                self._retire(kind)

    # ------------------------------------------------------------------ targets

    def _match(self, kind: Kind, at: datetime) -> None:
        """Bring the targets now assigned to the cycle of this kind; what has ended is never rewritten."""
        cycle, assigned = self.live.get(kind), self.assigned
        if cycle is None or cycle.stopped_at or assigned is None:
            return
        target = assigned.targets.get(kind)
        if target is None:
            self._withdraw_target(cycle, at)
        elif cycle.is_overridden:
            return
        elif cycle.is_retarget(target, assigned):
            if cycle.number == 0:
                self.numbers[kind] += 1
                cycle.number = self.numbers[kind]
            cycle.aim(at, target, assigned, restart=assigned.retarget == "from_change")
        else:
            cycle.assigned = assigned

    def _withdraw_target(self, cycle: LiveCycle, at: datetime) -> None:
        if cycle.target is not None:
            self.live[cycle.kind] = cycle.without_target()
            cycle.cancel(at)
            self.finished.append(cycle)

    def _override(self, at: datetime, event: Overridden) -> None:
        cycle = self.live.get(event.kind)
        if cycle is None or cycle.stopped_at or cycle.target is None or cycle.assigned is None:
            return
        seconds = event.seconds
        if event.until is not None:
            seconds = cycle.elapsed(at) + cycle.target.hours.elapsed(at, event.until)
        if seconds is None:
            return
        target = TargetInForce(seconds, cycle.target.hours, cycle.target.calendar_version_id)
        cycle.aim(at, target, cycle.assigned, restart=False)
        cycle.is_overridden = True
