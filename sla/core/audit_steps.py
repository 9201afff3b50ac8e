"""The audit of steps: which ones a clock has by its published agreement, read from the document as it stands.

Shares no code with moments.py and escalation.py, which the sweep goes by. A step is told by one number: up to
1000 percent of the target; from a million on minutes before it is used up, from two million on minutes after,
from three million on a likelihood, which has no time of its own.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from servicedesk.kernel.chain import LoggedEvent
from sla.core.audit_figures import AuditedCycle, Calendars, Figures, when_used

MILLION = 1_000_000
BY_LIKELIHOOD = 3 * MILLION


@dataclass(frozen=True, slots=True)
class AuditedStep:
    """A step in its place; `at` is None while its moment does not lie ahead."""

    code: int
    at: datetime | None
    comes_again: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """The steps of a clock in their order; `is_named` where the agreement names them itself."""

    steps: Sequence[AuditedStep]
    target_seconds: int
    is_named: bool

    @property
    def text(self) -> str | None:
        """The chain as a clock keeps it."""
        if not self.is_named:
            return None
        rows = [
            [step.code, step.at.isoformat() if step.at else None] + [1] * step.comes_again
            for step in self.steps
        ]
        return json.dumps(rows, separators=(",", ":"))

    def at(self, code: int) -> datetime | None:
        return next((step.at for step in self.steps if step.code == code), None)

    def comes_again(self, code: int) -> bool:
        return any(step.code == code and step.comes_again for step in self.steps)

    def rank(self, code: int) -> tuple[int, int, int]:
        return _rank(code, self.target_seconds)

    def last(self, codes: Sequence[int]) -> int:
        """Return the step that comes last of some; 0 for none."""
        return max((code for code in codes if code < BY_LIKELIHOOD), key=self.rank, default=0)

    def after(self, code: int) -> AuditedStep | None:
        """Return the first step behind `code`; 0 stands before all."""
        behind = [step for step in self.steps if code == 0 or self.rank(step.code) > self.rank(code)]
        return behind[0] if behind else None


def usual_chain(found: Figures, target_seconds: int) -> Chain:
    """Return the chain of a cycle whose agreement names no steps."""
    usual = ((75, found.warn_75_at), (90, found.warn_90_at), (100, found.late_at))
    return Chain([AuditedStep(code, at) for code, at in usual], target_seconds, is_named=False)


def chain_of(
    cycle: AuditedCycle,
    found: Figures,
    agreements: Mapping[int, tuple[str, Mapping[str, Any]]],
    log: Sequence[LoggedEvent],
    calendars: Calendars,
) -> Chain:
    """Return the chain of a cycle whose figures are `found`, by the rule that the log names for it."""
    said, seconds = cycle.said.body, cycle.aims[-1].seconds
    named = _named(agreements[_number(said["version_id"])][1], str(said["rule"]), cycle.kind)
    if named is None:
        return usual_chain(found, seconds)
    if _is_acknowledged(cycle, log):
        named = {code: again for code, again in named.items() if not again}
    codes = {code: again for code, again in (named | {100: False}).items() if code < BY_LIKELIHOOD}
    ordered = sorted((c for c in codes if _use(c, seconds) > 0), key=lambda c: _rank(c, seconds))
    steps = [AuditedStep(c, _moment(c, cycle, found, calendars), codes[c]) for c in ordered]
    return Chain(steps, seconds, is_named=True)


def is_before_late(code: int) -> bool:
    """Say whether a step warns."""
    return code < 100 or MILLION <= code < 2 * MILLION or code >= BY_LIKELIHOOD


def _named(document: Mapping[str, Any], rule: str, kind: str) -> dict[int, bool] | None:
    """Return each step's number and whether it only comes again; None where the document names none."""
    own = next((each.get("steps") for each in document["rules"] if each["name"].strip() == rule), None)
    rows = document.get("steps") if own is None else own
    if rows is None:
        return None
    mine = [row for row in rows if not row.get("clocks") or kind in row["clocks"]]
    firsts = {_code(row["at"]): False for row in mine}
    return dict.fromkeys((code for row in mine for code in _again(row)), True) | firsts


def _code(at: Mapping[str, int]) -> int:
    ((name, amount),) = at.items()
    base = {"percent": 0, "before_minutes": 1, "after_minutes": 2, "chance_percent": 3}[name]
    return base * MILLION + amount


def _again(row: Mapping[str, Any]) -> Iterator[int]:
    repeat, at = row.get("repeat"), row["at"]
    if not repeat:
        return
    first = at.get("after_minutes", -at.get("before_minutes", 0))
    for number in range(1, repeat["times"] + 1):
        minute = first + number * repeat["every_minutes"]
        if minute >= MILLION or (first < 0 <= minute):
            return
        yield (MILLION if minute < 0 else 2 * MILLION) + abs(minute)


def _use(code: int, target: int) -> int:
    """Return the open seconds used when a step comes."""
    if code < MILLION:
        return (target * code + 99) // 100
    return target - (code - MILLION) * 60 if code < 2 * MILLION else target + (code - 2 * MILLION) * 60


def _rank(code: int, target: int) -> tuple[int, int, int]:
    part = 1 if code == 100 else 0 if is_before_late(code) else 2
    return part, _use(code, target), code


def _moment(code: int, cycle: AuditedCycle, found: Figures, calendars: Calendars) -> datetime | None:
    """Return when a step is due, where the cycle lives to see it; never before its target was set."""
    if code == 100 or cycle.is_cancelled:
        return found.late_at if code == 100 else None
    at = when_used(cycle, _use(code, cycle.aims[-1].seconds), calendars)
    if at is None or (not is_before_late(code) and found.late_at is None):
        return None
    due = max(at, cycle.aims[-1].at)
    if not is_before_late(code) and found.late_at is not None:
        due = max(due, found.late_at)
    return None if cycle.stopped_at and due > cycle.stopped_at else due


def _is_acknowledged(cycle: AuditedCycle, log: Sequence[LoggedEvent]) -> bool:
    """Say whether somebody acknowledged this kind of clock since the cycle has its present target."""
    return any(
        event.type == "clock_acknowledged"
        and event.body["kind"] in (None, cycle.kind)
        and event.at.replace(microsecond=0) >= cycle.aims[-1].at
        for event in log
    )


def _number(value: object) -> int:
    return int(str(value))
