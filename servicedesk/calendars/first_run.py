"""The calendars a new desk begins with."""

from sqlalchemy import select

from servicedesk.calendars.commands import publish_calendar
from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.models import Calendar
from servicedesk.calendars.queries import ALWAYS_OPEN, DESK_CALENDAR
from servicedesk.kernel.command import command
from servicedesk.kernel.db import session
from servicedesk.kernel.i18n import desk_zone
from servicedesk.kernel.refs import Acting
from servicedesk.kernel.state import ensure_state


@command
def seed_calendars(actor: Acting) -> None:
    """Create the desk's hours (Monday to Friday, 09:00 to 18:00 in its zone) and one that never closes.

    Calendars that are there already stay as they are.
    """
    ensure_state()
    known = set(session().scalars(select(Calendar.key)))
    zone = desk_zone()
    if DESK_CALENDAR not in known:
        hours = OpeningHours.weekly("mon-fri 09:00-18:00", zone=zone)
        publish_calendar(actor, DESK_CALENDAR, name="Desk hours", document=hours.to_exchange())
    if ALWAYS_OPEN not in known:
        hours = OpeningHours.around_the_clock(zone)
        publish_calendar(actor, ALWAYS_OPEN, name="Around the clock", document=hours.to_exchange())
