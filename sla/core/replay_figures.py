"""The figures of a replay: promises kept before and after, and when work came, waited and ended.

A cycle counts in the period in which it was judged, each side by its own judgement: the rule of the reports.
Team, priority and customer are the request's at the end of what was replayed. Hours of the week (0 is Monday,
00:00 to 01:00, in the zone of the desk) are those in which a cycle began.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from servicedesk.calendars.hours import OpeningHours
from sla.core.clock import Courses
from sla.core.outcomes import Outcome, Pair, running, seconds, seconds_if_any

WEEK_HOURS = 168
WEEK_SECONDS = 7 * 86_400
_QUARTER = 900
# Met and judged before, met and judged after.
Counts = list[int]


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment up to, but not including, another; seconds since 1970."""

    from_at: int
    to_at: int

    def holds(self, at: int | None) -> bool:
        return at is not None and self.from_at <= at < self.to_at


@dataclass(frozen=True, slots=True)
class Late:
    """A cycle late on one side only, in the period. `side`: after (it would be late), before (it was)."""

    side: str
    ticket_id: int
    kind: str
    started_at: int
    judged_at: int
    before: str
    after: str
    target_before: int | None
    target_after: int | None
    elapsed_before: int | None
    elapsed_after: int | None


@dataclass
class Figures:
    """Counts of a replay, added to ticket by ticket."""

    period: Period
    zone: str
    counts: dict[tuple[str, str, str], Counts] = field(default_factory=dict)
    moved: dict[str, int] = field(
        default_factory=lambda: {"became_late": 0, "no_longer_late": 0, "only_before": 0, "only_after": 0}
    )
    came: Counts = field(default_factory=lambda: [0] * WEEK_HOURS)
    ended: Counts = field(default_factory=lambda: [0] * WEEK_HOURS)
    late: Counts = field(default_factory=lambda: [0] * WEEK_HOURS)
    _waiting: dict[int, int] = field(default_factory=dict)
    _hours: dict[int, int] = field(default_factory=dict)

    def add(self, ticket_id: int, columns: Mapping[str, Any], sides: Iterable[Pair]) -> list[Late]:
        """Count the cycles of a ticket; return those that are late on one side only."""
        found = []
        about = (
            ("group", str(columns["group_id"])),
            ("priority", str(columns["priority"])),
            ("organisation", str(columns["organisation_id"] or "")),
        )
        for before, after in sides:
            was, would_be = self._is_judged(before), self._is_judged(after)
            if was or would_be:
                self._count(before if was else None, after if would_be else None, about)
            late = _late(ticket_id, before, after, was_late=was and _is_late(before), period=self.period)
            if late is not None:
                self.moved["became_late" if late.side == "after" else "no_longer_late"] += 1
                found.append(late)
        return found

    def _is_judged(self, outcome: Outcome | None) -> bool:
        return outcome is not None and self.period.holds(outcome.judged_at)

    def _count(
        self, before: Outcome | None, after: Outcome | None, about: tuple[tuple[str, str], ...]
    ) -> None:
        if before is None or after is None:
            self.moved["only_after" if before is None else "only_before"] += 1
        one = before or after
        if one is None:
            return
        hour = ("hour", str(self.hour_of(one.started_at)))
        for name, value in (("clock", one.kind), *about, hour):
            counts = self.counts.setdefault((name, one.kind, value), [0, 0, 0, 0])
            for place, outcome in ((0, before), (2, after)):
                if outcome is not None:
                    counts[place] += outcome.state == "met"
                    counts[place + 1] += 1
        if after is not None and after.is_late and after.breached_at is not None:
            self.late[self.hour_of(after.breached_at)] += 1

    def add_work(self, courses: Courses) -> None:
        """Count when work came, ended and waited: the course of the resolution, whatever was promised."""
        for course in courses.cycles:
            if course.kind != "resolution":
                continue
            began, stopped = seconds(course.started_at), seconds_if_any(course.stopped_at)
            if self.period.holds(began):
                self.came[self.hour_of(began)] += 1
            if self.period.holds(stopped) and stopped is not None:
                self.ended[self.hour_of(stopped)] += 1
            for start, end in running(course):
                first = max(start, self.period.from_at) // 3600
                last = -(-min(end or self.period.to_at, self.period.to_at) // 3600)
                if first < last:
                    self._waiting[first] = self._waiting.get(first, 0) + 1
                    self._waiting[last] = self._waiting.get(last, 0) - 1

    def hour_of(self, at: int) -> int:
        """Return the hour of the week, 0 to 167, of a moment in the desk's zone."""
        quarter = at // _QUARTER
        found = self._hours.get(quarter)
        if found is None:
            local = _instant(quarter * _QUARTER).astimezone(ZoneInfo(self.zone))
            found = self._hours[quarter] = local.weekday() * 24 + local.hour
        return found

    def document(self, hours: OpeningHours | None) -> dict[str, Any]:
        """Return everything counted as plain data in a fixed order; `hours`: those that staff would keep."""
        attainment: dict[str, dict[str, dict[str, Counts]]] = {}
        for (name, kind, value), counts in sorted(self.counts.items()):
            attainment.setdefault(name, {}).setdefault(kind, {})[value] = counts
        return {"attainment": attainment, "moved": self.moved, "staffing": self._staffing(hours)}

    def _staffing(self, hours: OpeningHours | None) -> dict[str, Any]:
        """Return, for each hour of the week, what came, ended and became late in all, and what waited.

        waiting: requests at work in an average hour of that name, in tenths; open: its open time in percent.
        """
        waiting, times, opened = [0] * WEEK_HOURS, [0] * WEEK_HOURS, [0] * WEEK_HOURS
        under_way = 0
        for hour in range(self.period.from_at // 3600, -(-self.period.to_at // 3600)):
            under_way += self._waiting.get(hour, 0)
            place = self.hour_of(hour * 3600)
            waiting[place] += under_way
            times[place] += 1
            if hours is not None:
                opened[place] += hours.elapsed_seconds(hour * 3600, hour * 3600 + 3600)
        return {
            "came": self.came,
            "ended": self.ended,
            "late": self.late,
            "waiting": [
                10 * sum_ // count if count else 0 for sum_, count in zip(waiting, times, strict=True)
            ],
            "open": [sum_ // (36 * count) if count else 0 for sum_, count in zip(opened, times, strict=True)],
        }


def _is_late(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.is_late


def _late(
    ticket_id: int, before: Outcome | None, after: Outcome | None, *, was_late: bool, period: Period
) -> Late | None:
    would_be_late = after is not None and after.is_late and period.holds(after.judged_at)
    if would_be_late and not _is_late(before):
        side, one = "after", after
    elif was_late and not _is_late(after):
        side, one = "before", before
    else:
        return None
    if one is None or one.judged_at is None:
        return None
    return Late(
        side,
        ticket_id,
        one.kind,
        one.started_at,
        one.judged_at,
        before.state if before else "",
        after.state if after else "",
        before and before.target,
        after and after.target,
        before and before.elapsed,
        after and after.elapsed,
    )


def _instant(at: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)
