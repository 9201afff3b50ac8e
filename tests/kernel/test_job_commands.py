"""The command line for background jobs."""

import pytest
from click.testing import CliRunner, Result

from servicedesk.kernel import job_queue
from servicedesk.kernel.command import saving
from servicedesk.kernel.job_commands import jobs_group
from servicedesk.kernel.jobs import later
from servicedesk.kernel.refs import System

pytestmark = pytest.mark.usefixtures("app", "clock")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(jobs_group, arguments)


def make_dead_job(clock) -> int:
    with saving(System()):
        later("test.unknown")
    for _ in range(job_queue.DEFAULT_ATTEMPTS):
        [claim] = job_queue.claim("worker", limit=1, lease_seconds=60)
        job_queue.fail(claim, "LookupError: no")
        clock.move(days=1)
    return claim.id


def test_dead_jobs_are_listed_with_their_error(clock):
    id_ = make_dead_job(clock)

    result = run("dead")

    assert result.output == f"{id_}  2026-11-23T10:00:00Z  test.unknown  8  LookupError: no\n"


def test_a_dead_job_is_tried_again_by_its_id(clock):
    id_ = make_dead_job(clock)

    result = run("retry", str(id_))

    assert (result.exit_code, result.output) == (0, "1 queued again.\n")
    assert run("count").output == "queued   1\n"


def test_all_dead_jobs_can_be_tried_again(clock):
    make_dead_job(clock)

    assert run("retry", "--all").output == "1 queued again.\n"


def test_an_id_that_is_no_dead_job_is_said(clock):
    make_dead_job(clock)

    result = run("retry", "99999")

    assert result.exit_code == 1
    assert "1 of those ids belong to no dead job" in result.output


@pytest.mark.parametrize("arguments", [[], ["1", "--all"]])
def test_retry_wants_ids_or_all(arguments):
    assert run("retry", *arguments).exit_code == 2
