"""Stepping over dates on which hours begin."""

from datetime import date, timedelta

from servicedesk.calendars.core.horizon import HORIZON_DAYS, NeverOpen
from servicedesk.calendars.core.timetable import Timetable


def business_day_from(day: date, steps: int, timetable: Timetable) -> date:
    """Return the date that many business days after `day`, before it if negative.

    No step gives `day` itself, or the next business day if it is none.
    Raises NeverOpen if the dates of ten years do not hold so many.
    """
    if steps == 0 and timetable.begun_on(day):
        return day
    one_day = timedelta(days=1 if steps >= 0 else -1)
    left = max(abs(steps), 1)
    for _ in range(HORIZON_DAYS):
        day += one_day
        if timetable.begun_on(day):
            left -= 1
            if left == 0:
                return day
    raise NeverOpen
