"""The audit of what was announced: each firing as it must have come out when it was dealt with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from servicedesk.kernel.chain import LoggedEvent
from sla.core.audit_figures import SECOND, AuditedCycle, Calendars, Figures, figures
from sla.core.audit_rows import ANNOUNCED, STEPS, CycleKey, Row, Touch, quiet_until

MISSED = 100
Audit = Callable[[Sequence[LoggedEvent]], Sequence[AuditedCycle]]


def firing_rows(
    log: Sequence[LoggedEvent],
    stored: Mapping[CycleKey, Sequence[Row]],
    done: Sequence[Touch],
    audit: Audit,
    calendars: Calendars,
) -> Iterator[Row]:
    """Yield the row that each stored firing should be, and one for each announcement that has none.

    A firing is judged by the log as the sweep found it. `stored` are the ticket's firings by (kind, cycle).
    """
    announced = {_announcement(event): event for event in log if event.type in ANNOUNCED}
    sweeps = {touch.at: touch for touch in done if touch.command_id is None}
    for (kind, number), rows in stored.items():
        yield from _passed_over(rows)
        for at, grouped in groupby(sorted(rows, key=_by_sweep), key=lambda row: row["fired_at"]):
            together = list(grouped)
            then = log[: sweeps[at].before] if at in sweeps else log
            cycle = next((c for c in audit(then) if (c.kind, c.number) == (kind, number)), None)
            found = figures(cycle, at, calendars) if cycle else None
            for row in together:
                event = announced.pop((kind, number, row["step"], at), None)
                if cycle and found:
                    is_last = row is together[-1]
                    yield _expected(row, cycle, found, quiet_until(then), event, is_last=is_last)
    for kind, number, step, at in announced:
        yield {"kind": kind, "cycle": number, "step": step, "fired_at": at}


def _passed_over(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield the steps that no row tells of though a later one of the same target was dealt with."""
    stand = {(row["target_epoch"], row["clock_id"], row["cycle"]) for row in rows if row["clock_id"]}
    for epoch, clock_id, cycle in stand:
        steps = {row["step"] for row in rows if row["target_epoch"] == epoch}
        for step in STEPS:
            if step < max(steps) and step not in steps:
                yield {"clock_id": clock_id, "cycle": cycle, "target_epoch": epoch, "step": step}


def _by_sweep(row: Row) -> tuple[datetime, int, int]:
    return row["fired_at"], row["target_epoch"], row["step"]


def _announcement(event: LoggedEvent) -> tuple[str, int, int, datetime]:
    body: Any = event.body
    return body["kind"], body["cycle"], body["step"], event.received_at


def _expected(
    row: Row,
    cycle: AuditedCycle,
    found: Figures,
    quiet: datetime | None,
    event: LoggedEvent | None,
    *,
    is_last: bool,
) -> Row:
    step, at = row["step"], row["fired_at"]
    times = {75: found.warn_75_at, 90: found.warn_90_at, MISSED: found.late_at}
    due_at = times.get(step)
    is_quiet = bool(quiet and due_at and due_at <= quiet)
    if step == MISSED and due_at is not None:
        due_at -= SECOND
    outcome = _outcome(step, is_quiet=is_quiet, is_last=is_last, is_stopped=cycle.stopped_at is not None)
    if outcome == "fired" and event is None:
        outcome = "not in the log"
    lag = max((at - due_at) // SECOND, 0) if due_at else None
    # Lag and moment bear each other out; which of the two is wrong nobody can tell.
    is_in_step = due_at is None or lag == row["lag_seconds"]
    return {
        "clock_id": row["clock_id"],
        "cycle": cycle.number,
        "target_epoch": len(cycle.aims),
        "step": step,
        "due_at": due_at,
        "fired_at": at if is_in_step else due_at + row["lag_seconds"] * SECOND,
        "lag_seconds": lag,
        "outcome": outcome,
    }


def _outcome(step: int, *, is_quiet: bool, is_last: bool, is_stopped: bool) -> str:
    if is_quiet:
        return "suppressed: import"
    if step == MISSED:
        return "fired"
    if not is_last:
        return "skipped: late"
    return "skipped: stopped" if is_stopped else "fired"
