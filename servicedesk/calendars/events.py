"""What happens to calendars, as the log keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from servicedesk.kernel.events import DomainEvent

CALENDAR = "calendar"


@dataclass(frozen=True, kw_only=True)
class CalendarPublished(DomainEvent):
    """A version of a calendar was published; `document` is complete, holidays included."""

    stream_kind: ClassVar[str] = CALENDAR
    type: ClassVar[str] = "calendar_published"

    key: str
    name: str
    number: int
    version_id: int
    effective_from: datetime
    document: Mapping[str, object]
    tzdata_version: str
    holidays_source: str | None
    holidays_package_version: str | None
