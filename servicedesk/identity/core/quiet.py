"""Quiet hours: the part of each day in which somebody wants to be written to of nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From and until which minute of the day, on the wall clock; they may run over midnight."""

    from_minute: int
    until_minute: int

    def holds(self, minute: int) -> bool:
        """Say whether a minute of the day is in them: its beginning is, its end is not."""
        if self.from_minute < self.until_minute:
            return self.from_minute <= minute < self.until_minute
        return minute >= self.from_minute or minute < self.until_minute

    def end_after(self, at: datetime, zone: str) -> datetime:
        """Return when quiet hours that hold at `at` end, in UTC; `at` itself where none hold.

        The wall clock of `zone` decides, so a night in which it is changed is an hour shorter or longer.
        """
        local = at.astimezone(ZoneInfo(zone))
        minute = local.hour * 60 + local.minute
        if not self.holds(minute):
            return at
        day = local.date() + timedelta(days=minute >= self.until_minute)
        end = datetime.combine(day, time(*divmod(self.until_minute, 60)), tzinfo=local.tzinfo)
        return max(end.astimezone(UTC), at)
