"""The command `servicedesk` with one more kind of job, which leaves a mark; for tests that count effects.

Every request that is filed is followed by such a job.
"""

from sqlalchemy import text

from app import main
from servicedesk.kernel.db import session
from servicedesk.kernel.jobs import follow, job


@job("test.mark")
def mark(*, key: str) -> None:
    session().execute(text("INSERT INTO test_mark (key) VALUES (:key)"), {"key": key})


@job("test.mark_ticket")
def mark_ticket(*, stream_kind: str, stream_id: int, seq: int) -> None:
    mark(key=f"{stream_kind}:{stream_id}:{seq}")


follow("ticket_opened", "test.mark_ticket")

if __name__ == "__main__":
    main()
