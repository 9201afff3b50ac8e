"""Jobs of tickets: closing and waking by themselves, and tidying up after files and drafts."""

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.jobs import job
from servicedesk.kernel.periodic import every
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.drafts import tidy_drafts
from servicedesk.tickets.files_tidying import tidy
from servicedesk.tickets.progress import close_by_itself, wake_by_itself
from servicedesk.tickets.surveys import ask_survey


@job("tickets.close")
def close(*, ticket_id: int, version: int) -> None:
    """Close the ticket unless its status moved again after event `version`."""
    close_by_itself(system_actor(Cause("schedule", "tickets.close")), ticket_id, after=version)


@job("tickets.wake")
def wake(*, ticket_id: int, version: int) -> None:
    """Take the ticket up again unless its status moved after event `version`."""
    wake_by_itself(system_actor(Cause("schedule", "tickets.wake")), ticket_id, after=version)


@every(6 * 3600, "drafts.tidy")
def forget_old_drafts() -> None:
    """Remove texts that were begun long ago, or by people who are gone."""
    tidy_drafts(system_actor(Cause("schedule", "drafts.tidy")))


@job("survey.ask")
def survey(*, ticket_id: int, resolution: int) -> None:
    """Ask how the resolution was, unless that is not or no longer due."""
    ask_survey(system_actor(Cause("schedule", "survey.ask")), ticket_id, resolution=resolution)


@every(3600, "files.tidy", deadline_seconds=600, own_transactions=True)
def tidy_files() -> None:
    """Remove files that nobody refers to any more."""
    tidy(system_actor(Cause("schedule", "files.tidy")))
