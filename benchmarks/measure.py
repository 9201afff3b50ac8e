"""Measures the desk beside the anchor on both databases: `python -m benchmarks.measure` prints the ratios."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from benchmarks import memory, operations
from benchmarks.anchor import tables
from benchmarks.client import Client
from benchmarks.crowd import crowd
from benchmarks.databases import databases, with_driver, working
from benchmarks.dataset import ROOT, SERVICEDESK, Desk, build, servicedesk, two_years, vacuum
from benchmarks.first_looks import Cost, Floor, People, first_looks
from benchmarks.operations import Operation
from benchmarks.processes import Server, free_port, running
from benchmarks.rounds import Comparison, Contender, compare
from benchmarks.standing import standing
from benchmarks.sweeping import sweeping

RESULTS = ROOT / "benchmarks" / "results"
ANCHOR_WORKERS = 3
SWEEP, CROWD, FIRST_LOOKS = "6 sweep", "8 clients", "first looks"
UNSEEN = 12


def main() -> None:
    """Run what the command line asks for."""
    options = _options()
    report: dict[str, object] = {"at": datetime.now(UTC).isoformat(), "tickets": options.tickets}
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as name:
        folder = Path(name)
        for kind in options.databases:
            print(f"\n{kind}, {options.tickets:,} tickets", flush=True)
            with databases(kind, folder, options.postgresql, "anchor", "desk") as urls:
                report[kind] = _measure(folder / kind, urls, options)
            if _is_wanted(SWEEP, options.only):
                with databases(kind, folder, options.postgresql, "sweep_anchor", "sweep") as urls:
                    report[f"{kind} sweep"] = sweeping(folder / f"{kind}-sweep", *urls)
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


def _measure(folder: Path, urls: Sequence[str], options: argparse.Namespace) -> dict[str, object]:
    anchor_url, desk_url = urls
    desk = build(folder, desk_url, two_years(options.tickets))
    print(
        f"  import: {desk.imported_per_second:,.0f} tickets/s; demo desk in {desk.demo_seconds:.1f} s",
        flush=True,
    )
    found: dict[str, Any] = {
        "import_per_second": desk.imported_per_second,
        "demo_seconds": desk.demo_seconds,
    }
    engine = create_engine(with_driver(anchor_url))
    tables.fill(engine, options.tickets)
    engine.dispose()
    if anchor_url.startswith("postgresql"):
        vacuum(anchor_url)
    with ExitStack() as stack:
        anchor = stack.enter_context(_anchor(folder, anchor_url))
        product = stack.enter_context(_web(folder, desk))
        idle = memory.before(anchor, product)
        print(f"  first answer of the web process: {product.seconds_to_first_answer:.1f} s", flush=True)
        urls_of = {anchor: anchor_url, product: desk_url}
        found |= _used(folder, desk, urls_of, options)
        found["memory"] = memory.grown(idle, product)
    found["standing"] = standing(folder, desk.environment)
    return found


def _used(
    folder: Path, desk: Desk, urls: Mapping[Server, str], options: argparse.Namespace
) -> dict[str, Any]:
    """Let both servers do everything that is wanted, in turns."""
    anchor, product = urls
    compared = {}
    for operation in operations.prepare(anchor, product, folder):
        if _is_wanted(operation.name, options.only):
            servicedesk(desk.environment, "sla", "sweep")  # no worker runs here that would, every ten seconds
            sides = (
                Contender(operation.anchor, working(anchor.pid, urls[anchor])),
                Contender(operation.product, working(product.pid, urls[product])),
            )
            compared[operation.name] = _run(operation, *sides, options.rounds)
    found: dict[str, Any] = {"operations": compared, "pages": operations.weights(product, folder)}
    if _is_wanted(FIRST_LOOKS, options.only):
        found["first_looks"] = _first_looks(folder, desk, urls)
    if _is_wanted(CROWD, options.only):
        found["crowd"] = crowd(lambda: operations.signed_in(product, folder, "agent"), operations.QUEUE)
    return found


def _first_looks(folder: Path, desk: Desk, urls: Mapping[Server, str]) -> dict[str, Cost]:
    anchor, product = urls
    plain = Client(anchor.url)
    floor = Floor(
        lambda: plain.get("/queue-columns"),
        lambda: plain.get("/tickets/1"),
        working(anchor.pid, urls[anchor]),
        working(product.pid, urls[product]),
    )
    people = People(*(operations.signed_in(product, folder, role) for role in ("agent", "lead", "customer")))
    tickets = operations.long_tickets(people.customer, UNSEEN)
    servicedesk(desk.environment, "sla", "sweep")  # or the queue's order is worked out of the clocks
    return first_looks(floor, people, tickets)


def _run(operation: Operation, anchor: Contender, product: Contender, rounds: int) -> dict[str, object]:
    result = compare(anchor, product, rounds)
    print(_line(operation, result), flush=True)
    return {"ratio": result.ratio, "goal": operation.goal, **asdict(result)}


def _line(operation: Operation, result: Comparison) -> str:
    figure, unit = (result.cpu_ms, "ms") if operation.in_milliseconds else (result.ratio, "A")
    verdict = "kept" if figure <= operation.goal else "MISSED"
    return (
        f"  {operation.name:<32} anchor {result.anchor_cpu_ms:5.2f} ms, desk {result.cpu_ms:6.2f} ms cpu"
        f" (p50 {result.median_ms:6.1f} ms): {result.ratio:5.1f} A, goal {operation.goal:g} {unit}: {verdict}"
    )


def _is_wanted(name: str, only: list[str]) -> bool:
    return not only or any(part in name for part in only)


@contextmanager
def _anchor(folder: Path, url: str) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(ANCHOR_WORKERS), "--worker-class", "gthread", "--threads", "8"]
    environment = {"DATABASE_URL": with_driver(url), "PYTHONPATH": str(ROOT)}
    application = "benchmarks.anchor.app:create_app()"
    with running([*command, application], environment, port, log=folder / "anchor.log") as server:
        yield server


@contextmanager
def _web(folder: Path, desk: Desk) -> Iterator[Server]:
    port = free_port()
    environment = {**desk.environment, "PORT": str(port)}
    with running([*SERVICEDESK, "web"], environment, port, log=folder / "web.log") as server:
        yield server


if __name__ == "__main__":
    main()
