"""The audit of retractions: each was due, each that was due was made, and people were told (F9).

Whether a retracted step had come out as it must have when it was dealt with, audit_firings.py finds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from servicedesk.kernel.chain import LoggedEvent
from sla.core.audit_figures import AuditedCycle, Figures
from sla.core.audit_log import is_late
from sla.core.audit_rows import CycleKey, Row
from sla.core.audit_steps import Chain

_COLUMNS = ("due_at", "lag_seconds", "outcome")
_KEY = ("cycle", "target_epoch", "step", "fired_at")
Chains = Callable[[AuditedCycle, Figures, Sequence[LoggedEvent]], Chain]
Told = Mapping[CycleKey, tuple[AuditedCycle, Figures]]


@dataclass(frozen=True, slots=True)
class Fault:
    """A value that is not what the log tells; `column` None: a row too many or too few."""

    table: str
    key: Mapping[str, object]
    column: str | None
    stored: object
    rebuilt: object


def retraction_faults(
    log: Sequence[LoggedEvent],
    firings: Mapping[CycleKey, Sequence[Mapping[str, Any]]],
    stored: Sequence[Mapping[str, Any]],
    rebuilt: Sequence[Row],
    told: Told,
    *,
    chains: Chains,
) -> Iterator[Fault]:
    """Yield what is wrong with the retractions of a ticket, and standing firings that should be among them.

    rebuilt: the retracted firings as they must have come out then.
    """
    late = {event.received_at for event in log if is_late(event)}
    wanted = {tuple(row[name] for name in _KEY): row for row in rebuilt}
    said = {_announced(event) for event in log if event.type == "target_retracted"}
    for row in stored:
        key = {name: row[name] for name in ("kind", *_KEY)}
        then = wanted.get(tuple(row[name] for name in _KEY))
        for name in _COLUMNS if then else ():
            if then and row[name] != then[name]:
                yield Fault("sla_retraction", key, name, row[name], then[name])
        if row["retracted_at"] not in late:
            yield Fault("sla_retraction", key, "retracted_at", row["retracted_at"], "when a call was noted")
        announced = (row["kind"], row["cycle"], row["step"], row["fired_at"], row["retracted_at"])
        if row["outcome"] == "fired" and announced not in said:
            yield Fault("sla_retraction", key, None, "present", "not in the log")
        said.discard(announced)
    for kind, cycle, step, fired_at, _at in said:
        key = {"kind": kind, "cycle": cycle, "step": step, "fired_at": fired_at}
        yield Fault("sla_retraction", key, None, "absent", "present")
    if late and not any(event.type == "taken_back" for event in log):
        yield from _overlooked(firings, told, log, chains)


def _announced(event: LoggedEvent) -> tuple[str, int, int, datetime, datetime]:
    said: Any = event.body
    fired_at = datetime.fromisoformat(said["fired_at"])
    return said["kind"], said["cycle"], said["step"], fired_at, event.received_at


def _overlooked(
    firings: Mapping[CycleKey, Sequence[Mapping[str, Any]]],
    told: Told,
    log: Sequence[LoggedEvent],
    chains: Chains,
) -> Iterator[Fault]:
    """Yield the firings that stand although what is known now says that their step had not come."""
    for (kind, number), rows in firings.items():
        for row in rows:
            found = told.get((kind, number))
            if found is None or not _had_come(row, *found, log, chains):
                key = {"kind": kind, **{name: row[name] for name in _KEY}}
                yield Fault("sla_firing", key, None, "present", "a retraction")


def _had_come(
    row: Mapping[str, Any], cycle: AuditedCycle, found: Figures, log: Sequence[LoggedEvent], chains: Chains
) -> bool:
    if cycle.stopped_at is not None and cycle.stopped_at < row["due_at"]:
        return False
    if len(cycle.aims) != row["target_epoch"] or cycle.is_cancelled:
        return True
    chain = chains(cycle, found, log)
    if row["step"] not in {step.code for step in chain.steps}:
        return True  # a likelihood, or a repeat that ended: there is no moment to compare with
    came = chain.at(row["step"])
    return came is not None and came <= row["fired_at"]
