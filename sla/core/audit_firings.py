"""The audit of what was announced: each firing as it must have come out when it was dealt with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from servicedesk.kernel.chain import LoggedEvent
from sla.core.audit_figures import SECOND, AuditedCycle, Calendars, Figures, figures
from sla.core.audit_rows import ANNOUNCED, CycleKey, Row, Touch, quiet_until
from sla.core.audit_steps import BY_LIKELIHOOD, Chain, is_before_late

MISSED = 100
Log = Sequence[LoggedEvent]
Audit = Callable[[Log], Sequence[AuditedCycle]]
Chains = Callable[[AuditedCycle, Figures, Log], Chain]


def firing_rows(
    log: Log,
    stored: Mapping[CycleKey, Sequence[Row]],
    done: Sequence[Touch],
    audit: Audit,
    calendars: Calendars,
    *,
    chains: Chains,
) -> Iterator[Row]:
    """Yield the row that each stored firing should be, and one for each announcement that has none.

    A firing is judged by the log as the sweep found it. `stored` are the ticket's firings by (kind, cycle).
    chains: the steps of a cycle by such a log.
    """
    announced = {_announcement(event): event for event in log if event.type in ANNOUNCED}
    sweeps = {touch.at: touch for touch in done if touch.command_id is None}
    for (kind, number), rows in stored.items():
        passed: dict[int, int] = {}
        for at, grouped in groupby(sorted(rows, key=_by_sweep), key=_by_sweep):
            then = log[: sweeps[at[0]].before] if at[0] in sweeps else log
            cycle = next((c for c in audit(then) if (c.kind, c.number) == (kind, number)), None)
            found = figures(cycle, at[0], calendars) if cycle else None
            chain = chains(cycle, found, then) if cycle and found else None
            together = sorted(grouped, key=lambda row: _in_chain(row, chain))
            yield from _passed_over([row for row in together if row["clock_id"]], passed, chain)
            for row in together:
                event = announced.pop((kind, number, row["step"], at[0]), None)
                if cycle and found and chain:
                    is_last = row is together[-1]
                    yield _expected(row, cycle, chain, quiet_until(then), event, is_last=is_last)
    for kind, number, step, fired_at in announced:
        yield {"kind": kind, "cycle": number, "step": step, "fired_at": fired_at}


def _passed_over(rows: Sequence[Row], passed: dict[int, int], chain: Chain | None) -> Iterator[Row]:
    """Yield the steps that no row tells of though a later one of the same target was dealt with.

    rows: those that stand, of one sweep. passed: the step dealt with last of each target, which grows.
    """
    if chain is None or not rows:
        return
    epoch, dealt_with = rows[0]["target_epoch"], [row["step"] for row in rows]
    last = chain.last(dealt_with)
    before = passed.get(epoch, 0)
    passed[epoch] = last or before
    for step in chain.steps:
        is_behind = before == 0 or chain.rank(step.code) > chain.rank(before)
        if last and is_behind and chain.rank(step.code) < chain.rank(last) and step.code not in dealt_with:
            row = {"clock_id": rows[0]["clock_id"], "cycle": rows[0]["cycle"]}
            yield row | {"target_epoch": epoch, "step": step.code}


def _by_sweep(row: Row) -> tuple[datetime, int]:
    return row["fired_at"], row["target_epoch"]


def _in_chain(row: Row, chain: Chain | None) -> tuple[int, int, int]:
    return chain.rank(row["step"]) if chain else (0, row["step"], 0)


def _announcement(event: LoggedEvent) -> tuple[str, int, int, datetime]:
    body: Any = event.body
    return body["kind"], body["cycle"], body["step"], event.received_at


def _expected(
    row: Row,
    cycle: AuditedCycle,
    chain: Chain,
    quiet: datetime | None,
    event: LoggedEvent | None,
    *,
    is_last: bool,
) -> Row:
    step, at = row["step"], row["fired_at"]
    # What is likely has no moment of its own but the one at which it was found so.
    due_at = row["fired_at"] if step >= BY_LIKELIHOOD and event else chain.at(step)
    is_quiet = bool(quiet and due_at and due_at <= quiet)
    if step == MISSED and due_at is not None:
        due_at -= SECOND
    stands_alone = step >= BY_LIKELIHOOD or not (is_before_late(step) or chain.comes_again(step))
    is_last = is_last or stands_alone
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
