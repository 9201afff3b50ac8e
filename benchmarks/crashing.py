"""What crashes leave of many promises that break at once: no announcement lost, and none doubled (X1 to X6).

Sweepers are killed while they announce, and their clock is set back and forward by an hour meanwhile.

    python -m benchmarks.crashing sqlite --clocks 20000
    python -m benchmarks.crashing postgresql --server postgresql://postgres@127.0.0.1/postgres --clocks 20000
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

import app
from benchmarks.databases import databases, with_driver
from benchmarks.dataset import ROOT, servicedesk
from benchmarks.killing import SWEEPERS, sweepers
from servicedesk.identity.actor import system_actor
from servicedesk.identity.models import Person
from servicedesk.kernel import clock, job_queue
from servicedesk.kernel.db import AnySelect, batch, db, session
from servicedesk.kernel.event_log import EventRow
from servicedesk.kernel.events import Json
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.worker import attempt
from servicedesk.notify.models import Notice
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.opening import Request, open_ticket
from sla.agreements import publish_agreement
from sla.models import Clock, Firing
from sla.sweep import sweep

KILLS = 12
# So many of the tickets are of the rule whose step tells people and writes a note.
ONE_IN = 20
FILED_AGO = timedelta(minutes=90)
TARGET_SECONDS = 3600
HOUR = 3600
AT_ONCE = 500
GIVEN_UP_AFTER_SECONDS = 3600
_DESK = system_actor(Cause("test"))


@dataclass(frozen=True, slots=True)
class Left:
    """What there is after the crashes; each number but `kills` must be that of the clocks or of the steps."""

    clocks: int
    kills: int
    firings: int
    clocks_fired: int
    announced: int
    steps_with_deeds: int
    escalations: int
    steps_taken: int
    notes: int
    notices: int
    fired_while_set_back: int

    @property
    def is_right(self) -> bool:
        fired = {self.firings, self.clocks_fired, self.announced}
        acted = {self.escalations, self.steps_taken, self.notes, self.notices}
        return fired == {self.clocks} and acted == {self.steps_with_deeds} and not self.fired_while_set_back


def prepare(clocks: int) -> int:
    """File so many requests whose first response was due half an hour ago; return the first one's id.

    The app's context is open.
    """
    always: dict[str, Json] = {"calendar": "always", "targets": {"first_response": TARGET_SECONDS}}
    steps: list[Json] = [{"at": {"percent": 100}, "to": ["team_lead"], "note": "Late.", "anytime": True}]
    rules: list[Json] = [
        {"name": "told", "when": {"field": "priority", "is": "P1"}, "steps": steps, **always},
        {"name": "all", "when": None, **always},
    ]
    document: dict[str, Json] = {"rules": rules, "steps": []}
    with clock.freeze(clock.now() - FILED_AGO):
        publish_agreement(_DESK, "crash", name="Crash", document=document, position=0)
        requester_id = session().scalar(select(func.min(Person.id)).where(Person.is_active))
        filed: list[int] = []
        for first in range(0, clocks, AT_ONCE):
            with batch():
                filed += [
                    _file(number, requester_id) for number in range(first, min(first + AT_ONCE, clocks))
                ]
    return filed[0]


def _file(number: int, requester_id: int | None) -> int:
    level = 1 if number % ONE_IN == 0 else 3
    asked = Request(
        subject=f"Number {number}",
        text="It blinks.",
        impact=level,
        urgency=level,
        requester_id=requester_id,
    )
    return open_ticket(_DESK, asked)


def crash(environment: Mapping[str, str], folder: Path, clocks: int, *, kills: int = KILLS) -> Left:
    """Let sweepers deal with what is due and kill them, then let the jobs run; return what there is.

    The app's context is open on the same desk, and nothing else writes to it.
    """
    first = prepare(clocks)
    offset = folder / "offset"
    offset.write_text("0")
    killed = fired_while_back = 0
    with sweepers({**environment, "CRASH_OFFSET": str(offset)}) as running:
        began = time.monotonic()
        while (done := _firings(first)) < clocks or killed < kills:
            if time.monotonic() - began > GIVEN_UP_AFTER_SECONDS:
                break
            if killed < kills and done >= killed * clocks // (kills + 1):
                running.kill(killed % SWEEPERS)
                killed += 1
                if killed == kills // 3:
                    fired_while_back = _set_back(offset, first)
                if killed == 2 * kills // 3:
                    offset.write_text(str(HOUR))
            elif done >= clocks:
                running.kill(killed % SWEEPERS)
                killed += 1
            time.sleep(0.02)
        offset.write_text("0")
    sweep()
    # What was written while the clock stood an hour ahead waits for that time.
    with clock.freeze(clock.now() + timedelta(hours=2)):
        _run_jobs()
    return _left(first, clocks, killed, fired_while_back)


def _set_back(offset: Path, first: int) -> int:
    """Set the sweepers' clock back by an hour for a while; return how much was fired once it stood back."""
    offset.write_text(str(-HOUR))
    _wait_for_steady_firings(first)
    before = _firings(first)
    time.sleep(1)
    after = _firings(first)
    offset.write_text("0")
    return after - before


