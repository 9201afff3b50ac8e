"""What the clocks of one ticket cost, worked out of its log of twenty events: `python -m benchmarks.folding`.

The fold alone, and with reading events, agreement and calendar out of their exchange form as in
`servicedesk sla explain --batch`; the calendar is compiled once, as the desk keeps it. CPU time, the best of
five turns.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sla.batch import answer
from sla.core.clock import fold
from sla.core.exchange import log_of, statuses_of

EVENTS, TICKETS, TURNS, GOAL_MS = 20, 500, 5, 1.0
FIRST, STEP = datetime(2026, 1, 5, 9, tzinfo=UTC), timedelta(minutes=47)
CALENDAR = {
    "tz": "Europe/Berlin",
    "week": {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}
TARGETS = {
    name: {"first_response": hours * 900, "next_response": hours * 1800, "update": hours * 7200}
    | {"resolution": hours * 14400}
    for name, hours in (("P1", 1), ("P2", 2), ("P3", 4))
}
POLICY = {
    "targets": [{"when": {"priority": name}, **targets} for name, targets in TARGETS.items()],
    "pause_in": ["pending"],
    "done_in": ["resolved", "closed"],
    "reopen": "continue",
    "retarget": "from_start",
}
# A ticket is answered, waits, is asked about, becomes more urgent, is solved and comes back.
ROUND: tuple[dict[str, object], ...] = (
    {"type": "message", "by": "agent", "public": True},
    {"type": "status", "to": "pending"},
    {"type": "message", "by": "customer", "public": True},
    {"type": "status", "to": "open"},
    {"type": "priority", "to": "P2"},
    {"type": "message", "by": "agent", "public": True},
    {"type": "status", "to": "resolved"},
    {"type": "message", "by": "customer", "public": True},
    {"type": "status", "to": "open"},
    {"type": "priority", "to": "P1"},
)


def main() -> None:
    """Print the milliseconds that one ticket takes."""
    request, now = _request(), FIRST + EVENTS * STEP
    log, statuses = list(log_of(request)), statuses_of(request)
    cycles = fold(log, statuses=statuses, now=now)
    best = _cpu_ms(lambda: fold(log, statuses=statuses, now=now))
    verdict = "kept" if best <= GOAL_MS else "MISSED"
    print(f"fold of {EVENTS} events, {len(cycles)} clocks: {best:.3f} ms, goal {GOAL_MS:g} ms: {verdict}")
    print(f"the same with reading its exchange form: {_cpu_ms(lambda: answer(request)):.3f} ms")


def _request() -> dict[str, object]:
    at, events = FIRST, [{"type": "created", "status": "open", "priority": "P3", "by": "customer"}]
    events += [dict(ROUND[place % len(ROUND)]) for place in range(EVENTS - 1)]  # type: ignore[arg-type]
    for number, event in enumerate(events):
        event |= {"id": str(number), "at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
        at += STEP
    return {"calendar": CALENDAR, "policy": POLICY, "events": events, "now": f"{at:%Y-%m-%dT%H:%M:%SZ}"}


def _cpu_ms(work: Callable[[], object]) -> float:
    return min(_turn(work) for _ in range(TURNS)) / TICKETS * 1000


def _turn(work: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(TICKETS):
        work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
