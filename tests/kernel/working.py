"""Steps that tests of background jobs share."""

from sqlalchemy import select, text

from servicedesk.kernel.command import command, saving
from servicedesk.kernel.db import session
from servicedesk.kernel.jobs import Job, later
from servicedesk.kernel.refs import System


def enqueue(kind: str, **options: object) -> None:
    with saving(System()):
        later(kind, **options)


def stored() -> list[tuple[str, str, int]]:
    session().rollback()
    rows = session().execute(select(Job.kind, Job.state, Job.attempts).order_by(Job.id))
    return [(kind, state, attempts) for kind, state, attempts in rows]


def count() -> int:
    session().rollback()
    return session().scalar(text("SELECT last_number FROM desk_state")) or 0


@command
def count_up(_actor: System) -> None:
    session().execute(text("UPDATE desk_state SET last_number = last_number + 1"))
