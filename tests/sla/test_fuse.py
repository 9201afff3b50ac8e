"""A fuse that is kept for a while says what one drawn anew would say (goal 2)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from servicedesk.calendars.hours import OpeningHours
from sla.core.fuse import Burning, Fuse, fuse

HOURS = OpeningHours.weekly("mon-fri 09:00-18:00", zone="Asia/Almaty")
MONDAY = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)  # 08:30 in Almaty, half an hour before opening

moments = st.integers(0, 12 * 3600).map(lambda seconds: MONDAY + timedelta(seconds=seconds))
clocks = st.builds(
    lambda target, consumed, since: Burning("resolution", "running", target, consumed, since, None),
    st.integers(60, 40 * 3600),
    st.integers(0, 45 * 3600),
    moments,
)


def in_words(found: Fuse) -> tuple[object, ...]:
    """Return all that a fuse shows, but for its seconds."""
    left = abs(found.left_seconds)
    return found.shape, found.left_seconds < 0, left // 60 if left >= 60 else left, found.share


@given(clocks, st.integers(0, 12 * 3600), st.data())
def test_a_fuse_only_counts_down_while_it_is_steady(clock, since, data):
    now = clock.running_since + timedelta(seconds=since)
    first = fuse(clock, HOURS, now=now)
    passed = data.draw(st.integers(0, first.steady_seconds - 1))

    later = fuse(clock, HOURS, now=now + timedelta(seconds=passed))

    moved = passed if first.open_seconds else 0
    assert in_words(later) == in_words(first)
    assert later.left_seconds == first.left_seconds - moved
    assert later.open_seconds == (first.open_seconds - passed if first.open_seconds else 0)
