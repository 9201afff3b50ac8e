"""The figures of promises as one table, which page, CSV, XLSX and API share."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import organisations
from servicedesk.tickets.reporting.reopened import ReopenRate, reopen_rate
from sla.reporting.asked import Asked
from sla.reporting.causes import Causes
from sla.reporting.credits import Credit, service_credits
from sla.reporting.figures import KindFigures, PromiseFigures, Spread, promise_figures
from sla.reporting.pauses import Pauses

Value = str | int | float | datetime | None


class FigureRow(NamedTuple):
    """One figure. unit: share (0 to 1), count, seconds or percent; a value is None where there is nothing."""

    figure: str
    clock: str
    agreement: str
    organisation: str
    value: int | float | None
    unit: str
    numerator: int | None
    denominator: int | None


@dataclass(frozen=True, slots=True)
class FiguresReport:
    """What became of the promises of a period, what came back, and what agreements give back."""

    promises: PromiseFigures
    reopened: ReopenRate
    given_back: tuple[Credit, ...]

    @property
    def rows(self) -> tuple[FigureRow, ...]:
        """Return every figure as a row, in a fixed order."""
        found = [row for kind in self.promises.kinds for row in _of_kind(kind)]
        found.append(_share("tickets_kept", "", self.promises.tickets_kept, self.promises.tickets))
        found.append(_share("reopened", "", self.reopened.reopened, self.reopened.done))
        return (*found, *(_credit(each) for each in self.given_back))


def figures_report(viewer: Actor, asked: Asked, *, now: datetime) -> FiguresReport:
    """Return all figures of a period as known at `asked.as_of`."""
    return FiguresReport(
        promise_figures(viewer, asked, now=now),
        reopen_rate(
            viewer,
            from_at=asked.from_at,
            to_at=asked.to_at,
            as_of=asked.as_of,
            group_id=asked.group_id,
            priority=asked.priority,
            organisation_id=asked.organisation_id,
        ),
        service_credits(viewer, asked, now=now),
    )


def _of_kind(found: KindFigures) -> Iterator[FigureRow]:
    kind = found.kind
    yield _share("attainment", kind, found.met, found.judged)
    for name in ("late", "lowered", "retargets", "overridden"):
        yield FigureRow(name, kind, "", "", getattr(found, name), "count", None, None)
    for name in ("open", "late", "at_risk"):
        figure = name if name == "open" else f"open_{name}"
        yield FigureRow(figure, kind, "", "", getattr(found.standing, name), "count", None, None)
    spreads = (("late_by", found.late_by), ("working_time", found.working), ("wall_time", found.wall))
    for name, spread in spreads:
        yield from _of_spread(name, kind, spread)


def _of_spread(name: str, kind: str, spread: Spread) -> Iterator[FigureRow]:
    for part in ("median", "p75", "p90", "mean", "sum"):
        value = getattr(spread, part) if spread.count else None
        yield FigureRow(f"{name}_{part}", kind, "", "", value, "seconds", None, spread.count)


def _share(figure: str, kind: str, numerator: int, denominator: int) -> FigureRow:
    value = numerator / denominator if denominator else None
    return FigureRow(figure, kind, "", "", value, "share", numerator, denominator)


def _credit(found: Credit) -> FigureRow:
    customer = organisations().get(found.organisation_id) if found.organisation_id is not None else None
    name = customer.name if customer else ""
    return FigureRow(
        "credit", found.kind, found.agreement, name, found.percent, "percent", found.met, found.judged
    )


CAUSE_HEAD = ("ticket", "clock", "cycle", "judged_at", "late_seconds")


def cause_rows(found: Causes) -> tuple[tuple[Value, ...], ...]:
    """Return each broken promise with the parts of its late time, after the columns of CAUSE_HEAD."""
    return tuple(
        (each.ticket_id, each.kind, each.cycle, each.judged_at, each.late_seconds, *each.parts.values())
        for each in found.cycles
    )


PAUSE_HEAD = ("ticket", "clock", "cycle", "judged_at", "life_seconds", "paused_seconds", "reason")


def pause_rows(found: Pauses) -> tuple[tuple[Value, ...], ...]:
    """Return the pauses of each cycle, a row for each reason."""
    return tuple(
        (each.ticket_id, each.kind, each.cycle, each.judged_at, each.life_seconds, seconds, reason)
        for each in found.cycles
        for reason, seconds in sorted(each.reasons.items())
    )
