"""Telling open clocks how likely they miss, in batches beside the saves, and moving tickets' places by it.

Like a sweep, a batch claims tickets by locking the ends of their logs: whoever writes to a ticket holds that
lock too, and a busy one is left for the next time.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select, update

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import insert_or_update, session
from servicedesk.kernel.event_log import StreamHead
from servicedesk.kernel.many_rows import among
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.events import STREAM
from sla.core.standing import Band
from sla.forecast.core.desk_model import DeskModel
from sla.forecast.core.told import LIKELY, as_text, seconds_until
from sla.forecast.history import FORETOLD, Cycles, open_cycles
from sla.forecast.models import Forecast
from sla.forecast.moments import FORECASTS, Ahead
from sla.forecast.versions import VersionRow, loaded, shown_version
from sla.models import Clock, Standing
from sla.standings import place_again

BATCH = 100  # tickets: as many as leave SQLite's one writer alone for some 50 ms
MOST = 5_000  # tickets in one run
TELLER = system_actor(Cause("schedule", "sla.forecast"))


def tell() -> int:
    """Bring forecasts and the places that follow from them up to now; return how many tickets were moved.

    Open clocks without a forecast of the version in force get one; where none is good enough to be shown,
    all are taken away, and the queue goes by used shares of targets again.
    """
    version = shown_version()
    model = loaded(version) if version is not None else None
    if version is None or model is None:
        return sum(_withdraw(ticket_ids) for ticket_ids in _batches(_told_tickets()))
    _forget_ended()
    told = sum(_tell(ticket_ids, version, model) for ticket_ids in _batches(_untold(version)))
    return told + sum(_move(ticket_ids) for ticket_ids in _batches(_crossed()))


def _batches(ticket_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for begin in range(0, len(ticket_ids), BATCH):
        yield ticket_ids[begin : begin + BATCH]


def _untold(version: VersionRow) -> Sequence[int]:
    """Return tickets with open clocks that have no forecast of this version for their present target."""
    is_stale = or_(
        Forecast.clock_id.is_(None),
        Forecast.version_id != version.id,
        Forecast.target_epoch != Clock.target_epoch,
    )
    query = (
        select(Clock.subject_id)
        .outerjoin(Forecast, Forecast.clock_id == Clock.id)
        .where(Clock.subject_kind == STREAM, Clock.stopped_at.is_(None), Clock.kind.in_(FORETOLD), is_stale)
        .distinct()
        .limit(MOST)
    )
    found = session().scalars(query).all()
    session().rollback()
    return found


def _told_tickets() -> Sequence[int]:
    query = select(Clock.subject_id).join(Forecast, Forecast.clock_id == Clock.id).distinct().limit(MOST)
    found = session().scalars(query).all()
    session().rollback()
    return found


def _crossed() -> Sequence[int]:
    """Return tickets that are in time by their place although the moment of their risk has come.

    Without a forecast that is the moment of a step, which the sweep deals with.
    """
    told = (
        select(Clock.id)
        .join(Forecast, Forecast.clock_id == Clock.id)
        .where(Clock.subject_kind == STREAM, Clock.subject_id == Standing.ticket_id)
    )
    with saving(TELLER) as save:
        query = (
            select(Standing.ticket_id)
            .where(Standing.band == int(Band.IN_TIME), Standing.level == 0, Standing.sort_at <= save.now)
            .where(told.exists())
            .limit(MOST)
        )
        return session().scalars(query).all()


def _claimed(ticket_ids: Sequence[int]) -> list[int]:
    """Lock the ends of tickets' logs; busy ones are left out."""
    query = (
        select(StreamHead.id)
        .where(StreamHead.kind == STREAM, among(StreamHead.id.expression, ticket_ids))
        .with_for_update(skip_locked=True)
    )
    return list(session().scalars(query))


def _tell(ticket_ids: Sequence[int], version: VersionRow, model: DeskModel) -> int:
    with saving(TELLER) as save:
        claimed = _claimed(ticket_ids)
        query = select(Clock.id).where(
            Clock.subject_kind == STREAM,
            among(Clock.subject_id.expression, claimed),
            Clock.stopped_at.is_(None),
            Clock.kind.in_(FORETOLD),
        )
        cycles = open_cycles(session().scalars(query).all(), now=save.now, zone=the_settings().zone)
        rows = _rows(cycles, version, model, save.now)
        if rows:
            insert_or_update(FORECASTS, rows, ["clock_id"])
        _place(claimed, save.now)
    return len(claimed)


def _rows(cycles: Cycles, version: VersionRow, model: DeskModel, now: datetime) -> list[dict[str, object]]:
    if not cycles.rows:
        return []
    found = []
    told = model.percents(cycles.table, cycles.keys, cycles.targets).tolist()
    for clock, percents, key in zip(cycles.rows, told, cycles.keys.tolist(), strict=True):
        alike = model.alike(tuple(key))
        burn = seconds_until(percents, clock.target_seconds, LIKELY)
        ahead = Ahead(clock.running_since, clock.consumed_seconds, clock.calendar_version)
        row = {
            "clock_id": clock.id,
            "version_id": version.id,
            "target_epoch": clock.target_epoch,
            "percents": as_text(percents),
            "burn_seconds": burn,
            "risk_at": ahead.moment_after(burn),
            "placed_at": now,
            "alike_parts": len(alike.key),
            "alike_count": alike.count,
            "alike_median_seconds": None if alike.median is None else round(alike.median),
        }
        found.append(row)
    return found


def _place(ticket_ids: Sequence[int], now: datetime) -> None:
    """Renew places, and note when: `verify` judges a place by the moment that wrote it."""
    of_them = select(Clock.id).where(
        Clock.subject_kind == STREAM, among(Clock.subject_id.expression, ticket_ids)
    )
    noted = update(Forecast).where(Forecast.clock_id.in_(of_them)).values(placed_at=now)
    session().execute(noted, execution_options={"synchronize_session": False})
    place_again(ticket_ids, now=now)


def _move(ticket_ids: Sequence[int]) -> int:
    with saving(TELLER) as save:
        claimed = _claimed(ticket_ids)
        _place(claimed, save.now)
    return len(claimed)


def _withdraw(ticket_ids: Sequence[int]) -> int:
    with saving(TELLER) as save:
        claimed = _claimed(ticket_ids)
        of_them = select(Clock.id).where(
            Clock.subject_kind == STREAM, among(Clock.subject_id.expression, claimed)
        )
        session().execute(delete(Forecast).where(Forecast.clock_id.in_(of_them)))
        place_again(claimed, now=save.now)
    return len(claimed)


def _forget_ended() -> None:
    """Delete what was told of clocks that have ended."""
    with saving(TELLER):
        ended = select(Clock.id).where(Clock.stopped_at.is_not(None), Clock.id == Forecast.clock_id)
        gone = delete(Forecast).where(ended.exists())
        session().execute(gone, execution_options={"synchronize_session": False})