def _wait_for_steady_firings(first: int) -> None:
    seen = -1
    while (now := _firings(first)) != seen:
        seen = now
        time.sleep(1)


def _run_jobs() -> None:
    """Run what the steps do, and gather what they tell, as a worker does."""
    from flask import current_app

    desk = current_app._get_current_object()  # type: ignore[attr-defined]
    kinds = job_queue.Kinds(only=frozenset({"sla.escalate"}))
    while claims := job_queue.claim("crashing", limit=100, lease_seconds=600, kinds=kinds):
        for claim in claims:
            attempt(desk, claim)
    session().rollback()


def _firings(first: int) -> int:
    session().rollback()
    return _count(_fired(first).with_only_columns(func.count()))


def _fired(first: int) -> AnySelect:
    return select(Firing.clock_id).join(Clock, Clock.id == Firing.clock_id).where(Clock.subject_id >= first)


def _count(query: AnySelect) -> int:
    return int(session().scalar(query) or 0)


def _left(first: int, clocks: int, kills: int, fired_while_set_back: int) -> Left:
    session().rollback()
    told = select(func.count()).select_from(Clock).where(Clock.rule == "told")

    def events(kind: str) -> int:
        of_kind = select(func.count()).where(EventRow.stream_kind == STREAM, EventRow.type == kind)
        return _count(of_kind.where(EventRow.stream_id >= first))

    return Left(
        clocks=clocks,
        kills=kills,
        firings=_firings(first),
        clocks_fired=_count(_fired(first).with_only_columns(func.count(Firing.clock_id.distinct()))),
        announced=events("target_missed"),
        steps_with_deeds=_count(told),
        escalations=_count(select(func.count()).select_from(Job).where(Job.kind == "sla.escalate")),
        steps_taken=events("step_taken"),
        notes=events("note_added"),
        notices=_count(select(func.count()).select_from(Notice)),
        fired_while_set_back=fired_while_set_back,
    )


def main() -> None:
    """Make a desk, crash it, and print what there is."""
    asked = argparse.ArgumentParser()
    asked.add_argument("database", choices=("sqlite", "postgresql"))
    asked.add_argument("--server", default="postgresql://postgres@127.0.0.1/postgres")
    asked.add_argument("--clocks", type=int, default=20_000)
    asked.add_argument("--kills", type=int, default=KILLS)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with databases(given.database, folder, given.server, "crash") as (url,):
            address = with_driver(url)
            environment = {"DATA_DIR": name, "DATABASE_URL": address, "DESK_LOG_LEVEL": "error"}
            for what in ("migrate", "demo"):
                servicedesk({**environment, "PYTHONPATH": str(ROOT)}, what)
            os.environ.update(environment)
            with app.desk(level="error").app_context():
                found = crash(environment, folder, given.clocks, kills=given.kills)
                db.engine.dispose()
    print("\n".join(f"{name:22} {value:,}" for name, value in asdict(found).items()))
    print("nothing lost, nothing doubled" if found.is_right else "WRONG")
    sys.exit(0 if found.is_right else 1)


if __name__ == "__main__":
    main()
