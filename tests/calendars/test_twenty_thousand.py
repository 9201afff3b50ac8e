"""Twenty thousand random intervals around clock changes, in sixteen zones, counted minute by minute (R11)."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

import numpy as np
import pytest

from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.many import add_to_many, elapsed_of_many
from tests.calendars.reference import MINUTE, Reference
from tests.calendars.strategies import NIGHTS

CALENDARS, INTERVALS = 12, 90
BEFORE, AFTER = timedelta(days=4), timedelta(days=6)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def clock_time(random: Random) -> str:
    return f"{random.randrange(24):02}:{random.choice([0, 7, 15, 30, 45, 59]):02}"


def span(random: Random) -> list[str]:
    return [clock_time(random), random.choice(["24:00", clock_time(random), clock_time(random)])]


def dated(random: Random, near: list[str]) -> dict[str, str]:
    begins, ends = span(random)
    return {"date": random.choice(near), "from": begins, "to": ends}


def document(random: Random, zone: str, night: date) -> dict[str, object]:
    near = [(night + timedelta(days=days)).isoformat() for days in range(-3, 4)]
    week = {day: [span(random) for _ in range(random.randrange(3))] for day in DAYS}
    week[random.choice(DAYS)].append(["08:00", "20:00"])
    return {
        "tz": zone,
        "week": week,
        "holidays": random.sample(near, random.randrange(2)),
        "closed": [dated(random, near) for _ in range(random.randrange(3))],
        "open": [dated(random, near) for _ in range(random.randrange(3))],
    }


def intervals(random: Random, first: datetime) -> list[tuple[datetime, datetime]]:
    span_of_minutes = (AFTER + BEFORE) // MINUTE
    pairs = (sorted(random.sample(range(span_of_minutes), 2)) for _ in range(INTERVALS))
    return [(first + begins * MINUTE, first + ends * MINUTE) for begins, ends in pairs]


def seconds(moments: list[datetime]) -> np.ndarray:
    return np.array([int(at.timestamp()) for at in moments], dtype=np.int64)


@pytest.mark.parametrize(("zone", "night"), NIGHTS, ids=[f"{zone} {night}" for zone, night in NIGHTS])
def test_the_calendar_counts_what_a_walk_over_the_minutes_counts(zone, night):
    random = Random(f"{zone} {night}")
    first = datetime.combine(night, time.min, UTC) - BEFORE
    for _ in range(CALENDARS):
        said = document(random, zone, night)
        hours = OpeningHours.from_exchange(said)
        walked = [0, *accumulate(Reference(said, first, first + BEFORE + AFTER).open)]
        asked = intervals(random, first)

        counted = [
            60 * (walked[(end - first) // MINUTE] - walked[(start - first) // MINUTE]) for start, end in asked
        ]
        starts, ends = (seconds([pair[place] for pair in asked]) for place in (0, 1))

        assert [hours.elapsed(start, end) for start, end in asked] == counted
        assert elapsed_of_many(hours, starts, ends).tolist() == counted
        one_by_one = [hours.add_seconds(*pair) for pair in zip(starts.tolist(), counted, strict=True)]
        assert (
            list(zip(*(each.tolist() for each in add_to_many(hours, starts, np.array(counted))), strict=True))
            == one_by_one
        )


def test_there_are_twenty_thousand_intervals_in_sixteen_zones():
    assert len(NIGHTS) * CALENDARS * INTERVALS >= 20_000
    assert len({zone for zone, _night in NIGHTS}) >= 16
