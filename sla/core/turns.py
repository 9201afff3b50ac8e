"""Clocks of subjects that are no tickets (a task, a visit): they start, rest, go on and end as they are told.

What starts and ends the clock of a ticket is in its log; what does so for other subjects, only their own room
knows, so it says so. Time, targets, breaches and warnings are those of every other cycle.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias, cast

from sla.core.cycle import Cycle
from sla.core.events import AgreementAssigned, Kind, TargetInForce, Type
from sla.core.live import LiveCycle
from sla.core.saves import whole_second

What: TypeAlias = Literal["start", "pause", "resume", "stop", "cancel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What was said of the clock `kind` of a subject; `target` and `type` belong to a start.

    A start of a clock that is under way sets another target for it; time used so far stays used.
    """

    id: str
    at: datetime
    order: int
    kind: str
    what: What
    target: TargetInForce | None = None
    type: Type = "ola"
    reason: str = ""


def fold_turns(turns: Iterable[Turn], *, now: datetime) -> list[Cycle]:
    """Return the cycles as of `now`, in the order in which they started."""
    distinct = {turn.id: turn for turn in turns if turn.at <= now}
    live: dict[str, LiveCycle] = {}
    found: list[LiveCycle] = []
    for turn in sorted(distinct.values(), key=lambda turn: (turn.at, turn.order)):
        at, cycle = whole_second(turn.at), live.get(turn.kind)
        if turn.what == "start" and turn.target is not None:
            if cycle is None:
                cycle = live[turn.kind] = _begun(turn, at, sum(each.kind == turn.kind for each in found))
                found.append(cycle)
            cycle.aim(at, turn.target, _said(turn, at), restart=False)
            cycle.enter(at, "running", "")
        elif cycle is not None:
            _take(cycle, turn, at)
            if cycle.stopped_at is not None:
                del live[turn.kind]
    return [cycle.snapshot(whole_second(now)) for cycle in found]


def _begun(turn: Turn, at: datetime, earlier: int) -> LiveCycle:
    kind = cast(Kind, turn.kind)  # kinds of tickets are listed; those of other subjects are their rooms'
    return LiveCycle(kind, at, at, number=earlier + 1, type=turn.type)


def _said(turn: Turn, at: datetime) -> AgreementAssigned:
    return AgreementAssigned(id=turn.id, at=at, agreement_version_id=None, rule=None, reason=turn.reason)


def _take(cycle: LiveCycle, turn: Turn, at: datetime) -> None:
    match turn.what:
        case "pause":
            cycle.enter(at, "paused", turn.reason)
        case "resume":
            cycle.enter(at, "running", "")
        case "stop":
            cycle.stop(at)
        case "cancel":
            cycle.cancel(at)
        case _:
            pass
