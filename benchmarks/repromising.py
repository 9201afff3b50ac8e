"""What it takes to measure all open clocks by other hours: `python -m benchmarks.repromising`.

An agreement is published anew with another calendar, for open clocks too (P5): each ticket gets an event and
its clocks are folded again, batch by batch as the job does it. It runs in one process; the job may run
anywhere.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

import app
from benchmarks.databases import databases, working
from benchmarks.dataset import ROOT, build, this_hour
from benchmarks.processes import cpu_seconds
from servicedesk.identity.actor import system_actor
from servicedesk.kernel.db import session
from servicedesk.kernel.events import Json
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.verification import begin_snapshot, verify_one
from sla.agreements import publish_agreement, written_document
from sla.repromising import newest_version, promise_again
from sla.storing import CLOCKS
from sla.verification import CHECKER

TICKETS, GOAL_CLOCKS, GOAL_SECONDS = 10_000, 1_000_000, 30
OTHER_HOURS = {"desk": "always", "always": "desk"}
_AGREEMENT = "standard"


def main() -> None:
    """Make the desk on each database that is asked for, and print what the change took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repromising", description=__doc__)
    parser.add_argument(
        "--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"]
    )
    parser.add_argument("--postgresql", default="postgresql://postgres@127.0.0.1/postgres")
    parser.add_argument("--tickets", type=int, default=TICKETS)
    options = parser.parse_args()
    for kind in options.databases:
        with (
            tempfile.TemporaryDirectory(prefix="desk-bench-") as name,
            databases(kind, Path(name), options.postgresql, "hours") as (url,),
        ):
            desk = build(Path(name), url, this_hour(options.tickets))
            _print(kind, _in_a_process_of_its_own(desk.environment, url))


def _in_a_process_of_its_own(environment: Mapping[str, str], url: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.repromising_once", url]
    whole = {**os.environ, **environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=whole, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _print(kind: str, found: Mapping[str, Any]) -> None:
    rate = found["changed"] / found["wall"]
    whole = GOAL_CLOCKS / rate
    print(
        f"{kind}: {found['changed']:,} of {found['clocks']:,} clocks measured by other hours in"
        f" {found['wall']:.1f} s ({found['cpu']:.1f} s cpu): {rate:,.0f} clocks/s;"
        f" {GOAL_CLOCKS:,} would take {whole:,.0f} s, goal {GOAL_SECONDS} s:"
        f" {'kept' if whole <= GOAL_SECONDS else 'MISSED'}; {found['differences']} differences to the log",
        flush=True,
    )


def measure(url: str) -> dict[str, Any]:
    """Return the figures, on the desk that the environment describes."""
    with app.desk(level="warning").app_context():
        newest = newest_version(_AGREEMENT)
        document = dict(written_document(newest.id))
        document["rules"] = [_by_other_hours(rule) for rule in document["rules"]]  # type: ignore[union-attr]
        publish_agreement(
            system_actor(Cause("test")),
            _AGREEMENT,
            name=newest.name,
            document=document,
            expected_version=newest.number,
        )
        burns = working(os.getpid(), url)
        before, began = cpu_seconds(burns()), time.monotonic()
        promise_again(_AGREEMENT)
        wall, burnt = time.monotonic() - began, cpu_seconds(burns()) - before
        session().rollback()
        begin_snapshot()
        return {
            "wall": wall,
            "cpu": burnt,
            "clocks": session().scalar(select(func.count()).select_from(CLOCKS)),
            "changed": session().scalar(select(func.count()).where(CLOCKS.c.target_epoch > 1)),
            "differences": verify_one(CHECKER.name, None).total,
        }


def _by_other_hours(rule: Any) -> dict[str, Json]:
    return {**rule, "calendar": OTHER_HOURS.get(rule["calendar"], rule["calendar"])}


if __name__ == "__main__":
    main()
