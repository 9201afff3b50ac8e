"""Telling open clocks how likely they miss, in batches beside the saves, and moving tickets' places by it.

Like a sweep, a batch claims tickets by locking the ends of their logs: whoever writes to a ticket holds that
lock too, and a busy one is left for the next time.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from servicedesk.identity.actor import system_actor
from servicedesk.kernel import clock
from servicedesk.kernel.command import saving
from servicedesk.kernel.db import insert_or_update, session
from servicedesk.kernel.event_log import StreamHead
from servicedesk.kernel.many_rows import among
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.this_desk import the_settings
from servicedesk.tickets.events import STREAM
from sla.core.standing import Band
from sla.forecast.core.desk_model import DeskModel
from sla.forecast.core.told import FORETOLD, LIKELY, as_text, seconds_until
from sla.forecast.history import SETTLING, Cycles, open_cycles
from sla.forecast.models import Forecast
from sla.forecast.moments import FORECASTS, Ahead
from sla.forecast.versions import VersionRow, loaded, shown_version
from sla.models import Clock, Standing
from sla.standings import place_by_stored_clocks

BATCH = 50  # tickets: as many as a sweep holds at a time
MOST = 2_000  # tickets in one run; the next one goes on
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
    """Return tickets with open clocks that have no forecast of this version for their present target.

    One that was told before all was known is told once more.
    """
    is_stale = or_(
        Forecast.clock_id.is_(None),
        Forecast.version_id != version.id,
        Forecast.target_epoch != Clock.target_epoch,
        and_(Forecast.is_settled.is_(False), Clock.started_at <= clock.now() - SETTLING),
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
    """Tell the clocks of some tickets; what takes long is done before anybody has to wait."""
    asked = select(Clock.id).where(*_foretold(ticket_ids))
    cycles = open_cycles(session().scalars(asked).all(), now=clock.now(), zone=the_settings().zone)
    told = _told(cycles, version, model)
    session().rollback()
    with saving(TELLER) as save:
        claimed = _claimed(ticket_ids)
        standing = session().execute(select(*_AHEAD).where(*_foretold(claimed))).all()
        rows = [
            told[row.id] | {"risk_at": _moment(row, told[row.id]), "placed_at": save.now}
            for row in standing
            if row.id in told and told[row.id]["target_epoch"] == row.target_epoch
        ]
        if rows:
            insert_or_update(FORECASTS, rows, ["clock_id"])
        _place(claimed, save.now)
    return len(claimed)


_AHEAD = (Clock.id, Clock.target_epoch, Clock.running_since, Clock.consumed_seconds, Clock.calendar_version)


def _foretold(ticket_ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        Clock.subject_kind == STREAM,
        among(Clock.subject_id.expression, ticket_ids),
        Clock.stopped_at.is_(None),
        Clock.kind.in_(FORETOLD),
    )


def _moment(row: Any, told: Mapping[str, Any]) -> datetime | None:
    return Ahead(row.running_since, row.consumed_seconds, row.calendar_version).moment_after(
        told["burn_seconds"]
    )


def _told(cycles: Cycles, version: VersionRow, model: DeskModel) -> dict[int, dict[str, Any]]:
    """Return what is told of clocks by their ids, without what depends on the moment of writing."""
    if not cycles.rows:
        return {}
    now, found = clock.now(), {}
    told = model.percents(cycles.table, cycles.keys, cycles.targets).tolist()
    for row, percents, key in zip(cycles.rows, told, cycles.keys.tolist(), strict=True):
        alike = model.alike(tuple(key))
        found[row.id] = {
            "clock_id": row.id,
            "version_id": version.id,
            "target_epoch": row.target_epoch,
            "percents": as_text(percents),
            "burn_seconds": seconds_until(percents, row.target_seconds, LIKELY),
            "is_settled": row.started_at + SETTLING <= now,
            "alike_parts": len(alike.key),
            "alike_count": alike.count,
            "alike_median_seconds": None if alike.median is None else round(alike.median),
        }
    return found


def _place(ticket_ids: Sequence[int], now: datetime) -> None:
    """Renew places, and note when: `verify` judges a place by the moment that wrote it."""
    of_them = select(Clock.id).where(
        Clock.subject_kind == STREAM, among(Clock.subject_id.expression, ticket_ids)
    )
    noted = update(Forecast).where(Forecast.clock_id.in_(of_them)).values(placed_at=now)
    session().execute(noted, execution_options={"synchronize_session": False})
    place_by_stored_clocks(ticket_ids, now=now)


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
        place_by_stored_clocks(claimed, now=save.now)
    return len(claimed)


def _forget_ended() -> None:
    """Delete what was told of clocks that have ended."""
    with saving(TELLER):
        ended = select(Clock.id).where(Clock.stopped_at.is_not(None), Clock.id == Forecast.clock_id)
        gone = delete(Forecast).where(ended.exists())
        session().execute(gone, execution_options={"synchronize_session": False})
