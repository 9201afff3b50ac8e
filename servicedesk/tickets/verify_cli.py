"""`servicedesk verify`: says whether the log can make everything that is stored, and what differs."""

import json
from datetime import datetime
from time import monotonic

import click

from servicedesk.kernel.db import instant_text
from servicedesk.kernel.differences import Difference
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.this_desk import the_settings
from servicedesk.kernel.verification import Findings, begin_snapshot, verify
from servicedesk.tickets.core.numbers import number_from
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.files_check import check_files

SHOWN = 100
LONGEST_VALUE = 120


@click.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of sentences.")
@click.option("--ticket", "number", metavar="SD-12", help="Look at one ticket only.")
@click.option("--files", "with_files", is_flag=True, help="Read every file too, and make its hash again.")
def verify_command(*, as_json: bool, number: str | None, with_files: bool) -> None:
    """Rebuild tickets, clocks and ledgers from the log and compare; exit 1 where anything differs."""
    only = _stream_of(number) if number else None
    started = monotonic()
    begin_snapshot()
    findings = verify(only)
    if with_files:
        findings.note(check_files(findings.counts, only.id if only else None))
    seconds = monotonic() - started
    if as_json:
        click.echo(json.dumps(_document(findings, seconds), ensure_ascii=False, indent=1))
    else:
        _tell(findings, seconds)
    if findings.total:
        raise SystemExit(1)


def _stream_of(number: str) -> StreamRef:
    ticket_id = number_from(number, the_settings().ticket_prefix)
    if ticket_id is None:
        raise click.UsageError(_("%(text)s is no number of a request.", text=number))
    return StreamRef(STREAM, ticket_id)


def _document(findings: Findings, seconds: float) -> dict[str, object]:
    return {
        "ok": findings.total == 0,
        "rows": dict(sorted(findings.counts.items())),
        "seconds": round(seconds, 2),
        "differences": [
            {
                "table": each.table,
                "key": dict(each.key),
                "column": each.column,
                "stored": _plain(each.stored),
                "rebuilt": _plain(each.rebuilt),
            }
            for each in findings.differences
        ],
        "differences_in_total": findings.total,
    }


def _tell(findings: Findings, seconds: float) -> None:
    for each in findings.differences[:SHOWN]:
        click.echo(_sentence(each))
    if findings.total > SHOWN:
        click.echo(_("… and %(number)s more.", number=findings.total - SHOWN))
    looked_at = ", ".join(f"{table} {number}" for table, number in sorted(findings.counts.items()))
    click.echo(_("Looked at: %(rows)s.", rows=looked_at or "0"))
    verdict = (
        _("Differences: %(number)s", number=findings.total)
        if findings.total
        else _("Everything stored is what the log says")
    )
    click.echo(_("%(verdict)s (%(seconds)s s).", verdict=verdict, seconds=f"{seconds:.1f}"))


def _sentence(each: Difference) -> str:
    where = " ".join(f"{name}={value}" for name, value in each.key.items())
    if each.column is None:
        return _(
            "%(table)s %(key)s: the row is %(stored)s, the log says %(rebuilt)s",
            table=each.table, key=where, stored=each.stored, rebuilt=each.rebuilt,
        )  # fmt: skip
    return _(
        "%(table)s %(key)s %(column)s: stored %(stored)s, rebuilt %(rebuilt)s",
        table=each.table, key=where, column=each.column,
        stored=_short(each.stored), rebuilt=_short(each.rebuilt),
    )  # fmt: skip


def _short(value: object) -> str:
    text = value if isinstance(value, str) else str(_plain(value))
    return repr(text[:LONGEST_VALUE] + "…" if len(text) > LONGEST_VALUE else text)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return instant_text(value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
