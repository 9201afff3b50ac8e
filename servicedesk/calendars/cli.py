"""Opening hours on the command line; asks neither database nor settings."""

import sys

import click

from servicedesk.calendars.batch import answers


@click.command("hours")
@click.option("--batch", is_flag=True, required=True, help="Read requests, one JSON object per line.")
def hours_command(*, batch: bool) -> None:
    """Answer questions about opening hours, line by line from standard input to standard output."""
    # What is not UTF-8 becomes a line that is no request, and is answered as one.
    lines = (line.decode("utf-8", errors="replace") for line in sys.stdin.buffer)
    for line in answers(lines):
        click.echo(line)
