"""Which calendar a version belongs to, by name and number, for who has to say what measured a clock."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from servicedesk.calendars.models import Calendar, CalendarVersion
from servicedesk.kernel.db import session


@dataclass(frozen=True, slots=True)
class CalendarOfVersion:
    """A version of a calendar with its name; `zone_data`: the zone data it was published with."""

    key: str
    name: str
    number: int
    zone_data: str

    def told(self) -> dict[str, object]:
        """Return it as plain data."""
        return {"calendar": self.key, "number": self.number, "tzdata": self.zone_data}


def calendars_of_versions(version_ids: Collection[int]) -> dict[int, CalendarOfVersion]:
    """Return the calendars of versions by the version's id."""
    query = (
        select(
            CalendarVersion.id,
            Calendar.key,
            Calendar.name,
            CalendarVersion.number,
            CalendarVersion.tzdata_version,
        )
        .join(Calendar, Calendar.id == CalendarVersion.calendar_id)
        .where(CalendarVersion.id.in_(sorted(version_ids)))
    )
    return {row.id: CalendarOfVersion(*row[1:]) for row in session().execute(query)}
