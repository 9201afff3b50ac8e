"""`servicedesk sla verify`: every clock made again from the log by the audit, and where it differs."""

import json
import sys
from datetime import datetime
from time import monotonic

import click

from servicedesk.kernel.db import instant_text
from servicedesk.kernel.differences import Difference
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.this_desk import the_settings
from servicedesk.kernel.verification import Findings, begin_snapshot, verify_one
from servicedesk.tickets.core.numbers import number_from, number_text
from servicedesk.tickets.events import STREAM
from sla.models import Clock
from sla.verification import CHECKER

SHOWN = 100
_TABLE = str(Clock.__tablename__)


@click.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of sentences.")
@click.option("--ticket", "number", metavar="SD-12", help="Look at one ticket only.")
def verify_clocks(*, as_json: bool, number: str | None) -> None:
    """Make every clock again from the logs, by other code than wrote it; exit 1 where one differs."""
    ticket_id = number_from(number, the_settings().ticket_prefix) if number else None
    if number and ticket_id is None:
        raise click.UsageError(f"{number} is no number of a request.")
    started = monotonic()
    begin_snapshot()
    findings = verify_one(CHECKER.name, StreamRef(STREAM, ticket_id) if ticket_id else None)
    seconds = monotonic() - started
    if as_json:
        click.echo(json.dumps(_document(findings, seconds), ensure_ascii=False, indent=1))
    else:
        _tell(findings, seconds)
    if findings.total:
        sys.exit(1)


def _document(findings: Findings, seconds: float) -> dict[str, object]:
    clocks = findings.counts[_TABLE]
    return {
        "ok": findings.total == 0,
        "clocks": clocks,
        "seconds": round(seconds, 2),
        "clocks_per_second": _rate(clocks, seconds),
        "differences": [_named(each) for each in findings.differences],
        "differences_in_total": findings.total,
    }


def _named(each: Difference) -> dict[str, object]:
    return {
        "table": each.table,
        "key": dict(each.key),
        "ticket": _ticket(each),
        "column": each.column,
        "stored": _plain(each.stored),
        "rebuilt": _plain(each.rebuilt),
    }


def _ticket(each: Difference) -> str | None:
    """Return the number of the ticket that a difference is about, where its key tells it."""
    found = next(
        (each.key[name] for name in ("subject_id", "ticket_id", "stream_id") if name in each.key), None
    )
    return number_text(found, the_settings().ticket_prefix) if isinstance(found, int) else None


def _tell(findings: Findings, seconds: float) -> None:
    for each in findings.differences[:SHOWN]:
        told = _named(each)
        key = " ".join(f"{name}={value}" for name, value in each.key.items())
        where = f"{told['table']} {key} {told['column'] or 'row'}"
        click.echo(f"{where}: stored {told['stored']}, the log says {told['rebuilt']}")
    if findings.total > SHOWN:
        click.echo(f"… and {findings.total - SHOWN} more.")
    clocks = findings.counts[_TABLE]
    verdict = f"{findings.total} differences" if findings.total else "no difference"
    click.echo(f"{clocks} clocks in {seconds:.1f} s, {_rate(clocks, seconds)} a second: {verdict}.")


def _rate(clocks: int, seconds: float) -> int:
    return round(clocks / seconds) if seconds > 0 else 0


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return instant_text(value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
