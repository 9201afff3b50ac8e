"""Wall clocks and instants: the desk's zone data, and the way from a local time to an instant.

Zone data is read from the installed `tzdata` package and never from the machine: two machines with
system data of different age would otherwise promise different deadlines.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import metadata, resources
from io import BytesIO
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ON_THE_WALL = EPOCH.replace(tzinfo=None)
_SECOND = timedelta(seconds=1)


class UnknownZone(ValueError):
    """No such zone in the zone data; names are compared exactly, as in "Asia/Almaty"."""


@cache
def tzdata_version() -> str:
    """Return the version of the zone data that every calendar of this process is compiled with."""
    return metadata.version("tzdata")


@cache
def zone_names() -> frozenset[str]:
    """Return every zone name that a calendar may have."""
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())


def zone(name: str) -> ZoneInfo:
    """Return the zone of that name; raises UnknownZone."""
    return zone_of_data(name, zone_data(name))


@cache
def zone_data(name: str) -> bytes:
    """Return what the installed zone data says of a zone, as a TZif file; raises UnknownZone."""
    # Also keeps "../../etc/passwd" from being opened as a zone.
    if name not in zone_names():
        raise UnknownZone(name)
    return resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


@cache
def zone_of_data(name: str, data: bytes) -> ZoneInfo:
    """Return the zone that a TZif file describes: the same object for the same bytes."""
    return ZoneInfo.from_file(BytesIO(data), key=name)


def epoch_of(at: datetime) -> int:
    """Return the whole seconds from 1970-01-01T00:00Z to `at`, rounded down; TypeError if `at` is naive."""
    since = at - EPOCH
    return since.days * 86400 + since.seconds


def instant(epoch: int) -> datetime:
    """Return that many seconds after 1970-01-01T00:00Z as an aware UTC datetime."""
    return EPOCH + timedelta(0, epoch)


def wall_at(at: datetime, where: ZoneInfo) -> datetime:
    """Return the naive date and time that a clock in `where` shows at the instant `at`."""
    return at.astimezone(where).replace(tzinfo=None, fold=0)


def boundary(where: str | ZoneInfo, wall: datetime) -> datetime:
    """Return the first instant at which the wall clock of the zone shows `wall` or later, in UTC.

    wall: naive. The earlier occurrence if it comes twice, the moment of the change if it never comes.
    Later walls never give earlier instants, so spans that touch on the wall clock touch in time, and
    a span inside a skipped hour or date is empty.
    """
    return EPOCH + _since_epoch(_zone_of(where), _naive(wall))


def boundary_epoch(where: ZoneInfo, wall: datetime) -> int:
    """Return `boundary` of a wall time in whole seconds, as seconds since 1970."""
    since = _since_epoch(where, wall)
    return since.days * 86400 + since.seconds


def typed(where: str | ZoneInfo, wall: datetime) -> datetime:
    """Return the instant a person means by the naive local time `wall`, in UTC.

    As `boundary`, but a time inside a skipped hour moves on by as much as was skipped: on the night
    when 02:00 becomes 03:00, 02:05 means 03:05.
    """
    naive = _naive(wall)
    # Before a gap the earlier offset is in force: reading the wall by it lands after the gap.
    return EPOCH + (naive - _EPOCH_ON_THE_WALL - _offset(_zone_of(where), naive))


def _since_epoch(where: ZoneInfo, wall: datetime) -> timedelta:
    first = _offset(where, wall)
    second = _offset(where, wall.replace(fold=1))
    since = wall - _EPOCH_ON_THE_WALL
    if first >= second:
        return since - first
    return _change_between(where, wall, since - second, since - first)


def _change_between(where: ZoneInfo, wall: datetime, before: timedelta, after: timedelta) -> timedelta:
    """Return the moment of the change that skips `wall`: `before` < moment <= `after`, whole seconds."""
    low, high = before // _SECOND, after // _SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if wall_at(instant(middle), where) < wall:
            low = middle
        else:
            high = middle
    return timedelta(seconds=high)


def _offset(where: ZoneInfo, wall: datetime) -> timedelta:
    return where.utcoffset(wall) or timedelta()


def _zone_of(where: str | ZoneInfo) -> ZoneInfo:
    return zone(where) if isinstance(where, str) else where


def _naive(wall: datetime) -> datetime:
    if wall.tzinfo is not None:
        raise ValueError("A wall time has no zone of its own.")
    return wall.replace(fold=0)
