"""Audited cycles as the rows that should be stored: clocks with the memory of their steps, and ledgers."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import groupby
from typing import Any

from servicedesk.kernel.chain import LoggedEvent
from sla.core.audit_figures import AuditedCycle, Figures
from sla.core.audit_log import KNOWN, is_late
from sla.core.audit_steps import Chain

Row = dict[str, Any]
CycleKey = tuple[str, int]
ANNOUNCED = frozenset({"target_at_risk", "target_missed", "target_still_missed", "target_foreseen"})
_FIGURES = tuple(field.name for field in fields(Figures))


@dataclass(frozen=True, slots=True)
class Touch:
    """Something that wrote to a ticket's clocks: a save (its `command_id`), or a sweep at `at`.

    log_length: events in the log once it was done. before: events that it found there. takes_back: it changed
    what the log had told.
    """

    at: datetime
    before: int
    log_length: int
    command_id: str | None = None
    takes_back: bool = False


def touches(log: Sequence[LoggedEvent], sweeps: Sequence[datetime]) -> list[Touch]:
    """Return what wrote to the clocks of a ticket, in order; `sweeps` are the moments of stored firings.

    A sweep that announced something has its place in the log; one that only passed over steps comes after
    every save of its moment.
    """
    found, announced = [], set()
    for command_id, grouped in groupby(log, key=lambda event: event.command_id):
        events = list(grouped)
        before, length = events[0].seq - 1, events[-1].seq
        if any(event.type in KNOWN for event in events):
            takes_back = any(event.type == "taken_back" or is_late(event) for event in events)
            found.append(Touch(events[0].received_at, before, length, command_id, takes_back))
        elif any(event.type in ANNOUNCED for event in events):
            announced.add(events[0].received_at)
            found.append(Touch(events[0].received_at, before, length))
    for at in sorted(set(sweeps) - announced):
        length = sum(event.received_at <= at for event in log)
        found.append(Touch(at, length, length))
    return sorted(found, key=lambda touch: (touch.log_length, touch.at))


def clock_row(log: Sequence[LoggedEvent], cycle: AuditedCycle, found: Figures) -> Row:
    """Return a clock's row as the log tells it, without its id and the memory of its steps."""
    said: Any = cycle.said.body
    current, aim = cycle.current, cycle.aims[-1]
    reason = {name: said[name] for name in ("agreement", "rule", "position", "matched")}
    return {name: getattr(found, name) for name in _FIGURES} | {
        "subject_kind": "ticket",
        "subject_id": log[0].stream.id,
        "kind": cycle.kind,
        "cycle": cycle.number,
        "type": {"assignment": "ola", "vendor": "uc"}.get(cycle.kind, "sla"),
        "rule_version": said["version_id"],
        "rule": said["rule"],
        "reason": json.dumps(reason, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        "calendar_version": aim.calendar,
        "target_seconds": aim.seconds,
        "target_epoch": len(cycle.aims),
        "aimed_at": aim.at,
        "is_overridden": cycle.is_overridden,
        "started_at": cycle.started_at,
        "running_since": current.from_at if current and current.kind == "running" else None,
        "quiet_until": quiet_until(log),
        "stopped_at": cycle.stopped_at,
    }


def quiet_until(log: Sequence[LoggedEvent]) -> datetime | None:
    """Return when the last imported event arrived: steps up to there stay silent."""
    return max((event.received_at for event in log if event.cause.kind == "import"), default=None)


def step_memory(row: Row, firings: Sequence[Row], chain: Chain) -> Row:
    """Return what a clock remembers of its steps: those dealt with since its present target was set."""
    fired = chain.last([each["step"] for each in firings if each["target_epoch"] == row["target_epoch"]])
    following = chain.after(fired)
    return {
        "plan": chain.text,
        "fired_step": fired,
        "next_step": following.code if following else None,
        "next_fire_at": following.at if following else None,
    }


def keeping(
    told: Callable[[int], Sequence[AuditedCycle]],
    done: Sequence[Touch],
    firings: Mapping[CycleKey, Sequence[Row]],
    log_length: int,
) -> dict[CycleKey, Row]:
    """Return how far each clock has read the log, and how often it was written.

    Every save writes all clocks of the ticket; a sweep writes those that it deals with, and first all of
    them where the log has grown since by what clocks do not read. What is taken back takes clocks along and
    may bring others, which are new then. told: the cycles that the first so many events tell of.
    """
    written: dict[CycleKey, int] = {}
    known_to = 0
    rewritings = [touch for touch in done if touch.takes_back]
    ends = [*(touch.before for touch in rewritings), log_length]
    cycles = told(ends.pop(0))
    for touch in done:
        if touch.takes_back:
            there = [(cycle.kind, cycle.number) for cycle in told(touch.log_length)]
            written = {key: written.get(key, 0) + 1 for key in there}
            known_to, cycles = touch.log_length, told(ends.pop(0))
            continue
        if touch.command_id is not None or touch.before != known_to:
            written = {key: times + 1 for key, times in written.items()}
        known_to = touch.log_length
        for cycle in cycles:
            key = cycle.kind, cycle.number
            if touch.command_id is not None and cycle.born_in == touch.command_id:
                written[key] = 1
            if touch.command_id is None and any(
                each["fired_at"] == touch.at for each in firings.get(key, ())
            ):
                written[key] = written.get(key, 0) + 1
    return {key: {"row_version": times, "last_event_seq": known_to} for key, times in written.items()}


def span_rows(clock_id: int, cycle: AuditedCycle) -> Iterator[Row]:
    """Yield the ledger of a cycle as rows."""
    for position, line in enumerate(cycle.lines, start=1):
        yield {
            "clock_id": clock_id,
            "position": position,
            "from_at": line.from_at,
            "to_at": line.to_at,
            "kind": line.kind,
            "reason": line.reason,
            "calendar_version": line.calendar,
            "counts": line.counts,
        }
