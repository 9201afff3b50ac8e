"""The command `servicedesk` with more kinds of job, which leave marks; for tests that count effects.

One follows every request that is filed, one comes round every second.
"""

from sqlalchemy import text

from app import main
from servicedesk.kernel.db import session
from servicedesk.kernel.jobs import follow, job
from servicedesk.kernel.periodic import every


@job("test.mark")
def mark(*, key: str) -> None:
    session().execute(text("INSERT INTO test_mark (key) VALUES (:key)"), {"key": key})


@job("test.mark_ticket")
def mark_ticket(*, stream_kind: str, stream_id: int, seq: int) -> None:
    mark(key=f"{stream_kind}:{stream_id}:{seq}")


@every(1, "test.tick")
def tick() -> None:
    mark(key="tick")


follow("ticket_opened", "test.mark_ticket")

if __name__ == "__main__":
    main()
