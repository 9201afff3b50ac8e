"""Measures the desk beside the anchor on both databases: `python -m benchmarks.measure` prints the ratios."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import create_engine

from benchmarks import operations
from benchmarks.anchor import tables
from benchmarks.dataset import ROOT, SERVICEDESK, Desk, build, servicedesk
from benchmarks.operations import Operation
from benchmarks.processes import Server, free_port, parent_of, running
from benchmarks.rounds import Comparison, Contender, compare
from benchmarks.standing import standing

RESULTS = ROOT / "benchmarks" / "results"
ANCHOR_WORKERS = 3


def main() -> None:
    """Run what the command line asks for."""
    options = _options()
    report: dict[str, object] = {"at": datetime.now(UTC).isoformat(), "tickets": options.tickets}
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as name:
        folder = Path(name)
        for kind in options.databases:
            with _databases(kind, folder, options.postgresql) as (anchor_url, desk_url):
                print(f"\n{kind}, {options.tickets:,} tickets", flush=True)
                report[kind] = _measure(folder / kind, anchor_url, desk_url, options)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(report, indent=1), "utf-8")
    print(f"\nKept in {path.relative_to(ROOT)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measure", description=__doc__)
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--databases", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"]
    )
    parser.add_argument(
        "--postgresql",
        default="postgresql://postgres@127.0.0.1/postgres",
        help="a server that lets this role create databases; both are dropped afterwards",
    )
    parser.add_argument("--only", nargs="*", default=[], help="names of operations, in part")
    return parser.parse_args()


@contextmanager
def _databases(kind: str, folder: Path, server: str) -> Iterator[tuple[str, str]]:
    """Make an empty database for the anchor and one for the desk; yield their addresses."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/anchor.sqlite3", f"sqlite:///{folder}/desk.sqlite3"
        return
    names = [f"desk_bench_{part}_{os.getpid()}" for part in ("anchor", "desk")]
    with psycopg.connect(server, autocommit=True) as admin:
        for name in names:
            admin.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield f"{server.rpartition('/')[0]}/{names[0]}", f"{server.rpartition('/')[0]}/{names[1]}"
        finally:
            for name in names:
                admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _measure(folder: Path, anchor_url: str, desk_url: str, options: argparse.Namespace) -> dict[str, object]:
    desk = build(folder, desk_url, options.tickets)
    print(
        f"  import: {desk.imported_per_second:,.0f} tickets/s; demo desk in {desk.demo_seconds:.1f} s",
        flush=True,
    )
    found: dict[str, Any] = {
        "import_per_second": desk.imported_per_second,
        "demo_seconds": desk.demo_seconds,
    }
    engine = create_engine(_with_driver(anchor_url))
    tables.fill(engine, options.tickets)
    engine.dispose()
    with ExitStack() as stack:
        anchor = stack.enter_context(_anchor(folder, anchor_url))
        product = stack.enter_context(_web(folder, desk))
        database = _postmaster(desk_url)
        print(f"  first answer of the web process: {product.seconds_to_first_answer:.1f} s", flush=True)
        wanted = [o for o in operations.prepare(anchor, product, folder) if _is_wanted(o, options.only)]
        found["operations"] = {}
        for operation in wanted:
            servicedesk(desk.environment, "sla", "sweep")  # no worker runs here that would, every ten seconds
            found["operations"][operation.name] = _run(operation, anchor, product, database, options.rounds)
        found["pages"] = operations.weights(product, folder)
    found["standing"] = standing(folder, desk.environment)
    return found


def _run(
    operation: Operation, anchor: Server, product: Server, database: list[int], rounds: int
) -> dict[str, object]:
    result = compare(
        Contender(operation.anchor, [anchor.pid, *database]),
        Contender(operation.product, [product.pid, *database]),
        rounds,
    )
    print(_line(operation, result), flush=True)
    return {"ratio": result.ratio, "goal": operation.goal, **asdict(result)}


def _line(operation: Operation, result: Comparison) -> str:
    verdict = "kept" if result.ratio <= operation.goal else "MISSED"
    return (
        f"  {operation.name:<44} anchor {result.anchor_cpu_ms:5.2f} ms, desk {result.cpu_ms:6.2f} ms cpu"
        f" (p50 {result.median_ms:6.1f} ms): {result.ratio:5.1f} A, goal {operation.goal:g} A: {verdict}"
    )


def _is_wanted(operation: Operation, only: list[str]) -> bool:
    return not only or any(part in operation.name for part in only)


@contextmanager
def _anchor(folder: Path, url: str) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(ANCHOR_WORKERS), "--worker-class", "gthread", "--threads", "8"]
    environment = {"DATABASE_URL": _with_driver(url), "PYTHONPATH": str(ROOT)}
    application = "benchmarks.anchor.app:create_app()"
    with running([*command, application], environment, port, log=folder / "anchor.log") as server:
        yield server


@contextmanager
def _web(folder: Path, desk: Desk) -> Iterator[Server]:
    port = free_port()
    environment = {**desk.environment, "PORT": str(port)}
    with running([*SERVICEDESK, "web"], environment, port, log=folder / "web.log") as server:
        yield server


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def _postmaster(url: str) -> list[int]:
    """Return the first process of the PostgreSQL server on this machine; nothing for SQLite."""
    if not url.startswith("postgresql"):
        return []
    with psycopg.connect(url) as connection:
        return [parent_of(connection.info.backend_pid)]


if __name__ == "__main__":
    main()
