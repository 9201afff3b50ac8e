"""What the sweep costs when ten thousand promises break at once, and when none does.

It runs inside the desk's own code with the clock months ahead; the anchor is one UPDATE ... RETURNING of as
many rows through the plain driver, in the same process, before and after.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, func, insert, literal, select

import app
from benchmarks.anchor.app import Database
from benchmarks.anchor.tables import fill
from benchmarks.databases import with_driver, working
from benchmarks.dataset import ROOT, build, this_hour
from benchmarks.processes import cpu_seconds
from servicedesk.kernel import clock
from servicedesk.kernel.db import session, transaction
from sla.due_clocks import next_step_at
from sla.storing import CLOCKS
from sla.sweep import sweep

BREACHES, OPEN_CLOCKS = 10_000, 100_000
IDLE_SWEEPS, ANCHOR_TURNS = 100, 10
GOAL, IDLE_GOAL_MS = 15, 10
LATER = timedelta(days=90)
_ABSENT = 1_000_000  # no ticket of a measured desk has a number as high
BREAK = """
    UPDATE anchor_ticket SET status = 'late' WHERE status = 'open' AND due_at < '2100-01-01'
    RETURNING id, subject, due_at
"""
MEND = "UPDATE anchor_ticket SET status = 'open' WHERE status = 'late' RETURNING id"


def sweeping(folder: Path, anchor_url: str, desk_url: str) -> dict[str, float]:
    """Make a desk of tickets that are all open, let all their promises break, and print what that took."""
    desk = build(folder, desk_url, this_hour(BREACHES))
    engine = create_engine(with_driver(anchor_url))
    fill(engine, BREACHES * 5)
    engine.dispose()
    command = [sys.executable, "-m", "benchmarks.sweeping", anchor_url, desk_url]
    environment = {**os.environ, **desk.environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    print(
        f"  6 sweep of {BREACHES:,} breaches: anchor {found['anchor_ms']:.0f} ms,"
        f" desk {found['ms']:,.0f} ms cpu: {found['ratio']:.1f} A,"
        f" goal {GOAL} A: {_verdict(found['ratio'], GOAL)}\n"
        f"  6 idle sweep over {found['open_clocks']:,} open clocks: {found['idle_ms']:.2f} ms cpu,"
        f" goal {IDLE_GOAL_MS} ms: {_verdict(found['idle_ms'], IDLE_GOAL_MS)}",
        flush=True,
    )
    return found


def _verdict(value: float, goal: float) -> str:
    return "kept" if value <= goal else "MISSED"


def _measure(anchor_url: str, desk_url: str) -> dict[str, float]:
    """Return the figures, on the desk that the environment describes."""
    with app.desk(level="warning").app_context(), clock.freeze(datetime.now(UTC) + LATER):
        with clock.freeze(next_step_at() or clock.now()):
            sweep()  # of one or two, so that everything is loaded and put together
        floor = Database(anchor_url)
        before, missed = _anchor(floor, anchor_url), _missed()
        burnt = _milliseconds(sweep, desk_url) * BREACHES / (_missed() - missed)
        anchor = (before + _anchor(floor, anchor_url)) / 2
        return {
            "anchor_ms": anchor,
            "ms": burnt,
            "ratio": burnt / anchor,
            "open_clocks": clocks_ahead(OPEN_CLOCKS),
            "idle_ms": idle_milliseconds(desk_url),
        }


def idle_milliseconds(url: str) -> float:
    """Return what a sweep takes that finds nothing due, in this process and in its database."""
    return _milliseconds(lambda: [sweep() for _ in range(IDLE_SWEEPS)], url) / IDLE_SWEEPS


def _milliseconds(work: Callable[[], object], url: str) -> float:
    """Return the CPU time that `work` takes in this process and in its database."""
    burns = working(os.getpid(), url)
    before = cpu_seconds(burns())
    work()
    return (cpu_seconds(burns()) - before) * 1000


def _anchor(floor: Database, url: str) -> float:
    """Return what one statement for all takes, the mean of several turns."""
    burnt = 0.0
    for _ in range(ANCHOR_TURNS):
        burnt += _milliseconds(lambda: floor.rows(BREAK), url)
        assert len(floor.rows(MEND)) == BREACHES
    return burnt / ANCHOR_TURNS


def _missed() -> int:
    query = select(func.count()).select_from(CLOCKS).where(CLOCKS.c.state == "overdue")
    return int(session().scalar(query) or 0)


def clocks_ahead(wanted: int) -> int:
    """Fill the table with clocks of tickets that are not there, until so many lie ahead; return how many."""
    open_ones = select(func.count()).where(CLOCKS.c.stopped_at.is_(None), CLOCKS.c.subject_id < _ABSENT)
    there = session().scalar(open_ones) or 1
    copied = [column for column in CLOCKS.c if column.name not in {"id", "subject_id", "next_fire_at"}]
    ahead = clock.now() + LATER
    with transaction() as current:
        for turn in range(1, -(-wanted // there) + 1):
            moved = select(
                CLOCKS.c.subject_id + turn * _ABSENT, literal(ahead, CLOCKS.c.next_fire_at.type), *copied
            ).where(CLOCKS.c.stopped_at.is_(None), CLOCKS.c.subject_id < _ABSENT)
            names = ["subject_id", "next_fire_at", *(column.name for column in copied)]
            current.execute(insert(CLOCKS).from_select(names, moved))
    query = select(func.count()).select_from(CLOCKS).where(CLOCKS.c.next_fire_at > clock.now())
    return int(session().scalar(query) or 0)


if __name__ == "__main__":
    print(json.dumps(_measure(*sys.argv[1:])))
