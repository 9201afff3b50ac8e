"""What newer holiday or zone data says of a calendar: shown, and taken over only by who publishes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from servicedesk.calendars.core.wallclock import tzdata_version
from servicedesk.calendars.queries import CalendarVersionRow, has_kept_zones
from servicedesk.calendars.upgrades import (
    HolidayDifference,
    Span,
    ZoneDifference,
    holiday_differences,
    zone_differences,
)
from servicedesk.kernel import clock
from servicedesk.kernel.display import day as day_words
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import lazy_gettext as _l
from servicedesk.kernel.i18n import reader

MOST_SHOWN = 40
# What newer zone data moves, it moves on every working day: two weeks show it.
MOST_MOVED = 14
_WORDS = {
    "added": _l("a holiday that the calendar does not have"),
    "removed": _l("no holiday any more"),
    "confirmed": _l("certain now; the calendar has it as to be confirmed"),
}


@dataclass(frozen=True, slots=True)
class Newer:
    """`days`: date, name of the holiday and what is other; `more`: how many are not shown.

    `zone_data`: a sentence where the zone data is other than when the version was published. `moved`: date,
    hours as published and as the installed data has them, by the reader's clock; `more_moved` as `more`.
    """

    days: tuple[tuple[str, str, str], ...]
    more: int
    zone_data: str
    moved: tuple[tuple[str, str, str], ...]
    more_moved: int


def newer_data(version: CalendarVersionRow) -> Newer | None:
    """Return what is other from today on; None where nothing is."""
    now = clock.now()
    ahead = [each for each in holiday_differences(version.id) if each.falls_on >= now.date()]
    is_other = version.tzdata_version != tzdata_version()
    moved = zone_differences(version.id, now) if is_other else ()
    if not ahead and not is_other:
        return None
    return Newer(
        tuple(_row(each) for each in ahead[:MOST_SHOWN]),
        max(len(ahead) - MOST_SHOWN, 0),
        _zone_data(version, moved) if is_other else "",
        tuple(_moved(each) for each in moved[:MOST_MOVED]),
        max(len(moved) - MOST_MOVED, 0),
    )


def _row(each: HolidayDifference) -> tuple[str, str, str]:
    return day_words(each.falls_on), each.name, str(_WORDS[each.difference])


def _moved(each: ZoneDifference) -> tuple[str, str, str]:
    return day_words(each.on), _hours(each.then), _hours(each.now)


def _hours(spans: tuple[Span, ...]) -> str:
    here = ZoneInfo(reader().zone)
    local = ((opened.astimezone(here), closed.astimezone(here)) for opened, closed in spans)
    return " · ".join(f"{opened:%H:%M}–{closed:%H:%M}" for opened, closed in local)


def _zone_data(version: CalendarVersionRow, moved: Sequence[ZoneDifference]) -> str:
    releases = {"then": version.tzdata_version, "now": tzdata_version()}
    if not has_kept_zones(version):
        return str(
            _(
                "It was published with zone data %(then)s, which was not kept; it is measured by %(now)s."
                " Look at the days before you publish it anew.",
                **releases,
            )
        )
    if moved:
        return str(
            _(
                "It was published with zone data %(then)s and is measured by it until you publish it anew."
                " By %(now)s, which is installed, its hours move:",
                **releases,
            )
        )
    return str(
        _(
            "It was published with zone data %(then)s; by %(now)s, which is installed, no hour of the next"
            " two years moves.",
            **releases,
        )
    )
