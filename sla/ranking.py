"""The order of the queue as SQL: from stored places, or worked out of the clocks where those lag behind."""

from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Subquery, and_, bindparam, case, func, literal, or_, select

from servicedesk.kernel.db import connection
from servicedesk.kernel.instants import UtcDateTime
from servicedesk.kernel.prepared import Prepared
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.fields import Join
from servicedesk.tickets.models import Ticket
from servicedesk.tickets.queue import Rank
from sla.core.standing import FIRST_PRIORITY, NO_TIME, Band
from sla.forecast.moments import FORECASTS
from sla.models import Clock, Standing
from sla.storing import CLOCKS

# A sweep renews places every ten seconds; steps that have waited longer mean that none is running.
PATIENCE = timedelta(seconds=30)
# A sweep that kept up a moment ago cannot be so late yet: not every page need look.
LOOKS_EVERY = timedelta(seconds=5)
_FIELDS = frozenset({"sla.band"})
# When the sweep of each database was last seen to keep up.
_KEPT_UP: WeakKeyDictionary[Engine, datetime] = WeakKeyDictionary()


def rank(now: datetime) -> Rank:
    """Return the order of the queue at `now`.

    Stored places come out of an index; if the sweep lags, the order is worked out of the clocks, which
    is slower and needs no sweep.
    """
    return ranked_by_clocks(now) if _sweep_lags(now) else RANKED_BY_PLACES


_LONG_DUE = Prepared(
    select(Clock.id)
    .where(Clock.next_fire_at <= bindparam("since", type_=UtcDateTime()), Clock.stopped_at.is_(None))
    .order_by(Clock.next_fire_at)  # whatever the statistics say: by the index
    .limit(1)
)


def _sweep_lags(now: datetime) -> bool:
    open_connection = connection()
    looked_at = _KEPT_UP.get(open_connection.engine)
    if looked_at is not None and looked_at <= now < looked_at + LOOKS_EVERY:
        return False
    lags = bool(_LONG_DUE.rows(open_connection, since=now - PATIENCE))
    if not lags:
        _KEPT_UP[open_connection.engine] = now
    return lags


# Every open ticket has a place, written with its first event; saying so makes the left join an inner one.
RANKED_BY_PLACES = Rank(
    (Standing.band, Standing.level, Standing.sort_at),  # type: ignore[arg-type]
    _FIELDS,
    only=Standing.band >= int(Band.NOW),
    is_lasting=True,
)


def ranked_by_clocks(now: datetime) -> Rank:
    """Return the order that core/standing.py defines, read off the clocks of each ticket."""
    clocks = _open_clocks(now)
    never = literal(NO_TIME, Standing.sort_at.type)
    late_at, risk_at = func.coalesce(clocks.c.late_at, never), func.coalesce(clocks.c.risk_at, never)
    next_at = func.coalesce(clocks.c.next_at, never)
    waits, is_first = Standing.waits_since.is_not(None), Ticket.priority == FIRST_PRIORITY
    at_risk = func.coalesce(clocks.c.at_risk, 0) == 1
    is_now, is_late = or_(is_first, at_risk), late_at <= now
    band = case(
        (waits, int(Band.WAITING)),
        (is_now, int(Band.NOW)),
        (is_late, int(Band.OVERDUE)),
        else_=int(Band.IN_TIME),
    )
    level = case((or_(waits, is_first), 0), (at_risk, 1), (is_late, Ticket.priority), else_=0)
    sort_at = case(
        (waits, Standing.waits_since),
        (and_(at_risk, ~is_first), next_at),
        (or_(is_first, is_late), late_at),
        else_=risk_at,
    )
    return Rank((band, level, sort_at), _FIELDS, (Join(clocks, clocks.c.subject_id == Ticket.id, "clocks"),))


def _open_clocks(now: datetime) -> Subquery:
    """Return, per ticket: is a clock at risk, when is (or was) one late first or next, at risk first."""
    begins = func.coalesce(FORECASTS.c.risk_at, CLOCKS.c.warn_75_at)
    at_risk = and_(begins <= now, CLOCKS.c.late_at > now)
    can_be_late = CLOCKS.c.late_at.is_not(None)
    return (
        select(
            CLOCKS.c.subject_id,
            func.max(case((at_risk, 1), else_=0)).label("at_risk"),
            func.min(CLOCKS.c.late_at).label("late_at"),
            func.min(case((CLOCKS.c.late_at > now, CLOCKS.c.late_at))).label("next_at"),
            func.min(case((can_be_late, begins))).label("risk_at"),
        )
        .outerjoin(FORECASTS, FORECASTS.c.clock_id == CLOCKS.c.id)
        .where(CLOCKS.c.subject_kind == STREAM, CLOCKS.c.stopped_at.is_(None), CLOCKS.c.type == "sla")
        .group_by(CLOCKS.c.subject_id)
        .subquery()
    )
