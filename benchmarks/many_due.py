"""What it takes to announce a hundred thousand promises that break at once: `python -m benchmarks.many_due`.

    python -m benchmarks.many_due --sweepers 1 2
    python -m benchmarks.many_due --databases postgresql --sweepers 2 --idle 1000000

Imported tickets are multiplied inside the database, so that each has a log, clocks and a place of its own.
Then so many sweepers, each a process that has loaded the desk, announce what is due, with the clock months
ahead. With --idle the table is filled up afterwards with clocks that are not due yet, and an idle sweep is
measured.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

import app
from benchmarks.databases import databases, working
from benchmarks.dataset import ROOT, build, this_hour
from benchmarks.processes import cpu_seconds
from benchmarks.sweeping import LATER, clocks_ahead, idle_milliseconds
from servicedesk.kernel import clock
from servicedesk.kernel.db import session, transaction
from servicedesk.kernel.event_log import EventRow, StreamHead
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Ticket
from sla.core.moments import MISSED
from sla.due_clocks import next_step_at
from sla.events import TargetMissed
from sla.models import Firing, Standing
from sla.storing import CLOCKS
from sla.sweep import sweep

CLOCKS_DUE, IMPORTED = 100_000, 10_000
GOAL_SECONDS, IDLE_GOAL_MS = 15, 5
_HEADS, _EVENTS, _TICKETS, _STANDINGS, _FIRINGS = (
    model.__table__ for model in (StreamHead, EventRow, Ticket, Standing, Firing)
)


def main() -> None:
    """Make the desk for each database and number of sweepers, and print what they took."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.many_due",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = ["sqlite", "postgresql"]
    parser.add_argument("--databases", nargs="+", default=kinds, choices=kinds)
    parser.add_argument("--postgresql", default="postgresql://postgres@127.0.0.1/postgres")
    parser.add_argument("--clocks", type=int, default=CLOCKS_DUE)
    parser.add_argument("--sweepers", nargs="+", type=int, default=[1])
    parser.add_argument("--idle", type=int, default=0, help="fill up to so many open clocks afterwards")
    options = parser.parse_args()
    for kind in options.databases:
        for sweepers in options.sweepers:
            with tempfile.TemporaryDirectory(prefix="desk-bench-") as name:
                folder = Path(name)
                with databases(kind, folder, options.postgresql, "due") as (url,):
                    _measure(folder, url, options.clocks, sweepers, options.idle)


def _measure(folder: Path, url: str, wanted: int, sweepers: int, idle: int) -> None:
    kind = url.partition(":")[0]
    tickets = min(IMPORTED, wanted)
    environment = dict(build(folder, url, this_hour(tickets)).environment)
    found = _asked(environment, "multiply", str(wanted))
    before = _asked(environment, "count", found["at"])
    took = _announced(environment, found["at"], sweepers, url)
    after = _asked(environment, "count", found["at"])
    new = {name: after[name] - before[name] for name in ("firings", "events", "overdue")}
    is_right = after["due"] == 0 and len(set(new.values())) == 1
    print(
        f"{kind}: {found['due']:,} due clocks of {found['tickets']:,} tickets, {sweepers} sweepers:"
        f" {took['wall']:.1f} s, {took['cpu']:.1f} s cpu, goal {GOAL_SECONDS} s:"
        f" {'kept' if took['wall'] <= GOAL_SECONDS else 'MISSED'};"
        f" {new['events']:,} misses announced, {'each once' if is_right else f'NOT each once: {new}'}",
        flush=True,
    )
    if idle:
        rest = _asked(environment, "idle", found["at"], str(idle), url)
        print(
            f"{kind}: idle sweep over {rest['open_clocks']:,} open clocks: {rest['ms']:.2f} ms cpu,"
            f" goal {IDLE_GOAL_MS} ms: {'kept' if rest['ms'] <= IDLE_GOAL_MS else 'MISSED'}",
            flush=True,
        )


def _announced(environment: dict[str, str], at: str, sweepers: int, url: str) -> dict[str, float]:
    """Let so many sweepers announce everything; return what they took from their start to the last end."""
    with ExitStack() as stack:
        running = [
            stack.enter_context(_started(environment, "sweep", at, stdin=subprocess.PIPE))
            for _ in range(sweepers)
        ]
        for each in running:
            _line(each)  # it has loaded the desk
        server = working(running[0].pid, url)
        pids = {each.pid for each in running}
        before, began = cpu_seconds({*server(), *pids}), time.monotonic()
        for each in running:
            _tell(each)
        for each in running:
            _line(each)  # nothing is due any more
        found = {"wall": time.monotonic() - began, "cpu": cpu_seconds({*server(), *pids}) - before}
        for each in running:
            _tell(each)
    return found


