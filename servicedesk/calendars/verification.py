"""What calendars have to verify: every version says what was published."""

from collections.abc import Iterator
from typing import cast

from sqlalchemy import Table

from servicedesk.calendars.events import CALENDAR
from servicedesk.calendars.models import Calendar, CalendarVersion
from servicedesk.kernel.differences import Difference
from servicedesk.kernel.published_check import check_published
from servicedesk.kernel.verification import Checker, IdColumn, Portion

CALENDARS, VERSIONS = (cast(Table, model.__table__) for model in (Calendar, CalendarVersion))


def check_calendars(portion: Portion) -> Iterator[Difference]:
    """Yield where calendars differ from what was published."""
    return check_published(portion, CALENDARS, VERSIONS, owner="calendar_id", event_type="calendar_published")


CHECKER = Checker(
    "calendars", CALENDAR, (IdColumn(Calendar.id), IdColumn(CalendarVersion.calendar_id)), check_calendars
)
