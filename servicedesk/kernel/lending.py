"""Jobs lent to Redis: their rows stay queued, and `lease_until` says how long the relay waits for them.

Whoever brings the number of a lent job claims the row; only the first one gets it.
"""

import json
from collections.abc import Collection
from datetime import timedelta
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, Table, literal_column, or_, select, update

from servicedesk.kernel import clock
from servicedesk.kernel.db import session, transaction
from servicedesk.kernel.job_queue import ANY_KIND, Claim, Kinds
from servicedesk.kernel.jobs import Job

_TABLE = cast(Table, Job.__table__)
_QUEUED = Job.state == literal_column("'queued'")  # written out: see job_queue


def lend(priority: int, *, limit: int, lease_seconds: float, kinds: Kinds = ANY_KIND) -> list[int]:
    """Mark up to `limit` due jobs as lent and return their ids, in the order in which they should run.

    Any number of relays may do so at once: none gets what another has.
    """
    now = clock.now()
    free = or_(Job.lease_until.is_(None), Job.lease_until < now)
    due: list[ColumnElement[bool]] = [_QUEUED, Job.priority == priority, Job.run_at <= now, free]
    query = select(Job.id).where(*due, *kinds.condition()).order_by(Job.run_at, Job.id).limit(limit)
    if limit < 1 or session().scalar(query.limit(1)) is None:  # a look holds up no writer
        return []
    with transaction() as current:
        ids = list(current.scalars(query.with_for_update(skip_locked=True)))
        until = now + timedelta(seconds=lease_seconds)
        current.execute(update(_TABLE).where(Job.id.in_(ids)).values(lease_until=until))
    return ids


def call_back(ids: Collection[int] | None = None) -> int:
    """Let the relay hand these jobs out again at once (None: every one that is lent); return how many."""
    if ids is not None and not ids:
        return 0
    chosen = [] if ids is None else [Job.id.in_(sorted(ids))]
    query = update(_TABLE).where(_QUEUED, Job.lease_until.is_not(None), *chosen).values(lease_until=None)
    with transaction() as current:
        return cast("CursorResult[object]", current.execute(query)).rowcount


def claim_lent(id_: int, owner: str, *, lease_seconds: float) -> Claim | None:
    """Take the job for `owner`; None where somebody else has it or had it, or where it is not due."""
    now = clock.now()
    query = (
        update(_TABLE)
        .where(Job.id == id_, _QUEUED, Job.run_at <= now)
        .values(state="running", claimed_by=owner, lease_until=now + timedelta(seconds=lease_seconds))
        .returning(Job.id, Job.kind, Job.args, Job.attempts)
    )
    with transaction() as current:
        row = current.execute(query).first()
    return None if row is None else Claim(row.id, row.kind, json.loads(row.args), row.attempts, owner)
