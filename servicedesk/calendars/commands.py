"""Publishing calendars: the only way one comes into being or says something new."""

import re
from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from servicedesk.calendars.access import require_publisher
from servicedesk.calendars.core.wallclock import tzdata_version, zone_data
from servicedesk.calendars.events import CalendarPublished
from servicedesk.calendars.holidays_source import Holiday, UnknownCountry, holidays_of, package_version
from servicedesk.calendars.hours import InvalidCalendar, OpeningHours
from servicedesk.calendars.models import Calendar, CalendarVersion, HolidayRow, ZoneData
from servicedesk.calendars.reasons import sentence_for
from servicedesk.kernel import clock
from servicedesk.kernel.command import command, once, remember
from servicedesk.kernel.db import canonical_json, insert_missing, insert_rows, session
from servicedesk.kernel.errors import Conflict, Invalid, Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.keys import free_key
from servicedesk.kernel.refs import Acting, StreamRef
from servicedesk.kernel.save import begin_stream, publish
from servicedesk.kernel.state import configuration_changed

# A calendar must open within this time from when it takes effect.
MUST_OPEN_WITHIN = timedelta(days=400)
# Holidays are taken over for these years around the one in which a version takes effect.
YEARS_BEFORE, YEARS_AFTER = 1, 10
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True)
class _Content:
    """What a version will say, holidays of the country included."""

    document: dict[str, object]
    holidays: tuple[Holiday, ...]
    country: str | None


@command
def publish_calendar(
    actor: Acting,
    key: str,
    *,
    name: str,
    document: Mapping[str, object],
    holidays_country: str | None = None,
    holidays_without: Collection[date] = (),
    effective_from: datetime | None = None,
    expected_version: int | None = None,
) -> int:
    """Publish what a calendar says from a moment on and return the version's id; a new key begins a calendar.

    document: the exchange form. The holidays of `holidays_country` are added to it, but for the dates
    in `holidays_without`. effective_from: now unless given; only a new calendar may begin in the past.
    Refuses a calendar that would not open within 400 days.
    """
    require_publisher(actor)
    now = clock.now()
    calendar = _locked(key, name.strip(), expected_version)
    begins = _effective(effective_from, now, is_new=calendar.row_version == 0)
    content = _content(document, holidays_country, frozenset(holidays_without), begins.year)
    _require_that_it_opens(content.document, begins)
    calendar.name = name.strip()
    calendar.row_version += 1
    version = _add_version(calendar, content, begins, now)
    _log(calendar, version, content)
    configuration_changed()
    return version.id


def begin_calendar(
    actor: Acting,
    *,
    name: str,
    document: Mapping[str, object],
    holidays_country: str | None = None,
    holidays_without: Collection[date] = (),
    effective_from: datetime | None = None,
    key: str | None = None,
) -> int:
    """Publish the first version of a new calendar and return the calendar's id.

    It is made once for the same idempotency `key`; programs know it by a key made from its name.
    """
    said = [name, dict(document), holidays_country]

    @command
    def begin(who: Acting) -> int:
        taken = set(session().scalars(select(Calendar.key)))
        version_id = publish_calendar(
            who,
            free_key(name, taken, otherwise="calendar"),
            name=name,
            document=document,
            holidays_country=holidays_country,
            holidays_without=holidays_without,
            effective_from=effective_from,
        )
        calendar_id = session().get_one(CalendarVersion, version_id).calendar_id
        remember(key, said, calendar_id)
        return calendar_id

    return once(key, said, lambda: begin(actor))


def _locked(key: str, name: str, expected_version: int | None) -> Calendar:
    """Return the calendar, locked, or a new one of row version 0."""
    if not _KEY.fullmatch(key):
        raise Invalid("key.form", _("Use small letters, digits, - and _ only."), field="key")
    if not 1 <= len(name) <= 120:
        raise Invalid("name.length", _("Write a name of up to 120 characters."), field="name")
    query = select(Calendar).where(Calendar.key == key).with_for_update()
    calendar = session().scalar(query, execution_options={"populate_existing": True})
    if calendar is None:
        calendar = Calendar(key=key, name=name, row_version=0)
        session().add(calendar)
        session().flush()
        begin_stream(StreamRef(CalendarPublished.stream_kind, calendar.id))
    if expected_version not in (None, calendar.row_version):
        raise Conflict(
            "calendar.changed",
            _("Somebody else changed this calendar. Look at it again before you publish."),
            row_version=calendar.row_version,
        )
    return calendar


