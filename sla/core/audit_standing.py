"""Audited clocks as the place in the queue that should be stored: one row for each open ticket.

Written from the order of bands in docs/sla.md; it shares no code with the place that saves and sweeps keep.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from servicedesk.calendars.hours import NeverOpen
from servicedesk.kernel.chain import LoggedEvent
from sla.core.audit_figures import Calendars
from sla.core.audit_log import StatusFacts, still_told
from sla.forecast.core.told import LIKELY, STEPS, from_text, seconds_until

Row = dict[str, Any]

NOW, IN_TIME, OVERDUE, WAITING = range(4)
# Where no promise tells when to begin: after everything that has one.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
_OF_THE_LEAD = {
    **{name: name for name in ("kind", "state", "target_seconds", "consumed_seconds", "running_since")},
    **{name: name for name in ("due_at", "breach_at", "calendar_version")},
    "risk_at": "risk_at",
    "percents": "percents",
}


@dataclass(frozen=True, slots=True)
class _Ticket:
    """What a log says of its ticket in the end: is it done, its priority, and since when it waits."""

    status: StatusFacts
    priority: int
    waits_since: datetime | None


def standing_rows(
    log: Sequence[LoggedEvent], statuses: Mapping[str, StatusFacts], clocks: Sequence[Row], now: datetime
) -> Iterator[Row]:
    """Yield the one row of an open ticket, none of one that is done or that no log tells of.

    clocks: its rows as they should be stored, each with `risk_at` (see `with_risk`). now: when
    a save, a sweep or a forecast wrote the place last.
    """
    if not any(event.type == "ticket_opened" for event in log):
        return  # a clock that says it belongs to it is itself what is wrong
    ticket = _told(log, statuses)
    if ticket.status.is_done:
        return
    promised = [row for row in clocks if row["type"] == "sla" and row["stopped_at"] is None]
    live = sorted(promised, key=lambda row: row["kind"])
    band, level, sort_at = _place(live, ticket, now)
    lead = min(live, key=_urgency, default=None)
    yield {
        "ticket_id": log[0].stream.id,
        "band": band,
        "level": level,
        "sort_at": sort_at,
        "priority": ticket.priority,
        "waits_since": ticket.waits_since,
        **{column: lead[name] if lead else None for column, name in _OF_THE_LEAD.items()},
    }


def with_risk(
    clocks: Sequence[Row], forecasts: Sequence[Row], calendars: Calendars
) -> tuple[list[Row], list[Row]]:
    """Return clocks with the moment their risk begins, and forecasts with the moment that should be stored.

    What a forecast says of a clock, `percents`, is taken as it stands: an estimate that no log tells.
    What follows from it is made again. Without one the risk begins with the first warning.
    """
    by_id = {row["id"]: row for row in clocks}
    burns = {row["clock_id"]: _burn(row, by_id.get(row["clock_id"])) for row in forecasts}
    moments = {
        row["clock_id"]: _moment(row, burns[row["clock_id"]], by_id.get(row["clock_id"]), calendars)
        for row in forecasts
    }
    told = {(row["clock_id"], row["target_epoch"]): row["percents"] for row in forecasts}
    risks = [
        {
            **row,
            "risk_at": moments.get(row["id"]) or row["warn_75_at"],
            "percents": told.get((row["id"], row["target_epoch"])),
        }
        for row in clocks
    ]
    made_again = [
        {**row, "burn_seconds": burns[row["clock_id"]], "risk_at": moments[row["clock_id"]]}
        for row in forecasts
    ]
    return risks, made_again


def _burn(forecast: Row, clock: Row | None) -> int | None:
    """Return the open time after which a stored forecast is over a half; None where it is none."""
    if clock is None or clock["target_epoch"] != forecast["target_epoch"]:
        return int(forecast["burn_seconds"])  # it was told of a target that the clock has no more
    try:
        percents = from_text(forecast["percents"])
    except ValueError:
        return None
    if len(percents) != STEPS + 1 or percents[-1] != 100 or list(percents) != sorted(percents):
        return None
    return seconds_until(percents, clock["target_seconds"], LIKELY)


def _moment(forecast: Row, burn: int | None, row: Row | None, calendars: Calendars) -> datetime | None:
    if row is None or row["stopped_at"] or row["target_epoch"] != forecast["target_epoch"] or burn is None:
        return None
    begins: datetime | None = row["running_since"]
    more = burn - row["consumed_seconds"]
    if begins is None or more <= 0:
        return begins
    try:
        return calendars.hours(row["calendar_version"]).add(begins, more).due_at
    except NeverOpen:
        return None


def _urgency(row: Row) -> tuple[datetime, int]:
    return row["late_at"] or NEVER, row["target_seconds"] - row["consumed_seconds"]


def _place(live: Sequence[Row], ticket: _Ticket, now: datetime) -> tuple[int, int, datetime]:
    ends = [row["late_at"] for row in live if row["late_at"]]
    first_end = min(ends, default=NEVER)
    starts = [(row["risk_at"], row["late_at"]) for row in live if row["risk_at"] and row["late_at"]]
    if ticket.waits_since:
        return WAITING, 0, ticket.waits_since
    if ticket.priority == 1:
        return NOW, 0, first_end
    if any(start <= now < end for start, end in starts):
        return NOW, 1, min(end for end in ends if end > now)
    if any(end <= now for end in ends):
        return OVERDUE, ticket.priority, first_end
    return IN_TIME, 0, min((start for start, _end in starts), default=NEVER)


def _told(log: Sequence[LoggedEvent], statuses: Mapping[str, StatusFacts]) -> _Ticket:
    ordered = sorted(still_told(log), key=lambda event: (event.at, event.seq))
    opening: Any = next(event.body for event in ordered if event.type == "ticket_opened")
    status, priority, waits_since = statuses[opening["status"]], opening["priority"], None
    for event in ordered:
        said: Any = event.body
        if event.type == "status_changed":
            status = statuses[said["to_status"]]
            waits = status.to("resolution") == "paused"
            waits_since = (waits_since or event.at) if waits else None
        elif event.type == "fields_changed" and "priority" in said["changes"]:
            priority = said["changes"]["priority"][1]
    return _Ticket(status, priority, waits_since)
