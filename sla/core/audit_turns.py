"""The audit of clocks of subjects that are no tickets: their cycles made again from what their logs say.

A second road beside the fold of turns (turns.py); figures and ledgers are those of the audit of tickets.
"""

from collections.abc import Sequence
from typing import Any

from servicedesk.kernel.chain import LoggedEvent
from sla.core.audit_figures import Aim, AuditedCycle, Calendars, Line

_LINE_OF = {"pause": "paused", "resume": "running", "start": "running"}


def audit_turns(log: Sequence[LoggedEvent], calendars: Calendars) -> list[AuditedCycle]:
    """Return every cycle that a subject's log tells of; `log` holds what was said of its clocks."""
    found: list[AuditedCycle] = []
    for event in sorted(log, key=lambda event: (event.at, event.seq)):
        said: Any = event.body
        of_kind = [cycle for cycle in found if cycle.kind == said["kind"]]
        live = next((cycle for cycle in of_kind if cycle.stopped_at is None), None)
        if live is None and said["what"] == "start":
            at = event.at.replace(microsecond=0)
            live = AuditedCycle(said["kind"], len(of_kind) + 1, at, event, event.command_id)
            found.append(live)
        if live is not None:
            _live_on(live, event, calendars)
    return found


def _live_on(cycle: AuditedCycle, event: LoggedEvent, calendars: Calendars) -> None:
    said: Any = event.body
    at = event.at.replace(microsecond=0)
    if said["what"] in ("stop", "cancel"):
        cycle.stopped_at, cycle.is_cancelled = at, said["what"] == "cancel"
        if line := cycle.current:
            line.to_at, line.has_end_of_clock = at, True
        return
    if said["what"] == "start":
        cycle.said = event
        _aim(cycle, event, calendars)
    reason = said["reason"] if said["what"] == "pause" else ""
    _write(cycle, Line(at, _LINE_OF[said["what"]], reason, cycle.aims[-1].calendar))


def _aim(cycle: AuditedCycle, event: LoggedEvent, calendars: Calendars) -> None:
    said: Any = event.body
    seconds, calendar = said["target"]
    at = event.at.replace(microsecond=0)
    line = cycle.current
    if line and line.calendar is not None and not calendars.is_same(line.calendar, calendar):
        _write(cycle, Line(at, line.kind, line.reason, calendar), is_cut=True)
    elif line:
        line.calendar = calendar
    cycle.aims.append(Aim(at, seconds, calendar, cycle.started_at))


def _write(cycle: AuditedCycle, line: Line, *, is_cut: bool = False) -> None:
    current = cycle.current
    if current and not is_cut and (current.kind, current.reason) == (line.kind, line.reason):
        return
    if current:
        current.to_at = line.from_at
        if current.from_at == line.from_at:
            cycle.lines.pop()
    cycle.lines.append(line)
