"""The desk's one state row: ticket counter and configuration revision; and caches that follow it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flask import g
from flask.globals import _cv_app
from sqlalchemy import Integer, Table, bindparam, select, update
from sqlalchemy.orm import Mapped, mapped_column

from servicedesk.kernel.db import Base, connection, insert_missing, session
from servicedesk.kernel.prepared import Prepared

P = ParamSpec("P")
R = TypeVar("R")

THE_ROW = 1


class DeskState(Base):
    """One row.

    `last_number` is the last ticket number given out, `revision` rises with every change of
    configuration (people's groups, catalogue, statuses, agreements, calendars, rules, models).
    """

    __tablename__ = "desk_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)


def ensure_state() -> None:
    """Create the state row of a new desk (inside a write transaction)."""
    insert_missing(DeskState, [{"id": THE_ROW, "last_number": 0, "revision": 1}], ["id"])


_TAKE_NUMBERS = Prepared(
    update(cast(Table, DeskState.__table__))
    .where(DeskState.id == THE_ROW)
    .values(last_number=DeskState.last_number + bindparam("count", type_=Integer))
    .returning(DeskState.last_number)
)


def take_numbers(count: int = 1) -> int:
    """Return the first of `count` new ticket numbers; gapless, the row stays locked until the commit."""
    [(last,)] = _TAKE_NUMBERS.rows(connection(), count=count)
    return int(last) - count + 1


def configuration_changed() -> None:
    """Let every process drop what it cached of the configuration (inside a write transaction)."""
    query = update(DeskState).where(DeskState.id == THE_ROW).values(revision=DeskState.revision + 1)
    session().execute(query, execution_options={"synchronize_session": False})
    g.pop("desk_revision", None)
    g.desk_changed_in = session().get_transaction()


def know_revision(value: int) -> None:
    """Tell the caches the revision that another query of this request brought along."""
    g.desk_revision = value


def forget_revision() -> None:
    """Ask again for the revision: what was read of it belonged to a transaction that was undone."""
    for name in ("desk_revision", "desk_stamp", "desk_changed_in"):
        g.pop(name, None)


def revision() -> int:
    """Return the configuration's revision, read once per request or job."""
    if "desk_revision" not in g:
        g.desk_revision = session().scalar(select(DeskState.revision)) or 0
    return int(g.desk_revision)


def cached_by_revision(load: Callable[P, R]) -> Callable[P, R]:
    """Keep the results of `load` in this process until the configuration changes.

    Arguments must be hashable; results must be immutable. In the transaction that changes the
    configuration nothing is kept: it may still be undone, and the next one gets the same revision.
    """
    kept: dict[object, tuple[tuple[str, int], R]] = {}

    @wraps(load)
    def look_up(*args: P.args, **kwargs: P.kwargs) -> R:
        stamp = _stamp()
        if stamp is None:
            return load(*args, **kwargs)
        key = (args, tuple(sorted(kwargs.items()))) if kwargs else args
        found = kept.get(key)
        if found is None or found[0] != stamp:
            found = (stamp, load(*args, **kwargs))
            kept[key] = found
        return found[1]

    return look_up


def _stamp() -> tuple[str, int] | None:
    """Return the database and the revision in force; None in the transaction that changes it."""
    known: dict[str, Any] = vars(
        _cv_app.get().g
    )  # asked ten times a request, and a proxy takes as long again
    changing = known.get("desk_changed_in")
    if changing is not None and changing is session().get_transaction():
        return None
    now = known.get("desk_revision") or revision()
    kept: tuple[str, int] | None = known.get("desk_stamp")
    if kept is None or kept[1] != now:
        kept = (str(session().get_bind().engine.url), now)
        known["desk_stamp"] = kept
    return kept
