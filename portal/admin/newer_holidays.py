"""What newer holiday or zone data says of a calendar: shown, and taken over only by who publishes it."""

from dataclasses import dataclass

from servicedesk.calendars.core.wallclock import tzdata_version
from servicedesk.calendars.queries import CalendarVersionRow
from servicedesk.calendars.upgrades import HolidayDifference, holiday_differences
from servicedesk.kernel import clock
from servicedesk.kernel.display import day as day_words
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l

MOST_SHOWN = 40
_WORDS = {
    "added": _l("a holiday that the calendar does not have"),
    "removed": _l("no holiday any more"),
    "confirmed": _l("certain now; the calendar has it as to be confirmed"),
}


@dataclass(frozen=True, slots=True)
class Newer:
    """`days`: date, name of the holiday and what is other; `more`: how many are not shown.

    `zone_data`: a sentence where the zone data is other than when the version was published.
    """

    days: tuple[tuple[str, str, str], ...]
    more: int
    zone_data: str


def newer_data(version: CalendarVersionRow) -> Newer | None:
    """Return what is other from today on; None where nothing is."""
    today = clock.now().date()
    ahead = [each for each in holiday_differences(version.id) if each.falls_on >= today]
    zone_data = _zone_data(version)
    if not ahead and not zone_data:
        return None
    return Newer(tuple(_row(each) for each in ahead[:MOST_SHOWN]), max(len(ahead) - MOST_SHOWN, 0), zone_data)


def _row(each: HolidayDifference) -> tuple[str, str, str]:
    return day_words(each.falls_on), each.name, str(_WORDS[each.difference])


def _zone_data(version: CalendarVersionRow) -> str:
    installed = tzdata_version()
    if version.tzdata_version == installed:
        return ""
    sentence = _(
        "It was published with zone data %(then)s; %(now)s is installed."
        " Look at the days before you publish it anew.",
        then=version.tzdata_version,
        now=installed,
    )
    return str(sentence)
