"""How late promises are announced while fifty break in each second: `python -m benchmarks.lag`.

The clocks of imported tickets are moved inside the database so that one breaks every fiftieth of a second for
a minute and a half; then the desk is started as it ships (web, worker and scheduler), and what it wrote down
of its own lag is read.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from benchmarks.databases import databases, with_driver
from benchmarks.dataset import SERVICEDESK, Desk, build, this_hour
from benchmarks.processes import free_port, running
from sla.core.moments import MISSED
from sla.models import Firing
from sla.storing import CLOCKS

PER_SECOND, SECONDS, GOAL_SECONDS = 50, 90, 15
HEAD_START, AFTERWARDS = timedelta(seconds=30), 20
_FIRINGS = Firing.__table__


def main() -> None:
    """Let promises break on each database that is asked for, and print how late they were announced."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lag", description=__doc__)
    parser.add_argument(
        "--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"]
    )
    parser.add_argument("--postgresql", default="postgresql://postgres@127.0.0.1/postgres")
    options = parser.parse_args()
    for kind in options.databases:
        with (
            tempfile.TemporaryDirectory(prefix="desk-bench-") as name,
            databases(kind, Path(name), options.postgresql, "lag") as (url,),
        ):
            desk = build(Path(name), url, this_hour(PER_SECOND * SECONDS))
            _measure(kind, Path(name), url, desk)


def _measure(kind: str, folder: Path, url: str, desk: Desk) -> None:
    engine, port = sa.create_engine(with_driver(url)), free_port()
    ends = _break_one_after_the_other(engine)
    environment = {**desk.environment, "PORT": str(port)}
    with running([*SERVICEDESK, "run"], environment, port, log=folder / "run.log"):
        time.sleep((ends - datetime.now(UTC)).total_seconds() + AFTERWARDS)
    with engine.connect() as connection:
        of_these = (
            _FIRINGS.c.step == MISSED,
            _FIRINGS.c.outcome == "fired",
            _FIRINGS.c.fired_at > ends - timedelta(seconds=SECONDS),
        )
        lags = sorted(connection.scalars(sa.select(_FIRINGS.c.lag_seconds).where(*of_these)))
    engine.dispose()
    p99 = lags[int(len(lags) * 0.99)] if lags else 0
    verdict = "kept" if len(lags) == PER_SECOND * SECONDS and p99 <= GOAL_SECONDS else "MISSED"
    print(
        f"{kind}: {len(lags):,} of {PER_SECOND * SECONDS:,} promises announced, {PER_SECOND} a second:"
        f" lag p50 {lags[len(lags) // 2] if lags else 0} s, p99 {p99} s, at most {lags[-1] if lags else 0} s,"
        f" goal p99 {GOAL_SECONDS} s: {verdict}",
        flush=True,
    )


def _break_one_after_the_other(engine: sa.Engine) -> datetime:
    """Move the clocks that run, and return when the last of them breaks."""
    begin = datetime.now(UTC).replace(microsecond=0) + HEAD_START
    open_ones = sa.select(CLOCKS.c.id).where(CLOCKS.c.state == "running").order_by(CLOCKS.c.id.desc())
    with engine.begin() as connection:
        # What the demo desk waits for comes later than these.
        connection.execute(sa.update(CLOCKS).where(CLOCKS.c.next_fire_at < begin).values(next_fire_at=None))
        chosen = list(connection.scalars(open_ones.limit(PER_SECOND * SECONDS)))
        connection.execute(
            sa.update(CLOCKS).where(CLOCKS.c.id == sa.bindparam("which")),
            [{"which": number, **_breaks_at(begin, place)} for place, number in enumerate(chosen)],
        )
    return begin + timedelta(seconds=len(chosen) / PER_SECOND)


def _breaks_at(begin: datetime, place: int) -> dict[str, object]:
    late_at = begin + timedelta(seconds=place // PER_SECOND)
    return {
        "warn_75_at": begin - timedelta(hours=2),
        "warn_90_at": begin - timedelta(hours=1),
        "due_at": late_at - timedelta(seconds=1),
        "breach_at": late_at - timedelta(seconds=1),
        "late_at": late_at,
        "fired_step": 90,
        "next_step": MISSED,
        "next_fire_at": late_at,
    }


if __name__ == "__main__":
    main()
