"""The job table: the queue of record. A job exists if and only if the change that caused it committed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import Base, Id, insert_missing_at_end
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.save import Save, the_save

Handler = Callable[..., None]


class GivenUp(Exception):
    """No further attempt of a job can succeed: it is laid by as dead at once, for somebody to look at."""


class Job(Base):
    """One job: queued, running, done or dead. `args` is a JSON object; `run_at` may lie ahead.

    A running job belongs to `claimed_by` until `lease_until`; past that moment anybody may claim it
    again. A queued job with `lease_until` was lent to Redis until then (lending.py). `priority` 0 runs
    before 5.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ix_job_due",
            "priority",
            "run_at",
            "id",
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
        Index(
            "ix_job_lease",
            "lease_until",
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    args: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(8), default="queued")
    priority: Mapped[int] = mapped_column(default=5)
    run_at: Mapped[datetime]
    unique_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True)
class JobKind:
    """How a kind of job runs.

    `own_transactions`: the handler commits by itself (training, sweeps in batches), so it must be safe
    to run twice; otherwise handler and "done" are one transaction.
    """

    name: str
    handler: Handler
    max_attempts: int
    deadline_seconds: int
    own_transactions: bool


kinds: dict[str, JobKind] = {}
# Event type -> kinds of job that every such event enqueues, once, where their condition holds.
followers: dict[str, dict[str, Callable[[LoggedEvent], bool]]] = {}


def job(
    name: str, *, max_attempts: int = 8, deadline_seconds: int = 60, own_transactions: bool = False
) -> Callable[[Handler], Handler]:
    """Register the decorated function as the handler of the job kind `name`."""

    def register(handler: Handler) -> Handler:
        kinds[name] = JobKind(name, handler, max_attempts, deadline_seconds, own_transactions)
        return handler

    return register


def follow(
    event_type: str, job_kind: str, *, when: Callable[[LoggedEvent], bool] = lambda _event: True
) -> None:
    """Enqueue `job_kind` for every event of `event_type` that `when` holds for.

    The handler gets stream_kind, stream_id and seq. Imported history is not followed.
    """
    followers.setdefault(event_type, {})[job_kind] = when


def later(
    kind: str,
    *,
    run_at: datetime | None = None,
    unique_key: str | None = None,
    priority: int = 5,
    **args: str | int | bool | None,
) -> None:
    """Enqueue a job with the current save; a taken `unique_key` (also of a done job) adds nothing."""
    save = the_save()
    save.jobs.append(
        {
            "kind": kind,
            "args": json.dumps(args, sort_keys=True),
            "state": "queued",
            "priority": priority,
            "attempts": 0,
            "run_at": run_at or save.now,
            "unique_key": unique_key,
            "created_at": save.now,
        }
    )


def event_key(kind: str, stream: StreamRef, seq: int) -> str:
    """Return the unique key of the job that follows one event."""
    return f"{kind}:{stream.kind}:{stream.id}:{seq}"


def write(save: Save) -> None:
    """Add the jobs that follow this save's events, and insert all jobs with one statement."""
    for event in save.published:
        if event.cause.kind != "import":
            _follow_event(event)
    insert_missing_at_end(Job, save.jobs, ["unique_key"])


def _follow_event(event: LoggedEvent) -> None:
    for kind, is_due in followers.get(event.type, {}).items():
        if not is_due(event):
            continue
        later(
            kind,
            unique_key=event_key(kind, event.stream, event.seq),
            stream_kind=event.stream.kind,
            stream_id=event.stream.id,
            seq=event.seq,
        )
