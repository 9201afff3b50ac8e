"""Logs for clock tests: moments of one week in January 2026, events by their kind, a small agreement."""

from datetime import UTC, datetime, timedelta

from servicedesk.calendars.hours import OpeningHours
from sla.core.clock import fold
from sla.core.events import (
    AgreementAssigned,
    Created,
    Message,
    StatusRule,
    StatusSet,
    TargetInForce,
    status_rule,
)
from sla.core.events import Effect as On

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE = OpeningHours.weekly("mon-fri 09:00-17:00", zone="UTC")
NIGHT_AND_DAY = OpeningHours.around_the_clock()
TARGETS = {
    "P1": {"first_response": 900, "next_response": 1800, "update": 7200, "resolution": 14_400},
    "P3": {"first_response": 3600, "next_response": 7200, "update": 28_800, "resolution": 57_600},
    "bare": {"first_response": 3600, "resolution": 57_600},
    "none": {},
}
STATUSES: dict[str, StatusRule] = {
    "open": status_rule("open", On.RUNS, On.RUNS, On.RUNS),
    "pending": status_rule("waiting", On.RUNS, On.PAUSED, On.PAUSED),
    "asleep": status_rule("waiting", On.PAUSED, On.PAUSED, On.PAUSED),
    "resolved": status_rule("resolved", On.STOPS, On.STOPS, On.HELD),
    "closed": status_rule("closed", On.STOPS, On.STOPS, On.FINAL),
    "withdrawn": status_rule("closed", On.CANCELLED, On.CANCELLED, On.CANCELLED),
}


def at(text):
    """Return a moment written "tue 09:40", Monday where no day is named; "fri+1 09:00" is a week later."""
    day, _, clock = text.rpartition(" ")
    name, _, weeks = (day or "mon").partition("+")
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    days = 5 + DAYS.index(name) + 7 * int(weeks or 0)
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
        days=days - 1, hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0
    )


def event(type_, when, **rest):
    moment = at(when) if isinstance(when, str) else when
    name = f"{type_.__name__} {moment:%d %H:%M:%S} {sorted(map(str, rest.values()))}"
    return type_(**{"id": name, "at": moment, **rest})


def targets(priority, hours=OFFICE):
    return {kind: TargetInForce(seconds, hours) for kind, seconds in TARGETS[priority].items()}


def assigned(when, priority, *, hours=OFFICE, **rest):
    return event(
        AgreementAssigned,
        when,
        agreement_version_id=1,
        rule=rest.pop("rule", priority),
        targets=targets(priority, hours),
        **rest,
    )


def opened(when="09:00", priority="P3", *, status="open", by="customer", hours=OFFICE, **rest):
    return [event(Created, when, status=status, by=by), assigned(when, priority, hours=hours, **rest)]


def agent(when, **rest):
    return event(Message, when, by="agent", **rest)


def customer(when, **rest):
    return event(Message, when, by="customer", **rest)


def status(when, key, **rest):
    return event(StatusSet, when, status=key, **rest)


def cycles(*parts, now):
    """Return the cycles of a log by (kind, number)."""
    log = [each for part in parts for each in (part if isinstance(part, list) else [part])]
    found = fold(log, statuses=STATUSES, now=at(now) if isinstance(now, str) else now)
    return {(cycle.kind, cycle.number): cycle for cycle in found}


def cycle(*parts, now, kind="resolution", number=1):
    return cycles(*parts, now=now)[kind, number]
