"""The desk's hours and the reader's zone in words."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_time, get_timezone_location

from portal.words import isolated, listed
from servicedesk.kernel import i18n
from servicedesk.kernel.display import when
from servicedesk.kernel.i18n import current_locale
from servicedesk.kernel.i18n import gettext as _
from sla.promises import Offer


def hours_in_words(offer: Offer) -> str:
    """Return when the desk works, and in whose time the promise is written."""
    zone = isolated(zone_name(offer.zone))
    if offer.is_always_open:
        return str(_("We work around the clock. Times are %(zone)s.", zone=reader_zone()))
    if offer.opens_at is not None:
        opens = isolated(when(offer.opens_at))
        return str(
            _("We are closed now and open %(when)s. Times are %(here)s.", when=opens, here=reader_zone())
        )
    spans = listed([_span(opens, closes, offer.zone) for opens, closes in offer.today])
    if i18n.reader().zone == offer.zone:
        return str(_("We work today %(hours)s, %(zone)s.", hours=spans, zone=zone))
    return str(
        _(
            "We work today %(hours)s, %(zone)s. The times above are yours: %(here)s.",
            hours=spans,
            zone=zone,
            here=reader_zone(),
        )
    )


def _span(opens: datetime, closes: datetime, zone: str) -> str:
    return isolated(f"{_clock_time(opens, zone)}–{_clock_time(closes, zone)}")


def _clock_time(at: datetime, zone: str) -> str:
    return format_time(at.astimezone(ZoneInfo(zone)), "short", locale=current_locale())


def reader_zone() -> str:
    """Return the reader's zone as people say it, isolated: "Almaty time"."""
    return isolated(zone_name(i18n.reader().zone))


def zone_name(zone: str) -> str:
    """Return a zone by its city: "Almaty time"; UTC and its like keep their name."""
    city = get_timezone_location(ZoneInfo(zone), locale=current_locale(), return_city=True)
    return str(_("%(city)s time", city=city.rpartition("/")[2]))
