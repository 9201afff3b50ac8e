"""What roll-ups have to verify: every rolled-up day against the clocks, counted one by one."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import cast

from sqlalchemy import Table, select

from servicedesk.kernel.db import session
from servicedesk.kernel.differences import Difference, compared
from servicedesk.kernel.stored_rows import Row, stored_rows, stream
from servicedesk.tickets.core.periods import day_of
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Ticket
from sla.models import Clock, CountedDay, DayCount

COUNTS, DAYS = (cast(Table, model.__table__) for model in (DayCount, CountedDay))


def check_rollups() -> Iterator[Difference]:
    """Yield where the counts of a day that nothing has changed since are not those of its clocks."""
    query = select(DAYS.c.day, DAYS.c.zone).where(DAYS.c.is_stale.is_(False))
    zones = dict(session().execute(query).all())
    fresh = [row for row in stored_rows(COUNTS) if row["day"] in zones]
    if zones:
        yield from compared(
            "sla_day_count", ["kind", "day", "group_id"], stored=fresh, rebuilt=_recount(zones)
        )


def _recount(zones: dict[int, str]) -> list[Row]:
    zone = next(iter(zones.values()))
    judged: Counter[tuple[str, int, int]] = Counter()
    met: Counter[tuple[str, int, int]] = Counter()
    query = (
        select(Clock.kind, Clock.judged_at, Clock.state, Ticket.group_id)
        .join(Ticket, Ticket.id == Clock.subject_id)
        .where(Clock.subject_kind == STREAM, Clock.judged_at.is_not(None), Ticket.times_known)
    )
    for kind, at, state, group_id in stream(query):
        day = day_of(at, zone).toordinal()
        if day in zones and state in ("met", "missed", "overdue"):
            judged[kind, day, group_id] += 1
            met[kind, day, group_id] += state == "met"
    names = ("kind", "day", "group_id")
    return [
        dict(zip(names, key, strict=True))
        | {"met": met[key], "judged": count, "month": int(f"{date.fromordinal(key[1]):%Y%m}")}
        for key, count in judged.items()
    ]
