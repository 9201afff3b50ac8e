"""Tables of calendars: what never changes is a version, what a person edits is the calendar. Columns only."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from servicedesk.kernel.db import Base, Id


class Calendar(Base):
    """Opening hours under a lasting key, such as "desk"."""

    __tablename__ = "calendar"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    row_version: Mapped[int] = mapped_column(default=1)


class CalendarVersion(Base):
    """What a calendar says from a moment on; never changed once published.

    `document` is the exchange form as canonical JSON, holidays of the country included.
    `tzdata_version` is the zone data it was published with, and by which it is measured for good.
    """

    __tablename__ = "calendar_version"
    __table_args__ = (UniqueConstraint("calendar_id", "number"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id"))
    number: Mapped[int]
    effective_from: Mapped[datetime]
    document: Mapped[str] = mapped_column(Text)
    tzdata_version: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]


class ZoneData(Base):
    """What a release of the zone data says of a zone: a TZif file in base64. Never changed.

    Kept for every zone that a version was published with, so that newer data moves no deadline by itself.
    """

    __tablename__ = "calendar_zone_data"

    zone: Mapped[str] = mapped_column(String(64), primary_key=True)
    tzdata_version: Mapped[str] = mapped_column(String(16), primary_key=True)
    data: Mapped[str] = mapped_column(Text)


class HolidayRow(Base):
    """Where a holiday of a version came from: `source` is the country, or a part of it such as DE-BY.

    `is_confirmed` is false for a movable feast whose date the source only estimates.
    """

    __tablename__ = "calendar_holiday"

    version_id: Mapped[int] = mapped_column(ForeignKey("calendar_version.id"), primary_key=True)
    falls_on: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(250))
    source: Mapped[str] = mapped_column(String(16))
    package_version: Mapped[str] = mapped_column(String(16))
    is_confirmed: Mapped[bool]
