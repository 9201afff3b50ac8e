"""What a question about working time costs, alone and in arrays, beside two libraries: `-m benchmarks.hours`.

The libraries are measured where they can be imported (`pip install businesstimedelta workclock` into an
environment of your own; the desk needs neither): the same calendar, the same random intervals of up to sixty
days in two years, CPU time, the best of five turns taken one after the other.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time
from importlib import import_module
from importlib.util import find_spec
from random import Random

import numpy as np

from servicedesk.calendars.hours import OpeningHours
from servicedesk.calendars.many import add_to_many, elapsed_of_many

ZONE, BEGINS, ENDS = "Europe/Berlin", wall_time(9), wall_time(17)
FIRST = datetime(2025, 1, 6, tzinfo=UTC)
ALONE, MANY, TURNS = 2_000, 1_000_000, 5
PEERS = ("businesstimedelta", "workclock")
GOALS = {"elapsed": 2.0, "add": 5.0, "elapsed of a million": 0.3, "add to a million": 0.3}

Work = Callable[[], object]


def main() -> None:
    """Print the figures and their ratios, or one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hours", description=__doc__)
    parser.add_argument("--json", action="store_true")
    found = measured()
    if parser.parse_args().json:
        print(json.dumps(found, indent=1))
        return
    for name, figure in found.items():
        goal = GOALS.get(name)
        verdict = "" if goal is None else f"  goal {goal:g}: {'kept' if figure <= goal else 'MISSED'}"
        print(f"{name:<40} {figure:10.3f} {'s' if 'million' in name else 'us'}{verdict}")
    for peer in PEERS:
        if find_spec(peer) is None:
            print(f"{peer}: not installed here, not measured")
        for what in ("elapsed", "add"):
            if (theirs := found.get(f"{what}, {peer}")) is not None:
                print(f"{what}: {theirs / found[what]:.2f} times our time in {peer}")


def measured() -> dict[str, float]:
    """Return microseconds a call, and seconds for a million by arrays."""
    contenders = dict(_alone()) | dict(_peers())
    turns: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(TURNS):
        for name, work in contenders.items():
            turns[name].append(_cpu_seconds(work) / ALONE * 1e6)
    return {name: min(taken) for name, taken in turns.items()} | _many()


def _intervals(count: int) -> list[tuple[datetime, datetime]]:
    random = Random(11)
    starts = (FIRST + timedelta(seconds=random.randrange(2 * 365 * 86_400)) for _ in range(count))
    return [(start, start + timedelta(seconds=random.randrange(60 * 86_400))) for start in starts]


def _hours() -> OpeningHours:
    return OpeningHours.weekly("mon-fri 09:00-17:00", zone=ZONE)


def _alone() -> Iterator[tuple[str, Work]]:
    hours, asked = _hours(), _intervals(ALONE)
    in_seconds = [(int(start.timestamp()), int(end.timestamp())) for start, end in asked]
    sums = [(start, hours.elapsed_seconds(start, end)) for start, end in in_seconds]
    yield "elapsed", lambda: [hours.elapsed_seconds(start, end) for start, end in in_seconds]
    yield "add", lambda: [hours.add_seconds(start, seconds) for start, seconds in sums]
    yield "elapsed, between datetimes", lambda: [hours.elapsed(start, end) for start, end in asked]
    yield (
        "add, to a datetime",
        lambda: [hours.add(start, seconds) for (start, _), (_, seconds) in zip(asked, sums, strict=True)],
    )


def _peers() -> Iterator[tuple[str, Work]]:
    """Yield what the libraries do with datetimes; they have no form for plain seconds."""
    hours, asked = _hours(), _intervals(ALONE)
    sums = [(start, hours.elapsed(start, end)) for start, end in asked]
    if find_spec("workclock") is not None:
        workclock = import_module("workclock")
        theirs = workclock.Schedule([workclock.WorkDay(BEGINS, ENDS)], time_zone=ZONE)
        yield "elapsed, workclock", lambda: [theirs.between(start, end) for start, end in asked]
        yield "add, workclock", lambda: [theirs.add(start, seconds=seconds) for start, seconds in sums]
    if find_spec("businesstimedelta") is not None:
        businesstimedelta = import_module("businesstimedelta")
        zone = import_module("pytz").timezone(ZONE)  # it takes no other
        days = businesstimedelta.WorkDayRule(BEGINS, ENDS, working_days=[0, 1, 2, 3, 4], tz=zone)
        yield "elapsed, businesstimedelta", lambda: [days.difference(start, end) for start, end in asked]
        yield (
            "add, businesstimedelta",
            lambda: [
                start + businesstimedelta.BusinessTimeDelta(days, seconds=seconds) for start, seconds in sums
            ],
        )


def _many() -> dict[str, float]:
    hours, random = _hours(), np.random.default_rng(11)
    starts = int(FIRST.timestamp()) + random.integers(0, 2 * 365 * 86_400, MANY)
    ends = starts + random.integers(0, 60 * 86_400, MANY)
    seconds = elapsed_of_many(hours, starts, ends)
    return {
        "elapsed of a million": min(
            _cpu_seconds(lambda: elapsed_of_many(hours, starts, ends)) for _ in range(3)
        ),
        "add to a million": min(_cpu_seconds(lambda: add_to_many(hours, starts, seconds)) for _ in range(3)),
    }


def _cpu_seconds(work: Work) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


if __name__ == "__main__":
    main()
