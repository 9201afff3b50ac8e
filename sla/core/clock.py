"""The fold: from a log of dated facts to the cycles of its clocks.

Rules F1-F7 and F10 of the clock specification, and P4 for targets that change. The fold asks
no time, keeps no counters and knows no agreement: which targets are in force arrives as an
event (`AgreementAssigned`), what a status means as a table.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sla.core.cycle import Cycle
from sla.core.events import (
    KINDS,
    TYPES,
    Acknowledged,
    AgreementAssigned,
    Assigned,
    Author,
    Created,
    Effect,
    Event,
    Gone,
    Held,
    Kind,
    Message,
    Overridden,
    Released,
    StatusRule,
    StatusSet,
    Stopped,
    TargetInForce,
    VendorTurn,
)
from sla.core.live import LiveCycle
from sla.core.saves import saves, whole_second

ANSWERED_KINDS: tuple[Kind, ...] = ("first_response", "next_response", "update")
_UNDER_WAY = frozenset({Effect.RUNS, Effect.PAUSED})
_NOWHERE = "no team yet"


def fold(events: Iterable[Event], *, statuses: Mapping[str, StatusRule], now: datetime) -> list[Cycle]:
    """Return the cycles as of `now`: finished ones in the order they ended, then those still open.

    A log with events of unknown time has no cycles: nothing measured on it would be true.
    Raises KeyError for a status that `statuses` does not know.
    """
    history = list(events)
    if not all(event.at_known for event in history):
        return []
    quiet_until = max((event.received_at or event.at for event in history if event.imported), default=None)
    clocks = _Clocks(statuses)
    for at, save in saves(history, until=now):
        clocks.apply(at, save)
    return [
        cycle.snapshot(whole_second(now), quiet_until, clocks.acknowledged_at(cycle.kind))
        for cycle in clocks.promised()
    ]


@dataclass(frozen=True, slots=True)
class Courses:
    """The courses of a subject's cycles with nothing promised on them: when each ran, rested and ended.

    longest_rest: the longest time that it was done before a reopening, None where it never came back.
    """

    cycles: Sequence[LiveCycle]
    longest_rest: timedelta | None


def courses(events: Iterable[Event], *, statuses: Mapping[str, StatusRule], now: datetime) -> Courses:
    """Return the courses of a log of known times without promises, as of `now`.

    Each goes on after a reopening, however late: which promise would let another begin is not known here.
    """
    clocks = _Clocks(statuses)
    for at, save in saves(events, until=now):
        clocks.apply(at, save)
    return Courses([*clocks.finished, *clocks.live.values()], clocks.longest_rest)


class _Clocks:
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
        self.group: str | int | None = _NOWHERE
        self.is_with_vendor = False
        self.acknowledged: dict[Kind | None, datetime] = {}
        self.is_gone = False

    def promised(self) -> list[LiveCycle]:
        return [cycle for cycle in [*self.finished, *self.live.values()] if cycle.target]

    def acknowledged_at(self, kind: Kind) -> datetime | None:
        """Return when somebody last said that they know of this clock, or of all."""
        known = (self.acknowledged.get(kind), self.acknowledged.get(None))
        return max((at for at in known if at is not None), default=None)

    def apply(self, at: datetime, save: Sequence[Event]) -> None:
        """Apply one save as a whole: the order of what it holds changes nothing but the last word.

        Targets first, so that whatever ends in this save is judged by the target it leaves behind.
        """
        if self.is_gone:
            return
        was_done = self.status is not None and self.status.is_done
        self._open(at, save)
        hands = self._leave_team(at, save)
        for event in save:
            self._read_decision(at, event)
        wanted = self._read_messages(at, save) | self._read_hands(at, hands)
        if self.status is None:
            return
        if self.status.is_done and not was_done:
            self.has_answer, self.done_at, self.is_with_vendor = True, at, False
        if was_done and not self.status.is_done:
            self._reopen(at)
            wanted |= {"update", "next_response"} if self.last_word == "customer" else {"update"}
        for kind in KINDS:
            if kind in wanted or kind == "vendor":
                self._start(kind, at)
            self._settle(kind, at)
        for event in save:
            if isinstance(event, Gone):
                self._abandon(at)

    # ------------------------------------------------------------------ what a save says

    def _open(self, at: datetime, save: Sequence[Event]) -> None:
        for event in save:
            if isinstance(event, Created) and self.status is None:
                self.last_word = event.by
                self._set_status(event.status)
                self._begin("first_response", at)
                self._begin("resolution", at)
        for event in save:
            if isinstance(event, StatusSet):
                self._set_status(event.status)

    def _read_decision(self, at: datetime, event: Event) -> None:
        match event:
            case AgreementAssigned():
                self.assigned = event
                for kind in KINDS:
                    self._match(kind, at)
            case Held():
                self.holds[event.kind] = event.reason
            case Released():
                self.holds.pop(event.kind, None)
            case Overridden():
                self._override(at, event)
            case Stopped():
                self._stop(event.kind, at)
            case VendorTurn():
                self.is_with_vendor = event.is_out
            case Acknowledged():
                self.acknowledged[event.kind] = at
            case _:
                pass

    def _read_messages(self, at: datetime, save: Sequence[Event]) -> set[Kind]:
        """Let answers stop what they answer; return the kinds that the messages want to start."""
        wanted: set[Kind] = set()
        for event in save:
            if not isinstance(event, Message) or not event.public or event.by == "system":
                continue
            self.last_word = event.by
            if event.by == "agent":
                self.has_answer = True
                for kind in ANSWERED_KINDS:
                    self._stop(kind, at)
                wanted = {"update"}
            elif self.has_answer:
                wanted.add("next_response")
        return wanted

    def _leave_team(self, at: datetime, save: Sequence[Event]) -> Created | Assigned | None:
        """Let the stay in a team end if the save moves it on; return in whose hands the save leaves it.

        Before targets change: the team that lets go is judged by the target it had.
        """
        said = [event for event in save if isinstance(event, Assigned)]
        is_new = self.group is _NOWHERE
        opening = [event for event in save if is_new and isinstance(event, Created)]
        hands = said[-1] if said else opening[0] if opening else None
        if hands is not None and self._is_move(hands):
            self._stop("assignment", at)
        return hands

    def _is_move(self, hands: Created | Assigned) -> bool:
        return self.group is _NOWHERE or hands.group not in (None, self.group)

    def _read_hands(self, at: datetime, hands: Created | Assigned | None) -> set[Kind]:
        """Let an owner end the wait of their team; return whether another wait begins."""
        if hands is None:
            return set()
        is_move = self._is_move(hands)
        self.group = hands.group if is_move else self.group
        if hands.is_owned:
            self._stop("assignment", at)
        return {"assignment"} if is_move and not hands.is_owned else set()

    def _set_status(self, key: str) -> None:
        self.status_key, self.status = key, self.statuses[key]

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