def _asked(environment: dict[str, str], *task: str) -> dict[str, Any]:
    with _started(environment, *task) as running:
        found: dict[str, Any] = json.loads(_line(running))
    return found


def _started(environment: dict[str, str], *task: str, stdin: int | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.many_due_once", *task],
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        stdin=stdin,
        stdout=subprocess.PIPE,
        text=True,
    )


def _line(running: subprocess.Popen[str]) -> str:
    line = running.stdout.readline() if running.stdout else ""
    if not line:
        raise SystemExit("a process of this measurement ended too early; what it wrote stands above")
    return line


def _tell(running: subprocess.Popen[str]) -> None:
    if running.stdin is not None:
        print("on", file=running.stdin, flush=True)


def do(task: str, *arguments: str) -> None:
    """Do a part of the measurement on the desk that the environment describes, and print what came of it."""
    with app.desk(level="warning").app_context():
        if task == "multiply":
            print(json.dumps(_multiply(int(arguments[0]))))
            return
        with clock.freeze(datetime.fromisoformat(arguments[0])):
            if task == "sweep":
                _sweep_when_told()
            elif task == "count":
                print(json.dumps(_count()))
            else:
                _asked_for, url = arguments[1:]
                print(
                    json.dumps({"open_clocks": clocks_ahead(int(_asked_for)), "ms": idle_milliseconds(url)})
                )


def _sweep_when_told() -> None:
    next_step_at()
    session().rollback()
    _tell_and_wait()
    _sweep_all()
    _tell_and_wait()


def _tell_and_wait() -> None:
    print("done", flush=True)
    sys.stdin.readline()


def _sweep_all() -> None:
    # A batch that another one holds is left to it; this one is done when nothing is due at all.
    while (first := next_step_at()) is not None and first <= clock.now():
        if not sweep().tickets:
            time.sleep(0.01)
        session().rollback()


def _count() -> dict[str, int]:
    due = select(func.count()).where(CLOCKS.c.next_fire_at <= clock.now())
    firings = select(func.count()).where(_FIRINGS.c.step == MISSED, _FIRINGS.c.outcome == "fired")
    events = select(func.count()).where(EventRow.type == TargetMissed.type)
    overdue = select(func.count()).where(CLOCKS.c.state == "overdue")
    asked = {"due": due, "firings": firings, "events": events, "overdue": overdue}
    return {name: int(session().scalar(query) or 0) for name, query in asked.items()}


def _multiply(wanted: int) -> dict[str, Any]:
    """Copy the open tickets with their clocks until so many clocks are due in some months."""
    at = datetime.now(UTC) + LATER
    due = select(func.count()).where(CLOCKS.c.next_fire_at <= at)
    own = session().scalar(select(func.max(Ticket.id))) or 0
    turns = -(-wanted // max(1, session().scalar(due) or 1)) - 1
    with transaction() as current:
        for turn in range(1, turns + 1):
            for table, key, but in (
                (_TICKETS, "id", {"import_key", "merged_into_id"}),
                (_HEADS, "id", set()),
                (_EVENTS, "stream_id", set()),
                (CLOCKS, "subject_id", {"id"}),
                (_STANDINGS, "ticket_id", set()),
            ):
                current.execute(_copy(table, key, but, turn * own, own))
    return {
        "at": at.isoformat(),
        "due": int(session().scalar(due) or 0),
        "tickets": int(session().scalar(select(func.count()).select_from(Ticket)) or 0),
    }


def _copy(table: Any, key: str, but: set[str], by: int, own: int) -> Any:
    copied = [each for each in table.c if each.name not in {key, *but}]
    source = select(table.c[key] + by, *copied).where(table.c[key] <= own)
    if table in {_HEADS, _EVENTS}:
        source = source.where((table.c.kind if table is _HEADS else table.c.stream_kind) == STREAM)
    return insert(table).from_select([key, *(each.name for each in copied)], source)


if __name__ == "__main__":
    main()
