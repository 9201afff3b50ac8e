"""What replaying a quarter of a hundred thousand tickets takes: `python -m benchmarks.replaying`.

A desk of the demo's conversations and imported history is multiplied inside the database, and replayed under
a tighter agreement in this process. The anchor, in the same run, is what nobody can spare: reading the same
part of the log through the plain driver, and its bodies as JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, true

import app
from benchmarks.databases import databases
from benchmarks.dataset import ROOT, build, rows
from servicedesk.calendars.queries import DESK_CALENDAR
from servicedesk.kernel.db import session, transaction
from servicedesk.kernel.event_log import EventRow
from servicedesk.tickets.models import Ticket
from sla.history import READ_TYPES
from sla.past_policy import past_policy
from sla.proposals import applied
from sla.replaying import Span, replay
from sla.storing import CLOCKS

TICKETS, IMPORTED, QUARTER = 100_000, 8_000, timedelta(days=91)
GOAL_SECONDS = 20
RULE = {"name": "all", "when": None, "calendar": DESK_CALENDAR, "targets": {"resolution": 8 * 3600}}
TIGHT = {"agreement": {"key": "standard", "document": {"rules": [RULE]}}}
_EVENTS, _TICKETS = (model.__table__ for model in (EventRow, Ticket))


def main() -> None:
    """Make the desk on each database that is asked for, and print what replaying it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replaying", description=__doc__)
    parser.add_argument("--databases", nargs="+", default=["sqlite"], choices=["sqlite", "postgresql"])
    parser.add_argument("--postgresql", default="postgresql://postgres@127.0.0.1/postgres")
    parser.add_argument("--tickets", type=int, default=TICKETS)
    options = parser.parse_args()
    now = datetime.now(UTC)
    history = list(rows(IMPORTED, now, every_open=5, open_minutes=QUARTER // timedelta(minutes=1)))
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as name:
        for kind in options.databases:
            folder = Path(name) / kind
            with databases(kind, folder, options.postgresql, "replay") as (url,):
                desk = build(folder, url, history)
                command = [sys.executable, "-m", "benchmarks.replaying_once", str(options.tickets)]
                environment = {**os.environ, **desk.environment, "PYTHONPATH": str(ROOT)}
                print(f"{kind}: ", end="", flush=True)
                subprocess.run(command, env=environment, check=True)


def measure(tickets: int) -> dict[str, Any]:
    """Return the figures, on the desk that the environment describes."""
    with app.desk(level="warning").app_context():
        count = _multiply(tickets)
        as_of = datetime.now(UTC)
        span = Span(as_of - 9 * QUARTER, as_of, as_of, "UTC")
        current = past_policy(as_of)
        proposed = applied(current, TIGHT, desk_calendar=DESK_CALENDAR)
        anchor = _timed(_read_log)
        found = _timed(lambda: replay(span, current, proposed, true()).document)
        return {
            "tickets": count,
            "events": anchor["result"],
            "anchor_cpu": anchor["cpu"],
            "cpu": found["cpu"],
            "wall": found["wall"],
            "load": os.getloadavg()[0],
            "self_test": found["result"]["self_test"],
        }


def _timed(work: Callable[[], Any]) -> dict[str, Any]:
    wall, cpu = time.monotonic(), time.process_time()
    result = work()
    return {"result": result, "cpu": time.process_time() - cpu, "wall": time.monotonic() - wall}


def _read_log() -> int:
    """Read what a replay reads of the log, and nothing more; return how many events there are."""
    columns = (EventRow.stream_id, EventRow.seq, EventRow.type, EventRow.at, EventRow.body)
    query = select(*columns).where(EventRow.stream_kind == "ticket", EventRow.type.in_(sorted(READ_TYPES)))
    read = session().execute(query, execution_options={"yield_per": 2_000})
    return sum(1 for row in read if json.loads(row.body) is not None)


def _multiply(wanted: int) -> int:
    """Fill the tables with copies of the tickets that are there until there are enough; return how many."""
    own = session().scalar(select(func.max(Ticket.id))) or 0
    turns = -(-wanted // max(1, session().scalar(select(func.count()).select_from(Ticket)) or 1)) - 1
    with transaction() as current:
        for turn in range(1, turns + 1):
            for table, column, but in (
                (_TICKETS, "id", {"import_key", "merged_into_id"}),
                (_EVENTS, "stream_id", set()),
                (CLOCKS, "subject_id", {"id", "next_fire_at"}),
            ):
                current.execute(_copy(table, column, but, turn * own, own))
    return session().scalar(select(func.count()).select_from(Ticket)) or 0


def _copy(table: Any, column: str, but: set[str], by: int, own: int) -> Any:
    moved = table.c[column]
    copied = [each for each in table.c if each.name not in {column, *but}]
    source = select(moved + by, *copied).where(moved <= own)
    if table is _EVENTS:
        source = source.where(table.c.stream_kind == "ticket")
    return insert(table).from_select([column, *(each.name for each in copied)], source)


if __name__ == "__main__":
    main()
