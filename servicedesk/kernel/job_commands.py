"""Command line for background jobs: how many there are, which are dead, try them again."""

import click

from servicedesk.kernel import job_queue
from servicedesk.kernel.db import instant_text


@click.group("jobs")
def jobs_group() -> None:
    """Background jobs: count, dead, retry."""


@jobs_group.command("count")
def count() -> None:
    """Show how many jobs there are in each state."""
    for state, number in job_queue.count_by_state().items():
        click.echo(f"{state:8} {number}")


@jobs_group.command("dead")
@click.option("--limit", default=100, show_default=True, help="Show at most so many, the latest first.")
def dead(limit: int) -> None:
    """List jobs that failed for good: id, end, kind, runs, error."""
    for job in job_queue.dead(limit):
        ended = instant_text(job.finished_at) if job.finished_at else "-"
        click.echo(f"{job.id}  {ended}  {job.kind}  {job.attempts}  {job.error or '-'}")


@jobs_group.command("retry")
@click.argument("ids", nargs=-1, type=int)
@click.option("--all", "every", is_flag=True, help="Every dead job.")
def retry(ids: tuple[int, ...], *, every: bool) -> None:
    """Try dead jobs again, named by id."""
    if bool(ids) == every:
        raise click.UsageError("Name dead jobs by id, or say --all.")
    number = job_queue.retry_dead(None if every else ids)
    click.echo(f"{number} queued again.")
    if number < len(set(ids)):
        raise click.ClickException(f"{len(set(ids)) - number} of those ids belong to no dead job.")
