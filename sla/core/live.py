"""A cycle that the fold is still writing.

Its stretches are the truth: elapsed time, due moment, breach and warnings are read off them.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from servicedesk.calendars.hours import NeverOpen, OpeningHours
from sla.core.cycle import WARNING_PERCENTS, Cycle, Span, SpanKind, State
from sla.core.events import AgreementAssigned, Kind, TargetInForce, Type
from sla.core.moments import MISSED, in_order, seconds_used


@dataclass(slots=True)
class Stretch:
    """A span under construction; `hours` are None while no target measures it."""

    from_at: datetime
    kind: SpanKind
    reason: str
    hours: OpeningHours | None
    calendar_version_id: int | None
    to_at: datetime | None = None
    counts: bool = True
    length: int | None = None  # open seconds once it has ended and hours measure it: neither changes any more

    def open_seconds(self, until: datetime) -> int:
        if self.hours is None or self.to_at is None:
            return self.hours.elapsed(self.from_at, until) if self.hours else 0
        if self.length is None:
            self.length = self.hours.elapsed(self.from_at, self.to_at)
        return self.length


@dataclass(slots=True)
class LiveCycle:
    """One cycle of one kind.

    It exists even while no agreement sets a target for it (`target` None): a target that
    appears later counts from the start, so the stretches must have been kept.
    consumed: counted open seconds of the running stretches that have ended.
    """

    kind: Kind
    started_at: datetime
    aimed_at: datetime
    number: int = 0
    target: TargetInForce | None = None
    assigned: AgreementAssigned | None = None
    epoch: int = 1
    consumed: int = 0
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    is_cancelled: bool = False
    is_overridden: bool = False
    stretches: list[Stretch] = field(default_factory=list)
    type: Type = "sla"

    # ------------------------------------------------------------------ reading

    @property
    def current(self) -> Stretch | None:
        """The stretch still being written, if any."""
        last = self.stretches[-1] if self.stretches else None
        return last if last and last.to_at is None else None

    def elapsed(self, at: datetime) -> int:
        """Return the counted open seconds up to `at`, which is not before the last change."""
        current = self.current
        running = current.open_seconds(at) if current and current.kind == "running" else 0
        return self.consumed + running

    def reach(self, seconds: int) -> tuple[datetime | None, datetime | None]:
        """Return the first and the last instant at which just `seconds` have been counted.

        Both lie apart where the count comes to rest on `seconds`: over closed hours or a pause.
        None: not reached by what is known, because the cycle rests or nothing opens any more.
        """
        first: datetime | None = None
        passed = 0
        lived_in = next((stretch for stretch in reversed(self.stretches) if stretch.kind != "done"), None)
        for stretch in self.stretches:
            if stretch.kind != "running" or not stretch.counts or stretch.hours is None:
                continue
            # The stretch in which the cycle ended is read on past its end: the due moment it had.
            is_last = stretch is lived_in and stretch.to_at in (None, self.stopped_at)
            length = 0 if is_last else stretch.open_seconds(stretch.from_at)
            if is_last or passed + length >= seconds:
                try:
                    found = stretch.hours.add(stretch.from_at, max(seconds - passed, 0))
                except NeverOpen:
                    return first, None
                first = first or found.due_at
                if is_last or passed + length > seconds:
                    return first, found.breach_at
            passed += length
        return first, None

    # ------------------------------------------------------------------ time passes

    def enter(self, at: datetime, kind: SpanKind, reason: str) -> None:
        """Go over into `kind`; staying in it for the same reason changes nothing."""
        current = self.current
        if current and (current.kind, current.reason) == (kind, reason):
            return
        self._close(at)
        if current and current.from_at == at and kind != "done":
            self.stretches.pop()
        hours, version = (self.target.hours, self.target.calendar_version_id) if self.target else (None, None)
        self.stretches.append(Stretch(at, kind, reason, hours, version))

    def stop(self, at: datetime) -> None:
        """End the cycle: it is judged by what has been counted now."""
        self._close(at)
        self.stopped_at = at

    def cancel(self, at: datetime) -> None:
        self.stop(at)
        self.is_cancelled = True

    def end_rest(self, at: datetime) -> None:
        """Close the ledger of a stopped cycle that will not be taken up again."""
        if current := self.current:
            current.to_at = at

    def go_on(self) -> None:
        """Take a stopped cycle up again; whoever calls enters the next stretch."""
        self.stopped_at = None

    def _close(self, at: datetime) -> None:
        current = self.current
        if current is not None:
            self._note_breach(at)
            self.consumed = self.elapsed(at)
            current.to_at = at

    def _note_breach(self, at: datetime) -> None:
        """Record the breach if the target in force was exceeded before `at`."""
        if self.breached_at is None and self.target and self.elapsed(at) > self.target.seconds:
            _, last = self.reach(self.target.seconds)
            self.breached_at = max(last, self.aimed_at) if last else at

    # ------------------------------------------------------------------ targets change

    def aim(self, at: datetime, target: TargetInForce, assigned: AgreementAssigned, *, restart: bool) -> None:
        """Put `target` in force from `at` on; what was counted before keeps the measure it had.

        restart: count anew from `at`.
        """
        self._note_breach(at)
        if self.target is None:
            self._measure_the_past(target)
        else:
            self.epoch += 1
        current = self.current
        if restart and self.started_at < at:
            self._split(at)
            self._forget_the_past()
        elif current and not target.is_measured_by(current.hours, current.calendar_version_id):
            self._split(at)
        if current := self.current:
            current.hours, current.calendar_version_id = target.hours, target.calendar_version_id
        self.target, self.assigned, self.aimed_at = target, assigned, at
        if self.breached_at is None and self.elapsed(at) > target.seconds:
            self.breached_at = at

    def is_retarget(self, target: TargetInForce, assigned: AgreementAssigned) -> bool:
        """Return whether `target` is a new one: the first, other seconds, other hours, or a fresh count."""
        before = self.target
        if before is None or before.seconds != target.seconds:
            return True
        if not target.is_measured_by(before.hours, before.calendar_version_id):
            return True
        is_other_rule = self.assigned is None or self.assigned.rule != assigned.rule
        return is_other_rule and assigned.retarget == "from_change"

    def without_target(self) -> "LiveCycle":
        """Return the same course of time for a later cycle to count, with nothing promised on it."""
        kept = [replace(stretch) for stretch in self.stretches]
        return LiveCycle(
            self.kind,
            self.started_at,
            self.aimed_at,
            consumed=self.consumed,
            stretches=kept,
            type=self.type,
        )

    def _measure_the_past(self, target: TargetInForce) -> None:
        for stretch in self.stretches:
            if stretch.hours is None:
                stretch.hours, stretch.calendar_version_id = target.hours, target.calendar_version_id
        self.consumed = sum(
            stretch.open_seconds(stretch.from_at)
            for stretch in self.stretches
            if stretch.kind == "running" and stretch.counts and stretch.to_at
        )

    def _forget_the_past(self) -> None:
        for stretch in self.stretches:
            stretch.counts = stretch.to_at is None
        self.consumed = 0

    def _split(self, at: datetime) -> None:
        """Cut the current stretch in two at `at`."""
        current = self.current
        if current is None:
            return
        self._close(at)
        if current.from_at == at:
            self.stretches.pop()
        self.stretches.append(
            Stretch(at, current.kind, current.reason, current.hours, current.calendar_version_id)
        )

    # ------------------------------------------------------------------ what is handed out

    def snapshot(
        self, now: datetime, quiet_until: datetime | None = None, acknowledged_at: datetime | None = None
    ) -> Cycle:
        """Return the cycle as of `now`. It must have a target."""
        target, assigned, current = self.target, self.assigned, self.current
        if target is None or assigned is None:
            raise ValueError("a cycle without a target is not shown")
        self._note_breach(now)
        elapsed, state = self.elapsed(now), self._state(now)
        due_at, breach_at = (None, None) if state == "paused" else self.reach(target.seconds)
        return Cycle(
            kind=self.kind,
            type=self.type,
            number=self.number,
            state=state,
            started_at=self.started_at,
            running_since=current.from_at if current and current.kind == "running" else None,
            consumed_seconds=self.consumed,
            elapsed_seconds=elapsed,
            target_seconds=target.seconds,
            target_epoch=self.epoch,
            aimed_at=self.aimed_at,
            left_seconds=target.seconds - elapsed,
            due_at=due_at,
            breach_at=breach_at,
            breached_at=self.breached_at,
            stopped_at=self.stopped_at,
            agreement_version_id=assigned.agreement_version_id,
            rule=assigned.rule,
            reason=assigned.reason,
            calendar_version_id=target.calendar_version_id,
            is_overridden=self.is_overridden,
            warnings=self._warnings(target.seconds),
            marks=self._marks(target.seconds, assigned, acknowledged_at),
            quiet_until=quiet_until,
            spans=tuple(_span(stretch, now) for stretch in self.stretches),
        )

    def _state(self, now: datetime) -> State:
        if self.is_cancelled:
            return "cancelled"
        is_over = self.target is not None and self.elapsed(now) > self.target.seconds
        if self.stopped_at:
            return "missed" if is_over else "met"
        if is_over:
            return "overdue"
        return "running" if self.current and self.current.kind == "running" else "paused"

    def _warnings(self, target_seconds: int) -> tuple[tuple[int, datetime], ...]:
        reached = (
            (percent, self.reach(-(-target_seconds * percent // 100))[0]) for percent in WARNING_PERCENTS
        )
        return tuple((percent, max(at, self.aimed_at)) for percent, at in reached if at)

    def _marks(
        self, target_seconds: int, assigned: AgreementAssigned, acknowledged_at: datetime | None
    ) -> tuple[tuple[int, datetime | None, bool], ...] | None:
        plan = assigned.steps.get(self.kind)
        if plan is None:
            return None
        # A new target is something new to know of.
        is_known = acknowledged_at is not None and acknowledged_at >= self.aimed_at
        codes = plan.without_repeats().codes if is_known else plan.codes
        found = []
        for code in in_order(codes, target_seconds):
            reached = None if code == MISSED else self.reach(seconds_used(code, target_seconds))[0]
            at = max(reached, self.aimed_at) if reached else None
            found.append((code, at, code in plan.repeats))
        return tuple(found)


def _span(stretch: Stretch, now: datetime) -> Span:
    return Span(
        stretch.from_at,
        stretch.to_at,
        stretch.kind,
        stretch.reason,
        stretch.open_seconds(now),
        stretch.calendar_version_id,
        stretch.counts,
    )
