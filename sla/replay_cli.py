"""`servicedesk sla replay`: the past under a proposal, for programs and people; it keeps nothing."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import true

from servicedesk.calendars.queries import DESK_CALENDAR
from servicedesk.kernel import clock
from servicedesk.kernel.db import canonical_json
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.this_desk import the_settings
from sla.past_policy import past_policy
from sla.proposals import applied
from sla.replay_runs import with_digest
from sla.replaying import Replay, Span, replay
from sla.replays import expected_tickets

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Instant(click.ParamType):  # type: ignore[type-arg]  # a class of no types before click 8.4
    """A moment as 2026-01-05T09:00:00Z; a date alone is its midnight in UTC."""

    name = "INSTANT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment such as 2026-01-05T09:00:00Z.", param, ctx)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found


@click.command("replay")
@click.option("--from", "from_at", type=_Instant(), required=True, help="The beginning of the period.")
@click.option("--to", "to_at", type=_Instant(), required=True, help="Its end, which is outside.")
@click.option("--as-of", type=_Instant(), help="Read the log as far as it was known then; now unless given.")
@click.option("--agreement", nargs=2, metavar="KEY FILE", help="A document in place of this agreement.")
@click.option("--before", metavar="KEY", help="Try a new agreement right before this one.")
@click.option("--calendar", nargs=2, metavar="KEY FILE", help="Hours in place of this calendar.")
@click.option("--combined", multiple=True, metavar="KEY", help="Try them also in this calendar of several.")
@click.option("--list", "with_list", is_flag=True, help="Print each cycle that is late on one side only.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
def replay_command(
    *,
    from_at: datetime,
    to_at: datetime,
    as_of: datetime | None,
    agreement: tuple[str, str] | None,
    before: str | None,
    calendar: tuple[str, str] | None,
    combined: tuple[str, ...],
    with_list: bool,
    as_json: bool,
) -> None:
    """Replay a past period under an agreement or a calendar that is proposed.

    Exit code 1 where the versions that were in force do not give what is stored.
    """
    moment = as_of or clock.now()
    proposal: dict[str, Any] = {}
    if agreement:
        proposal["agreement"] = {"key": agreement[0], "before": before, "document": _read(agreement[1])}
    if combined and not calendar:
        raise click.UsageError("--combined asks for --calendar.")
    if calendar:
        said = {"key": calendar[0], "document": _read(calendar[1])}
        proposal["calendar"] = said | ({"combined": list(combined)} if combined else {})
    found = _replayed(from_at, min(to_at, moment), moment, proposal)
    click.echo(_as_json(found, with_list=with_list) if as_json else _in_words(found, with_list=with_list))
    sys.exit(1 if found.document["self_test"]["differences"] else 0)


def _read(path: str) -> object:
    try:
        return json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path} cannot be read as JSON: {error}") from None


def _replayed(from_at: datetime, to_at: datetime, as_of: datetime, proposal: dict[str, Any]) -> Replay:
    if from_at >= to_at:
        raise Invalid("replay.empty", "This period is empty: its end is not after its beginning.")
    if not expected_tickets(from_at, to_at, true()):
        raise Invalid("replay.nothing_there", "In this period there was no request.")
    current, span = past_policy(as_of), Span(from_at, to_at, as_of, the_settings().zone)
    return replay(span, current, applied(current, proposal, desk_calendar=DESK_CALENDAR), true())


def _as_json(found: Replay, *, with_list: bool) -> str:
    document = with_digest(found)
    if with_list:
        document["list"] = [{name: getattr(row, name) for name in row.__slots__} for row in found.rows]
    return canonical_json(document)


def _in_words(found: Replay, *, with_list: bool) -> str:
    said, test, moved = found.document, found.document["self_test"], found.document["moved"]
    lines = [
        f"Self-test: {test['tickets']} tickets, {test['cycles']} cycles, {test['differences']} differences",
        *(canonical_json(each) for each in test["named"]),
    ]
    for kind, counts in said["attainment"].get("clock", {}).items():
        met, judged, met_after, judged_after = counts[kind]
        lines.append(f"{kind}: {met} of {judged} kept, would be {met_after} of {judged_after}")
    lines.append(f"{moved['became_late']} would have been late and were not")
    lines.append(f"{moved['no_longer_late']} were late and would not have been")
    if with_list:
        lines += [f"{row.side}\t{row.ticket_id}\t{row.kind}\t{row.before}\t{row.after}" for row in found.rows]
    return "\n".join(lines)