def _effective(wanted: datetime | None, now: datetime, *, is_new: bool) -> datetime:
    if wanted is not None and wanted < now and not is_new:
        raise Invalid(
            "calendar.in_the_past", _("A change cannot take effect in the past."), field="effective_from"
        )
    return wanted or now


def _content(
    document: Mapping[str, object], country: str | None, without: frozenset[date], year: int
) -> _Content:
    try:
        own = OpeningHours.from_exchange(document).to_exchange()
        if country is None:
            return _Content(own, (), None)
        holidays = _holidays(own, country, without, year)
        dates = [each.falls_on.isoformat() for each in holidays]
        complete = OpeningHours.from_exchange({**own, "holidays": [*_listed(own), *dates]})
    except InvalidCalendar as error:
        raise Invalid(error.code, sentence_for(error), field="document", path=error.field) from None
    return _Content(complete.to_exchange(), holidays, country)


def _holidays(
    own: Mapping[str, object], country: str, without: frozenset[date], year: int
) -> tuple[Holiday, ...]:
    if "all_of" in own:
        raise Invalid(
            "calendar.holidays_of_several",
            _("Give each of the combined calendars its own holidays."),
            field="holidays_country",
        )
    try:
        found = holidays_of(country, range(year - YEARS_BEFORE, year + YEARS_AFTER + 1))
    except UnknownCountry:
        raise Invalid(
            "calendar.unknown_country", _("Choose a country from the list."), field="holidays_country"
        ) from None
    return tuple(each for each in found if each.falls_on not in without)


def _listed(own: Mapping[str, object]) -> list[object]:
    listed = own.get("holidays")
    return listed if isinstance(listed, list) else []


def _require_that_it_opens(document: Mapping[str, object], begins: datetime) -> None:
    if OpeningHours.from_exchange(document).elapsed(begins, begins + MUST_OPEN_WITHIN) == 0:
        raise Refused("calendar.never_open", _("This calendar does not open within the next 400 days."))


def _add_version(calendar: Calendar, content: _Content, begins: datetime, now: datetime) -> CalendarVersion:
    last = select(func.max(CalendarVersion.number)).where(CalendarVersion.calendar_id == calendar.id)
    version = CalendarVersion(
        calendar_id=calendar.id,
        number=(session().scalar(last) or 0) + 1,
        effective_from=begins,
        document=canonical_json(content.document),
        tzdata_version=tzdata_version(),
        created_at=now,
    )
    session().add(version)
    session().flush()
    rows = [
        {
            "version_id": version.id,
            "falls_on": each.falls_on,
            "name": each.name,
            "source": content.country,
            "package_version": package_version(),
            "is_confirmed": each.is_confirmed,
        }
        for each in content.holidays
    ]
    insert_rows(HolidayRow, rows)
    _keep_zones(OpeningHours.from_exchange(content.document).zones)
    return version


def _keep_zones(names: Collection[str]) -> None:
    rows = [
        {
            "zone": name,
            "tzdata_version": tzdata_version(),
            "data": b64encode(zone_data(name)).decode("ascii"),
        }
        for name in sorted(names)
    ]
    insert_missing(ZoneData, rows, ["zone", "tzdata_version"])


def _log(calendar: Calendar, version: CalendarVersion, content: _Content) -> None:
    publish(
        CalendarPublished(
            stream_id=calendar.id,
            key=calendar.key,
            name=calendar.name,
            number=version.number,
            version_id=version.id,
            effective_from=version.effective_from,
            document=content.document,
            tzdata_version=version.tzdata_version,
            holidays_source=content.country,
            holidays_package_version=package_version() if content.country else None,
        )
    )
