"""One import run over a file: read, check, write in batches, and say what happened."""

import gzip
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, TextIO, cast

from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import triage_group
from servicedesk.kernel import clock
from servicedesk.kernel.collecting import uncollected
from servicedesk.kernel.db import session
from servicedesk.tickets.importing.mapping import ColumnMapping
from servicedesk.tickets.importing.references import make_references, unknown_names
from servicedesk.tickets.importing.rows import ImportRow, RowError, read_rows
from servicedesk.tickets.importing.writing import write_rows
from servicedesk.tickets.models import Ticket

BATCH = 1000
ERRORS_KEPT = 1000
LONGEST_LINE = 8_000_000  # a few kilobytes of gzip may unpack to a line of gigabytes


@dataclass
class Report:
    """What a run came to. `errors` keeps the first thousand; `failed` counts them all."""

    created: int = 0
    skipped: int = 0
    failed: int = 0
    new_groups: set[str] = field(default_factory=set)
    new_categories: set[str] = field(default_factory=set)
    errors: list[RowError] = field(default_factory=list)

    def note(self, error: RowError) -> None:
        """Count an error and keep it while there is room."""
        self.failed += 1
        if len(self.errors) < ERRORS_KEPT:
            self.errors.append(error)


@contextmanager
def open_table(path: Path, encoding: str) -> Iterator[TextIO]:
    """Open a CSV, gzipped or plain, as text; raises OSError where it cannot be read."""
    with path.open("rb") as stored:
        raw: IO[bytes] = cast("IO[bytes]", gzip.GzipFile(fileobj=stored)) if path.suffix == ".gz" else stored
        with io.TextIOWrapper(raw, encoding=encoding, errors="strict", newline="") as lines:
            yield lines


def bounded_lines(lines: TextIO) -> Iterator[str]:
    """Yield the lines of a file; raises OSError for one that is longer than any row could be."""
    while line := lines.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise OSError(f"a line of it has more than {LONGEST_LINE} characters")
        yield line


def run_import(
    actor: Actor,
    path: Path,
    mapping: ColumnMapping,
    *,
    encoding: str = "utf-8-sig",
    dry_run: bool = False,
    create_missing: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> Report:
    """Import the table at `path`; each batch of rows is one transaction, so a broken run can be repeated.

    dry_run checks every row and writes nothing. create_missing makes groups and categories that rows
    name; without it such rows are errors. `progress` is told how many rows were dealt with.
    Raises Refused on a desk that has no team yet, before anything is read.
    """
    triage_group()
    report = Report()
    with open_table(path, encoding) as lines:
        rows = read_rows(bounded_lines(lines), mapping, now=clock.now())
        while batch := list(islice(rows, BATCH)):
            with uncollected():
                _deal_with(actor, batch, mapping, report, dry_run=dry_run, create_missing=create_missing)
            progress(len(batch))
    return report


def _deal_with(
    actor: Actor,
    batch: list[ImportRow | RowError],
    mapping: ColumnMapping,
    report: Report,
    *,
    dry_run: bool,
    create_missing: bool,
) -> None:
    good: list[ImportRow] = []
    for row in batch:
        if isinstance(row, RowError):
            report.note(row)
        else:
            good.append(row)
    new_groups, new_categories = unknown_names(good)
    report.new_groups.update(new_groups)
    report.new_categories.update(new_categories)
    if not create_missing:
        good = _without_unknown(good, set(new_groups), set(new_categories), report)
    elif (new_groups or new_categories) and not dry_run:
        make_references(actor, new_groups, new_categories)
    if dry_run:
        _count_only(good, mapping, report)
    else:
        written = write_rows(actor, good, source=mapping.source)
        report.created += written.created
        report.skipped += written.skipped


def _without_unknown(
    rows: list[ImportRow], groups: set[str], categories: set[str], report: Report
) -> list[ImportRow]:
    kept = []
    for row in rows:
        if row.group in groups:
            report.note(RowError(row.line, "group", "unknown_group", row.group or ""))
        elif row.category in categories:
            report.note(RowError(row.line, "category", "unknown_category", row.category or ""))
        else:
            kept.append(row)
    return kept


def _count_only(rows: list[ImportRow], mapping: ColumnMapping, report: Report) -> None:
    keys = {f"{mapping.source}:{row.external_id}" for row in rows}
    here = len(session().scalars(select(Ticket.import_key).where(Ticket.import_key.in_(keys))).all())
    report.skipped += len(rows) - len(keys) + here
    report.created += len(keys) - here
