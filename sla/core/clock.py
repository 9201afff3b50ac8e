"""The fold: from a log of dated facts to the cycles of its clocks.

Rules F1-F7 and F10 of the clock specification, and P4 for targets that change. The fold asks
no time, keeps no counters and knows no agreement: which targets are in force arrives as an
event (`AgreementAssigned`), what a status means as a table.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sla.core.cycle import Cycle
from sla.core.events import (
    KINDS,
    Acknowledged,
    AgreementAssigned,
    Assigned,
    Created,
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
    VendorTurn,
)
from sla.core.live import LiveCycle
from sla.core.saves import saves, whole_second
from sla.core.under_way import NOWHERE, CyclesUnderWay

ANSWERED_KINDS: tuple[Kind, ...] = ("first_response", "next_response", "update")


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


class _Clocks(CyclesUnderWay):
    """The state between two saves, and what a save does to it."""

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
        self._go_by_status(wanted, at)
        for event in save:
            if isinstance(event, Gone):
                self._abandon(at)

    def _go_by_status(self, wanted: Collection[Kind], at: datetime) -> None:
        for kind in KINDS:
            if kind in wanted or kind == "vendor":
                self._start(kind, at)
            if kind in self.live:
                self._settle(kind, at)

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
        is_new = self.group is NOWHERE
        opening = [event for event in save if is_new and isinstance(event, Created)]
        hands = said[-1] if said else opening[0] if opening else None
        if hands is not None and self._is_move(hands):
            self._stop("assignment", at)
        return hands

    def _is_move(self, hands: Created | Assigned) -> bool:
        return self.group is NOWHERE or hands.group not in (None, self.group)

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
