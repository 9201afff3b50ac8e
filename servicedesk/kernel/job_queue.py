"""The job table as a queue: claim, finish, fail, recover. Whatever executes jobs does it through here."""

import json
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    select,
    update,
)

from servicedesk.kernel import clock, jobs
from servicedesk.kernel.db import session, transaction
from servicedesk.kernel.instants import UtcDateTime
from servicedesk.kernel.jobs import Job

LONGEST_ERROR = 2_000
PERIODIC_PREFIX = "every:"
FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 4 * 3600
DEFAULT_ATTEMPTS = 8  # of a kind that this process does not know
KEEP_DONE = timedelta(days=7)
KEEP_DONE_PERIODIC = timedelta(hours=1)
PRUNED_AT_ONCE = 1_000

# The table, not the model: the queue is changed by statements, and no row of it lives in the session.
_TABLE = cast(Table, Job.__table__)

# Written out, not bound: a partial index serves only a query that says its condition in so many words.
_QUEUED = Job.state == literal_column("'queued'")
_RUNNING = Job.state == literal_column("'running'")
_IN_ORDER = (Job.priority, Job.run_at, Job.id)


class LeaseLost(Exception):
    """Somebody else took the job over while it ran; what it did in this transaction must not count."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that `owner` may run. `attempts` counts the runs before this one."""

    id: int
    kind: str
    args: dict[str, str | int | bool | None]
    attempts: int
    owner: str


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which kinds to look at: `only` these (None: any) `but` not those."""

    only: frozenset[str] | None = None
    but: frozenset[str] = frozenset()

    def condition(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.only is not None:
            conditions.append(Job.kind.in_(sorted(self.only)))
        if self.but:
            conditions.append(Job.kind.not_in(sorted(self.but)))
        return conditions


ANY_KIND = Kinds()


def due_priorities(kinds: Kinds = ANY_KIND) -> list[int]:
    """Return the priorities at which a job is due, most urgent first; empty when there is nothing to do."""
    return list(session().scalars(_due_query(kinds), {"now": clock.now()}))


def next_run_at() -> datetime | None:
    """Return when the next job that waits is due, which may be past; None where none waits."""
    return session().scalar(_NEXT)


_NEXT = select(func.min(Job.run_at)).where(_QUEUED)


@lru_cache(16)
def _due_query(kinds: Kinds) -> Select[int]:
    """Step from one priority to the next through the index, so that jobs of next week are never looked at."""
    first = select(func.min(Job.priority).label("priority")).where(_QUEUED).cte("waiting", recursive=True)
    following = (
        select(func.min(Job.priority)).where(_QUEUED, Job.priority > first.c.priority).scalar_subquery()
    )
    waiting = first.union_all(select(following).where(first.c.priority.is_not(None)))
    due = exists().where(
        _QUEUED,
        Job.priority == waiting.c.priority,
        Job.run_at <= bindparam("now", type_=UtcDateTime),
        *kinds.condition(),
    )
    query = select(waiting.c.priority).where(waiting.c.priority.is_not(None), due)
    return query.order_by(waiting.c.priority)


def claim(owner: str, *, limit: int, lease_seconds: float, kinds: Kinds = ANY_KIND) -> list[Claim]:
    """Take up to `limit` due jobs for `owner`, in the order in which it should run them."""
    now = clock.now()
    with transaction() as current:
        ids: list[int] = []
        for priority in due_priorities(kinds):
            query = (
                select(Job.id)
                .where(_QUEUED, Job.priority == priority, Job.run_at <= now, *kinds.condition())
                .order_by(Job.run_at, Job.id)
                .limit(limit - len(ids))
                .with_for_update(skip_locked=True)
            )
            ids += current.scalars(query)
            if len(ids) == limit:
                break
        lease = now + timedelta(seconds=lease_seconds)
        rows = current.execute(
            update(_TABLE)
            .where(Job.id.in_(ids))
            .values(state="running", claimed_by=owner, lease_until=lease)
            .returning(Job.id, Job.kind, Job.args, Job.attempts)
        ).all()
    claims = [Claim(id_, kind, json.loads(args), attempts, owner) for id_, kind, args, attempts in rows]
    return sorted(claims, key=lambda each: ids.index(each.id))


def finish(claim: Claim) -> None:
    """Mark the job done in the present transaction, together with its effect.

    Raises LeaseLost where it is no longer the owner's; the caller then rolls back.
    """
    told = {"of_id": claim.id, "of_owner": claim.owner, "runs": claim.attempts + 1, "now": clock.now()}
    if not cast("CursorResult[object]", session().execute(_done(), told)).rowcount:
        raise LeaseLost(f"job {claim.id}")


@cache
def _done() -> Update:
    """Return the statement that ends a job, built once: it runs with each of them."""
    is_mine = Job.id == bindparam("of_id"), Job.state == "running", Job.claimed_by == bindparam("of_owner")
    ended = {"attempts": bindparam("runs"), "finished_at": bindparam("now", type_=UtcDateTime)}
    return update(_TABLE).where(*is_mine).values(state="done", lease_until=None, error=None, **ended)


def fail(claim: Claim, error: str, *, for_good: bool = False) -> None:
    """Record that the run failed: queue the job again after a pause, or lay it by as dead after its last run.

    for_good: no other run can succeed. Does nothing where the job is no longer the owner's.
    """
    after = _after_failure(claim.kind, claim.attempts + 1, error, for_good=for_good)
    with transaction():
        _update(*_is(claim), **after)


def pause_before_retry(attempts: int, chance: float) -> float:
    """Return the seconds to wait after that many failed runs: 5, 20, 80 ... up to 4 hours.

    chance: 0 to 1, for a fifth less or more, which spreads jobs that failed together.
    """
    return min(FIRST_PAUSE_SECONDS * 4.0 ** (attempts - 1), LONGEST_PAUSE_SECONDS) * (0.8 + 0.4 * chance)


def _after_failure(kind: str, attempts: int, error: str, *, for_good: bool = False) -> dict[str, object]:
    now = clock.now()
    most = jobs.kinds[kind].max_attempts if kind in jobs.kinds else DEFAULT_ATTEMPTS
    again = attempts < most and not for_good
    pause = timedelta(seconds=pause_before_retry(attempts, random.random()))  # noqa: S311  (spreads, hides nothing)
    return {
        "state": "queued" if again else "dead",
        "attempts": attempts,
        "run_at": now + pause if again else now,
        "finished_at": None if again else now,
        "lease_until": None,
        "claimed_by": None,
        "error": error[:LONGEST_ERROR],
    }


def renew(owner: str, *, lease_seconds: float) -> None:
    """Lengthen the lease of everything that `owner` holds."""
    with transaction():
        _update(_RUNNING, Job.claimed_by == owner, lease_until=clock.now() + timedelta(seconds=lease_seconds))


def hand_over(claim: Claim, owner: str) -> Claim:
    """Make another process the owner of a claimed job. Raises LeaseLost."""
    with transaction():
        if not _update(*_is(claim), claimed_by=owner):
            raise LeaseLost(f"job {claim.id}")
    return Claim(claim.id, claim.kind, claim.args, claim.attempts, owner)


def release(owner: str) -> int:
    """Give back what `owner` holds and has not begun; return how many jobs."""
    with transaction():
        return _release(owner)


def _release(owner: str) -> int:
    return _update(_RUNNING, Job.claimed_by == owner, state="queued", claimed_by=None, lease_until=None)


def recover(is_gone: Callable[[str], bool]) -> int:
    """Queue again what processes left behind that ended or let their lease pass; return how many jobs.

    Only the job that was running counts a failed run: were the others of its batch charged too, one job
    that kills its process would in the end take them all with it.
    """
    late = select(Job.claimed_by).where(_RUNNING, Job.lease_until < clock.now()).distinct()
    lost = {owner for owner in session().scalars(late) if owner is not None}
    held = select(Job.claimed_by).where(_RUNNING).distinct()
    lost |= {owner for owner in session().scalars(held) if owner is not None and is_gone(owner)}
    return sum(_recover_from(owner) for owner in sorted(lost))


def _recover_from(owner: str) -> int:
    with transaction() as current:
        query = select(Job.id, Job.kind, Job.attempts).where(_RUNNING, Job.claimed_by == owner)
        begun = current.execute(query.order_by(*_IN_ORDER).limit(1).with_for_update()).first()
        if begun is None:
            return 0
        error = "The process that ran it ended, or did not answer in time."
        _update(Job.id == begun.id, **_after_failure(begun.kind, begun.attempts + 1, error))
        return 1 + _release(owner)


def dead(limit: int = 100) -> Sequence[Job]:
    """Return the dead jobs, the latest first."""
    query = (
        select(Job).where(Job.state == "dead").order_by(Job.finished_at.desc(), Job.id.desc()).limit(limit)
    )
    return session().scalars(query).all()


def count_by_state() -> dict[str, int]:
    """Return how many jobs there are in each state."""
    query = select(Job.state, func.count()).group_by(Job.state).order_by(Job.state)
    rows = session().execute(query).all()
    return {state: number for state, number in rows}  # noqa: C416  (a Row is no pair to the type checker)


def retry_dead(ids: Collection[int] | None = None) -> int:
    """Queue dead jobs again with all their runs before them; `ids` None means every one. Return how many."""
    chosen = [] if ids is None else [Job.id.in_(sorted(ids))]
    with transaction():
        return _update(
            Job.state == "dead", *chosen, state="queued", attempts=0, run_at=clock.now(), finished_at=None
        )


def oldest_due_at() -> datetime | None:
    """Return since when the longest waiting job is due; None where none waits."""
    now = clock.now()
    moments = [
        session().scalar(select(func.min(Job.run_at)).where(_QUEUED, Job.priority == priority))
        for priority in due_priorities()
    ]
    return min((at for at in moments if at is not None and at <= now), default=None)


def prune() -> int:
    """Delete what was done long ago, a bounded number at once; return how many rows.

    Dead jobs stay until somebody looks at them, except periodic ones, which came again since. A unique
    key keeps off repetitions for as long as its row is there.
    """
    now = clock.now()
    is_periodic = Job.unique_key.startswith(PERIODIC_PREFIX)
    is_done = Job.state == "done"
    is_past = is_done & is_periodic & (Job.finished_at < now - KEEP_DONE_PERIODIC)
    is_old = (is_done | is_periodic) & (Job.finished_at < now - KEEP_DONE)
    query = select(Job.id).where(is_past | is_old).order_by(Job.id).limit(PRUNED_AT_ONCE)
    ids = list(session().scalars(query))  # read first: the search holds up no writer
    with transaction() as current:
        current.execute(delete(_TABLE).where(Job.id.in_(ids)))
    return len(ids)


def _is(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (Job.id == claim.id, Job.state == "running", Job.claimed_by == claim.owner)


def _update(*conditions: ColumnElement[bool], **values: object) -> int:
    query = update(_TABLE).where(*conditions).values(**values)
    return cast("CursorResult[object]", session().execute(query)).rowcount
