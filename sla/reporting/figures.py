"""How promises ended: kept and broken, how late, how long it took, and what was done to targets by hand."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, case, cast, distinct, func, select
from sqlalchemy.types import BigInteger, Integer

from servicedesk.identity.actor import Actor
from servicedesk.kernel.db import is_postgresql, session
from sla.core.events import KINDS, PROMISED
from sla.reporting.asked import Asked
from sla.reporting.population import LATE, STANDINGS, Population

# Quantiles by nearest rank: the smallest value that so many percent do not exceed.
SHARES = (50, 75, 90)


@dataclass(frozen=True, slots=True)
class Spread:
    """Some lengths of time in seconds: how many, their sum, and quantiles; None where there are none."""

    count: int
    sum: int
    median: int | None
    p75: int | None
    p90: int | None

    @property
    def mean(self) -> int | None:
        """Return the mean in whole seconds."""
        return round(self.sum / self.count) if self.count else None


NOTHING = Spread(0, 0, None, None, None)


@dataclass(frozen=True, slots=True)
class OpenFigures:
    """Cycles that had not ended at a moment: how many, those late by then, and those at risk but not late."""

    open: int
    late: int
    at_risk: int


@dataclass(frozen=True, slots=True)
class KindFigures:
    """One clock: judged cycles and those kept, how late the ended ones were, and how long they took.

    lowered: became late in the period, judged by an easier target since; counted apart from `late`.
    retargets: changes of targets; overridden: cycles whose due moment a person set. working, wall: time of
    the ended ones by the calendar with pauses left out, and as their customers felt it. standing: the cycles
    that had not ended at the moment of the question.
    """

    kind: str
    met: int
    judged: int
    lowered: int
    retargets: int
    overridden: int
    late_by: Spread
    working: Spread
    wall: Spread
    standing: OpenFigures

    @property
    def late(self) -> int:
        """Return how many are late."""
        return self.judged - self.met


@dataclass(frozen=True, slots=True)
class PromiseFigures:
    """What became of promises, by clock and by ticket: without a late cycle, of all with a judged one."""

    asked: Asked
    kinds: tuple[KindFigures, ...]
    tickets_kept: int
    tickets: int


def promise_figures(viewer: Actor, asked: Asked, *, now: datetime) -> PromiseFigures:
    """Return the figures of the period as they were known at `asked.as_of`."""
    found = Population(viewer, asked, now)
    judged = found.judged()
    counts, spreads = _counts(judged), _spreads(judged)
    lowered, standing = _count_by_kind(found.lowered()), _standing(found)
    kinds = [kind for kind in KINDS if asked.kind in (None, kind)]
    kept, tickets = _by_ticket(judged, KINDS if asked.kind else PROMISED)
    return PromiseFigures(
        asked,
        tuple(
            _kind(kind, counts, spreads, lowered.get(kind, 0), standing.get(kind, OpenFigures(0, 0, 0)))
            for kind in kinds
        ),
        kept,
        tickets,
    )


def _kind(
    kind: str,
    counts: Mapping[str, tuple[int, ...]],
    spreads: Mapping[tuple[str, str], Spread],
    lowered: int,
    standing: OpenFigures,
) -> KindFigures:
    judged, met, retargets, overridden = counts.get(kind, (0, 0, 0, 0))
    late_by, working, wall = (spreads.get((kind, name), NOTHING) for name in ("late", "working", "wall"))
    return KindFigures(
        kind, met, judged, lowered, retargets, overridden, late_by, working, wall, standing=standing
    )


def _counts(judged: FromClause) -> dict[str, tuple[int, ...]]:
    """Return by kind: judged, met, changes of targets, and set by hand."""
    c = judged.c
    query = select(
        c.kind,
        func.count(),
        func.sum(case((c.state == "met", 1), else_=0)),
        func.sum(c.target_epoch - 1),
        func.sum(c.is_overridden),
    ).group_by(c.kind)
    return {kind: tuple(int(number) for number in numbers) for kind, *numbers in session().execute(query)}


def _standing(found: Population) -> dict[str, OpenFigures]:
    """Return by kind how the cycles stood that had not ended at the moment."""
    c = found.open().c
    held = (func.sum(case((STANDINGS[name](c, found.asked), 1), else_=0)) for name in ("late", "at_risk"))
    query = select(c.kind, func.count(), *held).group_by(c.kind)
    return {
        kind: OpenFigures(*(int(number) for number in numbers)) for kind, *numbers in session().execute(query)
    }


def _by_ticket(judged: FromClause, kinds: Collection[str]) -> tuple[int, int]:
    """Return how many tickets kept what customers were promised, and of how many."""
    c = judged.c
    late = func.count(distinct(case((c.state.in_(LATE), c.ticket_id), else_=None)))
    total, broken = (
        session().execute(select(func.count(distinct(c.ticket_id)), late).where(c.kind.in_(kinds))).one()
    )
    return total - broken, total


def _count_by_kind(rows: FromClause) -> dict[str, int]:
    query = select(rows.c.kind, func.count()).group_by(rows.c.kind)
    return {str(kind): int(count) for kind, count in session().execute(query)}


def _spreads(judged: FromClause) -> dict[tuple[str, str], Spread]:
    """Return how late, and how long in working and wall time, by kind: each length ranked by the database."""
    c = judged.c
    late = c.used_seconds - c.target_seconds
    lengths = {
        "late": (late, c.state == "missed"),
        "working": (c.used_seconds, c.stopped_at.is_not(None)),
        "wall": (_seconds_between(c.started_at, c.stopped_at), c.stopped_at.is_not(None)),
    }
    found: dict[tuple[str, str], Spread] = {}
    for name, (length, is_of_it) in lengths.items():
        for kind, *numbers in session().execute(_quantiles(c.kind, length, is_of_it)):
            found[kind, name] = Spread(*(int(number) for number in numbers))
    return found


def _quantiles(kind: ColumnElement[str], length: ColumnElement[Any], is_of_it: ColumnElement[bool]) -> Any:
    place = func.row_number().over(partition_by=kind, order_by=length).label("place")
    size = func.count().over(partition_by=kind).label("size")
    ranked = select(kind.label("kind"), length.label("length"), place, size).where(is_of_it).subquery()
    quantiles = (
        func.min(case((ranked.c.place * 100 >= ranked.c.size * share, ranked.c.length), else_=None))
        for share in SHARES
    )
    query = select(ranked.c.kind, func.count(), func.sum(ranked.c.length), *quantiles)
    return query.group_by(ranked.c.kind)


def _seconds_between(begin: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[int]:
    if is_postgresql():
        return cast(func.extract("epoch", end) - func.extract("epoch", begin), BigInteger)
    seconds = [cast(func.strftime("%s", each), Integer) for each in (end, begin)]
    return seconds[0] - seconds[1]
