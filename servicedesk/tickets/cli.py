"""Commands of tickets on the command line: importing history."""

import csv
import json
import zlib
from pathlib import Path
from time import monotonic

import click

from servicedesk.identity.actor import system_actor
from servicedesk.kernel import statistics
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.logs import safe_text
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.importing.mapping import BadMapping, ColumnMapping, mapping_from
from servicedesk.tickets.importing.rows import BrokenFile, RowError, WrongEncoding
from servicedesk.tickets.importing.running import Report, run_import

SHOWN_ERRORS = 20


@click.group("import")
def import_group() -> None:
    """Bring history into the desk."""


@import_group.command("tickets")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True))
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON file that says which column means what (see docs/import.md).",
)
@click.option("--map", "pairs", multiple=True, metavar="TARGET=COLUMN", help="One column, without a file.")
@click.option("--source", help="Where the rows come from; a second run skips rows of the same source.")
@click.option("--encoding", default="utf-8-sig", show_default=True, help="For example cp1251 or cp1255.")
@click.option("--create-missing", is_flag=True, help="Make the groups and categories that rows name.")
@click.option("--dry-run", is_flag=True, help="Check every row and write nothing.")
@click.option(
    "--errors",
    "errors_file",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Write the rows that were refused, with the reason, to this CSV.",
)
def import_tickets(
    file: Path,
    mapping_file: Path | None,
    pairs: tuple[str, ...],
    source: str | None,
    *,
    encoding: str,
    create_missing: bool,
    dry_run: bool,
    errors_file: Path | None,
) -> None:
    """Import tickets from FILE (CSV, also .gz); safe to run again."""
    mapping = _mapping(mapping_file, pairs, source or file.name.split(".")[0])
    started = monotonic()
    actor = system_actor(Cause("import", mapping.source))
    with click.progressbar(length=_size(file), label=_("Importing"), show_pos=True) as bar:
        try:
            report = run_import(
                actor, file, mapping, encoding=encoding, dry_run=dry_run,
                create_missing=create_missing, progress=bar.update,
            )  # fmt: skip
        except LookupError:
            raise click.UsageError(_("The encoding %(name)s is unknown.", name=encoding)) from None
        except WrongEncoding as error:
            raise click.ClickException(
                _("This file is not %(name)s (%(where)s). Name its encoding with --encoding.",
                  name=encoding, where=str(error))
            ) from None  # fmt: skip
        except BrokenFile as error:
            raise click.ClickException(_broken(error)) from None
        except (OSError, EOFError, zlib.error) as error:
            raise click.ClickException(_("The file cannot be read: %(why)s.", why=str(error))) from None
    if report.created:
        statistics.refresh()
    if errors_file is not None:
        _write_errors(errors_file, report.errors)
    _say(report, monotonic() - started, dry_run=dry_run, create_missing=create_missing)
    if report.failed:
        raise SystemExit(1)


def _mapping(mapping_file: Path | None, pairs: tuple[str, ...], source: str) -> ColumnMapping:
    try:
        document = json.loads(mapping_file.read_text(encoding="utf-8")) if mapping_file else {}
        columns = dict(document.get("columns", {}))
        for pair in pairs:
            target, equals, column = pair.partition("=")
            if not equals:
                raise click.UsageError(_("Write --map as TARGET=COLUMN, for example subject=title."))
            columns[target] = column
        return mapping_from({"source": source, **document, "columns": columns})
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError):
        raise click.UsageError(_("The mapping file is no JSON object.")) from None
    except BadMapping as error:
        sentence = _("The mapping is wrong at %(key)s (%(why)s).", key=error.key, why=error.reason)
        raise click.UsageError(sentence) from None


def _size(file: Path) -> int:
    """Guess the number of rows for the progress bar without reading the file twice."""
    per_row = 120 if file.suffix == ".gz" else 300
    return max(1, file.stat().st_size // per_row)


def _broken(error: BrokenFile) -> str:
    sentence: str = _("The first line of the file is no header of a CSV table.")
    if error.code == "columns_missing":
        sentence = _(
            "The file lacks the columns %(missing)s. It has: %(found)s. Correct the mapping.",
            missing=", ".join(error.missing),
            found=safe_text(", ".join(error.found)),
        )
    if error.code == "empty":
        sentence = _("The file is empty.")
    return sentence


def _write_errors(path: Path, errors: list[RowError]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(["line", "column", "problem", "value"])
        table.writerows([error.line, error.target, error.code, _safe(error.value)] for error in errors)


def _safe(value: str) -> str:
    """Keep a spreadsheet from reading a refused value as a formula."""
    return "'" + value if value[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") else value


def _say(report: Report, seconds: float, *, dry_run: bool, create_missing: bool) -> None:
    done = _("would be imported") if dry_run else _("imported")
    rate = report.created / seconds if seconds > 0 else 0
    click.echo(
        _("%(created)s tickets %(done)s, %(skipped)s already here, %(failed)s refused, %(rate)s per second.",
          created=report.created, done=done, skipped=report.skipped, failed=report.failed, rate=round(rate))
    )  # fmt: skip
    missing = sorted(report.new_groups | report.new_categories)
    if missing and not create_missing:
        names = ", ".join(missing[:10])
        click.echo(_("Unknown: %(names)s. Add --create-missing to make them.", names=names))
    for error in report.errors[:SHOWN_ERRORS]:
        click.echo(
            _("line %(line)s: %(column)s: %(problem)s %(value)s",
              line=error.line, column=error.target, problem=error.code, value=safe_text(error.value))
        )  # fmt: skip
