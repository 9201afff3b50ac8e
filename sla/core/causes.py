"""Why a promise was broken: the time that counted, told apart by what the request was waiting for. Pure.

Each counted second falls under the first cause that fits, in the order of CAUSES. The late part of a cycle is
divided in the proportion of these times, so that its parts add up to it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from servicedesk.calendars.hours import OpeningHours

Cause: TypeAlias = Literal["wrong_group", "supplier", "no_owner", "handover", "long_pause", "work"]
CAUSES: tuple[Cause, ...] = ("wrong_group", "supplier", "no_owner", "handover", "long_pause", "work")
# A pause of so much open time, a working day, is a long one.
LONG_SECONDS = 8 * 3600
SUPPLIER = "waiting_supplier"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A line of a ledger with the hours that measure it; `to_at` None for the one under way."""

    from_at: datetime
    to_at: datetime | None
    kind: str
    reason: str
    counts: bool
    hours: OpeningHours | None

    def open_seconds(self, until: datetime) -> int:
        """Return the open time in it, up to `until` where it is under way."""
        return self.hours.elapsed(self.from_at, self.to_at or until) if self.hours else 0


@dataclass(frozen=True, slots=True)
class Scene:
    """How a ticket stood after an event. by: the person of the desk who did it, if one did.

    type: the event's. passed_to: who got it from another person by this event.
    """

    at: datetime
    type: str
    group_id: int
    assignee_id: int | None
    status: str
    by: int | None = None
    passed_to: int | None = None


@dataclass(slots=True)
class _Standing:
    """Where the walk through the scenes is."""

    scene: Scene | None = None
    passed_to: int | None = None
    is_cold: bool = False

    def take(self, scene: Scene) -> None:
        self.scene = scene
        if scene.by is not None:
            self.is_cold = False
        if scene.type == "assigned" or scene.by == self.passed_to:
            self.passed_to = None
        if scene.passed_to is not None and scene.passed_to != scene.by:
            self.passed_to = scene.passed_to

    def cause(self, last_group: int | None, triage: Collection[int]) -> Cause:
        scene = self.scene
        if scene is None:
            return "work"
        if scene.group_id != last_group and scene.group_id not in triage:
            return "wrong_group"
        if scene.status == SUPPLIER:
            return "supplier"
        if scene.assignee_id is None:
            return "no_owner"
        if self.passed_to is not None:
            return "handover"
        return "long_pause" if self.is_cold else "work"


def time_by_cause(
    stretches: Sequence[Stretch],
    scenes: Sequence[Scene],
    *,
    until: datetime,
    triage: Collection[int] = (),
) -> dict[Cause, int]:
    """Return the counted open seconds of a cycle by cause.

    scenes: in order of effect, on whole seconds. until: where the cycle ended, or the moment of asking.
    triage: the groups that sort; time there is no time in a wrong one.
    """
    known = [scene for scene in scenes if scene.at <= until]
    last_group = known[-1].group_id if known else None
    found = dict.fromkeys(CAUSES, 0)
    standing, place, after_long_pause = _Standing(), 0, False
    for stretch in stretches:
        ends = min(stretch.to_at or until, until)
        while place < len(scenes) and scenes[place].at < stretch.from_at:
            standing.take(scenes[place])
            place += 1
        standing.is_cold = standing.is_cold or after_long_pause
        since = stretch.from_at
        while place < len(scenes) and scenes[place].at < ends:
            _add(found, stretch, since, scenes[place].at, standing.cause(last_group, triage))
            since = max(since, scenes[place].at)
            standing.take(scenes[place])
            place += 1
        _add(found, stretch, since, ends, standing.cause(last_group, triage))
        rests = stretch.kind in ("paused", "held")
        after_long_pause = rests and stretch.open_seconds(until) >= LONG_SECONDS
    return found


def _add(found: dict[Cause, int], stretch: Stretch, since: datetime, ends: datetime, cause: Cause) -> None:
    if stretch.kind == "running" and stretch.counts and stretch.hours and ends > since:
        found[cause] += stretch.hours.elapsed(since, ends)


def late_by_cause(times: Mapping[Cause, int], late_seconds: int) -> dict[Cause, int]:
    """Divide the late time in proportion to the counted times, in whole seconds that add up to it."""
    used = sum(times.values())
    found: dict[Cause, int] = dict.fromkeys(CAUSES, 0)
    passed = told = 0
    for cause in CAUSES:
        passed += times.get(cause, 0)
        until_here = late_seconds * passed // used if used else 0
        found[cause], told = until_here - told, until_here
    return found
