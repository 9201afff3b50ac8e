"""A clock that stands still until a test moves it, for every thread of the process."""

from datetime import UTC, datetime, timedelta

from servicedesk.kernel import clock

# A Monday morning, when most desks of the world are open.
MONDAY = datetime(2026, 11, 16, 10, 0, tzinfo=UTC)


class StoppedClock:
    """Holds the desk's time at `at`."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self.at = at
        clock.set_source(lambda: self.at)

    def set(self, at: datetime | str) -> datetime:
        """Go to a moment: aware, or ISO text ("2026-11-16T10:00Z")."""
        self.at = datetime.fromisoformat(at).astimezone(UTC) if isinstance(at, str) else at.astimezone(UTC)
        return self.at

    def move(self, **by: float) -> datetime:
        """Go on by a timedelta's days, hours, minutes, seconds."""
        return self.set(self.at + timedelta(**by))

    def let_go(self) -> None:
        clock.set_source(clock.system_time)
