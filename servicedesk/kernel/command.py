"""Commands: the only writers. One command is one transaction and one save of events."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from servicedesk.kernel import clock, jobs, save
from servicedesk.kernel.db import Base, canonical_json, insert_at_end, session, transaction, write_pending
from servicedesk.kernel.errors import Conflict, DeskError
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import Acting
from servicedesk.kernel.state import forget_revision

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound=Acting)


class IdempotencyKey(Base):
    """A create that was already done: the same key gives the same answer and does nothing again."""

    __tablename__ = "idempotency_key"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    payload_digest: Mapped[str] = mapped_column(String(64))
    result: Mapped[int]
    created_at: Mapped[datetime]


def command(function: Callable[Concatenate[A, P], R]) -> Callable[Concatenate[A, P], R]:
    """Make `function(actor, …)` a command: one transaction, one moment, one `command_id`.

    Called inside another command it joins that one's save. Events published inside carry the
    innermost command's actor and cause.
    """

    @wraps(function)
    def run(actor: A, /, *args: P.args, **kwargs: P.kwargs) -> R:
        outer = save.current_save()
        if outer is None:
            with saving(actor):
                return function(actor, *args, **kwargs)
        outer.actors.append(actor)
        try:
            result = function(actor, *args, **kwargs)
            write_pending()  # whoever called may look for it
            return result
        finally:
            outer.actors.pop()

    return run


@contextmanager
def saving(actor: Acting) -> Iterator[save.Save]:
    """Open a save as `actor`; its events, rows and jobs are committed together at the end."""
    with transaction(), clock.hold() as now:
        current = save.Save(now=now, actors=[actor])
        token = save._current.set(current)
        try:
            yield current
            session().flush()
            save.write(current)
            jobs.write(current)
        except BaseException:
            forget_revision()
            raise
        finally:
            save._current.reset(token)


class _TakenBackError(Exception):
    """Ends a rehearsal."""


@contextmanager
def rehearsing(actor: Acting) -> Iterator[save.Save]:
    """Run commands and queries as `actor`, then take everything back, to see what they would do.

    What a command refuses is raised, as it would be in earnest. Hooks of the transaction and jobs do not
    run, and nothing is kept, no event either.
    """
    try:
        with saving(actor) as current:
            yield current
            session().flush()
            raise _TakenBackError
    except _TakenBackError:
        session().rollback()


def once(key: str | None, payload: object, create: Callable[[], int]) -> int:
    """Run `create` unless `key` was used before; return its id, the first one's for a repeated key.

    `create` must run one command that calls `remember(key, payload, id)`. A repeated key with another
    payload raises Conflict: the text was changed after it had been sent. What `create` refuses because the
    first time changed the ground (a version, a status) counts as repeated too.
    """
    if key is None:
        return create()
    try:
        return create()
    except (IntegrityError, DeskError):
        done = earlier(key, payload)
        if done is None:
            raise
        return done


def earlier(key: str, payload: object) -> int | None:
    """Return the id that `key` produced before, or None."""
    row = session().scalar(select(IdempotencyKey).where(IdempotencyKey.key == key))
    if row is None:
        return None
    if row.payload_digest != _digest(payload):
        raise Conflict(
            "form.already_sent",
            _("This form was already sent with another text. Look at it, then send the change as a reply."),
            result=row.result,
        )
    return row.result


def remember(key: str | None, payload: object, result: int) -> None:
    """Record inside the save that `key` produced `result`; a second save with it fails and is undone."""
    if key is None:
        return
    row = {
        "key": key,
        "payload_digest": _digest(payload),
        "result": result,
        "created_at": save.the_save().now,
    }
    insert_at_end(IdempotencyKey, [row])


def _digest(payload: object) -> str:
    return hashlib.sha256(canonical_json(payload).encode()).hexdigest()
