"""The command line of promises: clocks explained for other programs, and a sweep by hand."""

import json
import sys
import time
from collections.abc import Iterator

import click

from servicedesk.kernel import clock
from sla.batch import answer, answers
from sla.forecast.cli import forecast_group
from sla.rollups import SEEN, roll_up
from sla.sweep import oldest_unfired, sweep


@click.group("sla")
def sla_group() -> None:
    """Explain what clocks say, or sweep them."""


sla_group.add_command(forecast_group)


@sla_group.command("explain")
@click.option("--batch", is_flag=True, help="Read requests, one JSON object per line, and answer each.")
def explain(*, batch: bool) -> None:
    """Answer what the clocks of a log say; a request holds calendar, policy, events and now."""
    lines = _lines()
    if batch:
        for line in answers(lines):
            click.echo(line)
        return
    try:
        found = answer(json.loads("".join(lines)))
    except (ValueError, RecursionError):
        raise click.ClickException("What stands on standard input is not JSON.") from None
    click.echo(json.dumps(found, indent=2))
    if "error" in found:
        sys.exit(1)


@sla_group.command("sweep")
def sweep_now() -> None:
    """Announce every warning and miss that is due; the scheduler does it every few seconds."""
    swept = sweep()
    click.echo(f"{swept.tickets} tickets")
    for outcome, count in sorted(swept.outcomes.items()):
        click.echo(f"{outcome}: {count}")
    waiting = oldest_unfired(clock.now())
    if waiting:
        click.echo(f"Still due since {waiting}: somebody is writing there; the next sweep takes it up.")


@sla_group.command("roll-up")
@click.option("--wait", is_flag=True, help="Wait the minute that days need before they are first counted.")
def roll_up_now(*, wait: bool) -> None:
    """Count the days that reports read; the scheduler does it every few minutes."""
    counted = roll_up()
    if wait:
        time.sleep(SEEN.total_seconds() + 1)
        counted += roll_up()
    click.echo(f"{counted} days")


def _lines() -> Iterator[str]:
    # What is not UTF-8 becomes a line that is no request, and is answered as one.
    return (line.decode("utf-8", errors="replace") for line in sys.stdin.buffer)
