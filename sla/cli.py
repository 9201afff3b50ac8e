"""The command line of promises: clocks explained for other programs, the past replayed, a sweep by hand."""

import json
import sys
import time
from collections.abc import Iterator

import click

from servicedesk.kernel import clock
from sla.batch import answer, answers
from sla.due_clocks import oldest_unfired
from sla.forecast.cli import forecast_group
from sla.rollups import SEEN, roll_up
from sla.sweep import sweep
from sla.verify_cli import verify_clocks


class _Group(click.Group):
    """The group; its command that loads NumPy is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        return sorted([*super().list_commands(ctx), "replay"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command."""
        if cmd_name != "replay":
            return super().get_command(ctx, cmd_name)
        from sla.replay_cli import replay_command

        return replay_command


@click.group("sla", cls=_Group)
def sla_group() -> None:
    """Explain what clocks say, prove them, replay the past, or sweep."""


sla_group.add_command(verify_clocks)

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
