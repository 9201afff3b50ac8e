"""Reading calendars: which version is in force at a moment, and its opening hours ready to answer.

Calendars hold nothing that is anybody's secret, so these queries take no viewer.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import select

from servicedesk.calendars.core.wallclock import tzdata_version
from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.models import Calendar, CalendarVersion, HolidayRow
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
    return _compiled(calendar_in_force(key, at).document, tzdata_version())


def hours_of(calendar_version_id: int) -> OpeningHours:
    """Return the opening hours of a version, the same object for every caller; raises NotFound."""
    return _compiled(_document_of(calendar_version_id), tzdata_version())


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
def _document_of(calendar_version_id: int) -> str:
    query = select(CalendarVersion.document).where(CalendarVersion.id == calendar_version_id)
    document = session().scalar(query)
    if document is None:
        raise no_such_calendar()
    return document


# By text, not by id: a test's or another desk's version 1 is another calendar, and a new version
# that says the same as an old one needs no compiling.
@lru_cache(maxsize=256)
def _compiled(document: str, zone_data: str) -> OpeningHours:
    return OpeningHours.from_exchange(json.loads(document))


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
