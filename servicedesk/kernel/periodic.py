"""Jobs that come round: which kinds of job are due every so many seconds."""

from collections.abc import Callable

from servicedesk.kernel import job_queue
from servicedesk.kernel.jobs import Handler, job

# Kind of job -> seconds from one to the next.
periodic: dict[str, int] = {}


def every(
    seconds: int,
    name: str,
    *,
    max_attempts: int = 1,
    deadline_seconds: int = 60,
    own_transactions: bool = False,
) -> Callable[[Handler], Handler]:
    """Register the decorated function, which takes no arguments, as a job that runs every `seconds`.

    A run is not tried again by default: the next one comes anyway. While one waits no other is added.
    """

    def register(handler: Handler) -> Handler:
        periodic[name] = seconds
        register_kind = job(
            name,
            max_attempts=max_attempts,
            deadline_seconds=deadline_seconds,
            own_transactions=own_transactions,
        )
        return register_kind(handler)

    return register


@every(3600, "jobs.prune", own_transactions=True)
def prune() -> None:
    """Delete jobs that were done long ago."""
    while job_queue.prune() == job_queue.PRUNED_AT_ONCE:
        pass
