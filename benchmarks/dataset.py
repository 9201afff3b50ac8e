"""Desks of a given size: the demo desk, and history on top of it that `servicedesk import` brings in."""

import csv
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

ROOT = Path(__file__).parents[1]
SERVICEDESK = (sys.executable, "-m", "app")
OPEN_SHARE = 0.2
MONTHS = 24
REQUESTERS, ASSIGNEES = 500, 50
GROUPS = ("Service point", "Network", "Accounts", "Workplace", "Applications")
THINGS = (
    *("printer", "laptop", "second screen", "mailbox", "shared folder", "phone", "VPN", "badge", "calendar"),
    *("payroll form", "meeting room", "licence", "password", "scanner", "wireless network", "backup"),
)
FAULTS = (
    *("stopped working", "asks for a code nobody has", "is very slow", "is missing for a new colleague"),
    *("shows an error", "has to move to another floor", "lost what was saved yesterday", "should be renewed"),
)
COLUMNS = ("id", "title", "description", "team", "requester", "agent", "opened", "resolved", "state", "prio")
MAPPING = {
    "source": "benchmark",
    "zone": "UTC",
    "columns": {
        "id": "id",
        "subject": "title",
        "text": "description",
        "group": "team",
        "requester_email": "requester",
        "assignee": "agent",
        "opened_at": "opened",
        "resolved_at": "resolved",
        "status": "state",
        "priority": "prio",
    },
}


@dataclass(frozen=True)
class Desk:
    """A desk made for measuring: its settings as environment, and what making it took."""

    environment: Mapping[str, str]
    demo_seconds: float
    import_seconds: float
    tickets: int

    @property
    def imported_per_second(self) -> float:
        return self.tickets / self.import_seconds


Table = Sequence[tuple[object, ...]]


def build(folder: Path, database_url: str, history: Table) -> Desk:
    """Make a desk of `history` and the demo desk in `folder`, on an empty database."""
    environment = {
        "PYTHONPATH": str(ROOT),
        "DATA_DIR": str(folder),
        "DATABASE_URL": database_url,
        "DESK_RATE_LIMIT_SIGN_IN": "off",
        "DESK_RATE_LIMIT_FORMS": "off",
        "DESK_LOG_LEVEL": "warning",
    }
    table, mapping = folder / "history.csv", folder / "mapping.json"
    folder.mkdir(parents=True, exist_ok=True)
    write(table, history)
    mapping.write_text(json.dumps(MAPPING), "utf-8")
    servicedesk(environment, "migrate")
    demo_seconds = servicedesk(environment, "demo")
    import_seconds = servicedesk(
        environment, "import", "tickets", str(table), "--mapping", str(mapping), "--create-missing"
    )
    servicedesk(environment, "sla", "sweep")  # as the scheduler does every few seconds
    servicedesk(environment, "sla", "roll-up", "--wait")
    if database_url.startswith("postgresql"):
        vacuum(database_url)
    return Desk(environment, demo_seconds, import_seconds, len(history))


def vacuum(database_url: str) -> None:
    """Do what PostgreSQL does by itself a minute after so many rows came, where that is not switched off."""
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def servicedesk(environment: Mapping[str, str], *arguments: str) -> float:
    """Run the command line and return the seconds it took; raises SystemExit where it fails."""
    started = time.monotonic()
    done = subprocess.run(
        [*SERVICEDESK, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"servicedesk {' '.join(arguments)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return time.monotonic() - started


def write(path: Path, history: Table) -> None:
    """Write rows of history to a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(COLUMNS)
        table.writerows(history)


def two_years(tickets: int) -> Table:
    """Return `tickets` rows up to today; every fifth is open and at most three weeks old.

    They are the same rows all day.
    """
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return list(rows(tickets, today, every_open=round(1 / OPEN_SHARE), open_minutes=21 * 24 * 60))


def this_hour(tickets: int) -> Table:
    """Return `tickets` rows of the last hour, all open: every promise to them lies ahead."""
    return list(rows(tickets, datetime.now(UTC), every_open=1, open_minutes=60))


def rows(
    tickets: int, today: datetime, *, every_open: int, open_minutes: int
) -> Iterator[tuple[object, ...]]:
    """Yield rows of two years up to `today`; each that is open is at most `open_minutes` old."""
    chance = random.Random(20261121)
    for number in range(1, tickets + 1):
        is_open = number % every_open == 0
        opened = today - timedelta(
            minutes=chance.randrange(1, open_minutes if is_open else MONTHS * 30 * 24 * 60)
        )
        resolved = opened + timedelta(minutes=int(chance.lognormvariate(6, 1.2)))
        thing, fault = chance.choice(THINGS), chance.choice(FAULTS)
        cost = f"{chance.randrange(1, 30)} people cannot go on without it, please call before you come."
        where = f"floor {chance.randrange(1, 12)}, room {chance.randrange(100, 400)}"
        yield (
            number,
            f"The {thing} {fault} ({where})",
            f"Since this morning the {thing} {fault}. We are in {where}. {cost}",
            chance.choice(GROUPS),
            f"requester{chance.randrange(REQUESTERS)}@bench.example",
            f"Agent {chance.randrange(ASSIGNEES)}",
            opened.isoformat(),
            "" if is_open else min(resolved, today).isoformat(),
            "in_progress" if is_open else "closed",
            chance.choices((1, 2, 3, 4), (2, 18, 50, 30))[0],
        )
