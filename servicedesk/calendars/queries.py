"""Reading calendars: which version is in force at a moment, and its opening hours ready to answer.

Calendars hold nothing that is anybody's secret, so these queries take no viewer.
"""

import json
from base64 import b64decode
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import select

from servicedesk.calendars.core.wallclock import tzdata_version, zone, zone_of_data
from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.models import Calendar, CalendarVersion, HolidayRow, ZoneData
from servicedesk.kernel.db import AnySelect, session
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.state import cached_by_revision

# Calendars that every desk has from its first run on.
DESK_CALENDAR = "desk"
ALWAYS_OPEN = "always"


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A calendar as lists show it."""

    id: int
    key: str
    name: str
    row_version: int


@dataclass(frozen=True, slots=True)
class CalendarVersionRow:
    """One version; `document` is its exchange form as canonical JSON."""

    id: int
    calendar_id: int
    key: str
    name: str
    number: int
    effective_from: datetime
    document: str
    tzdata_version: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class HolidayOfVersion:
    """A holiday of a version, and where it came from."""

    falls_on: date
    name: str
    source: str
    package_version: str
    is_confirmed: bool


def calendars() -> tuple[CalendarRow, ...]:
    """Return every calendar by name."""
    query = select(Calendar.id, Calendar.key, Calendar.name, Calendar.row_version)
    return tuple(CalendarRow(*row) for row in session().execute(query.order_by(Calendar.name, Calendar.id)))


def calendar_in_force(key: str, at: datetime) -> CalendarVersionRow:
    """Return the version of a calendar that counts at a moment; raises NotFound.

    It is the one that took effect last, the higher number where two did at once. Before the first
    version took effect the first one counts, so that imported history can be measured.
    """
    versions = versions_of(key)
    if not versions:
        raise no_such_calendar()
    return next((version for version in reversed(versions) if version.effective_from <= at), versions[0])


def hours_in_force(key: str, at: datetime) -> OpeningHours:
    """Return the opening hours of the version that counts at a moment; raises NotFound."""
    version = calendar_in_force(key, at)
    return _compiled(version.document, _kept_zones(version.tzdata_version))


def hours_of(calendar_version_id: int) -> OpeningHours:
    """Return the opening hours of a version, the same object for every caller; raises NotFound.

    They are measured by the zone data that the version was published with, whatever is installed now.
    """
    document, zone_data = _published(calendar_version_id)
    return _compiled(document, _kept_zones(zone_data))


def has_kept_zones(version: CalendarVersionRow) -> bool:
    """Say whether the zone data that a version was published with is at hand."""
    if version.tzdata_version == tzdata_version():
        return True
    kept = {name for name, _data in _kept_zones(version.tzdata_version)}
    return OpeningHours.from_exchange(json.loads(version.document)).zones <= kept


def holidays_of_version(calendar_version_id: int) -> tuple[HolidayOfVersion, ...]:
    """Return the holidays that a version took over from a country, in order."""
    query = select(
        HolidayRow.falls_on,
        HolidayRow.name,
        HolidayRow.source,
        HolidayRow.package_version,
        HolidayRow.is_confirmed,
    ).where(HolidayRow.version_id == calendar_version_id)
    return tuple(HolidayOfVersion(*row) for row in session().execute(query.order_by(HolidayRow.falls_on)))


@cached_by_revision
def versions_of(key: str) -> tuple[CalendarVersionRow, ...]:
    """Return the versions of a calendar by the moment they take effect; empty if there is none."""
    query = _versions().where(Calendar.key == key)
    ordered = query.order_by(CalendarVersion.effective_from, CalendarVersion.number)
    return tuple(CalendarVersionRow(*row) for row in session().execute(ordered))


def no_such_calendar() -> NotFound:
    """Return the error for a calendar that does not exist."""
    return NotFound("calendar.not_found", _("There is no such calendar."))


@cached_by_revision
def _published(calendar_version_id: int) -> tuple[str, str]:
    query = select(CalendarVersion.document, CalendarVersion.tzdata_version)
    found = session().execute(query.where(CalendarVersion.id == calendar_version_id)).first()
    if found is None:
        raise no_such_calendar()
    return found.document, found.tzdata_version


@cached_by_revision
def _kept_zones(release: str) -> tuple[tuple[str, bytes], ...]:
    """Return zones as an earlier release of the zone data told them; none for the installed one."""
    if release == tzdata_version():
        return ()
    query = select(ZoneData.zone, ZoneData.data).where(ZoneData.tzdata_version == release)
    return tuple((name, b64decode(data)) for name, data in session().execute(query.order_by(ZoneData.zone)))


# By text, not by id: a test's or another desk's version 1 is another calendar, and a new version
# that says the same as an old one needs no compiling.
@lru_cache(maxsize=256)
def _compiled(document: str, kept_zones: tuple[tuple[str, bytes], ...]) -> OpeningHours:
    kept = dict(kept_zones)

    def zone_then(name: str) -> ZoneInfo:
        # What was published before zones were kept is measured by what is installed, as it was then.
        return zone_of_data(name, kept[name]) if name in kept else zone(name)

    return OpeningHours.from_exchange(json.loads(document), zone_then)


def _versions() -> AnySelect:
    return select(
        CalendarVersion.id,
        CalendarVersion.calendar_id,
        Calendar.key,
        Calendar.name,
        CalendarVersion.number,
        CalendarVersion.effective_from,
        CalendarVersion.document,
        CalendarVersion.tzdata_version,
        CalendarVersion.created_at,
    ).join_from(CalendarVersion, Calendar)
