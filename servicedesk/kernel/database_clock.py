"""Lets claims and sweeps of any number of machines go by one clock: the database's."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from servicedesk.kernel import clock
from servicedesk.kernel.db import is_postgresql, session
from servicedesk.kernel.slot import Slot

_ahead = Slot(timedelta(0))  # of this machine's clock


def follow_database_clock() -> None:
    """Make clock.now() run with PostgreSQL's clock from here on; call it again now and then.

    On SQLite the machine's own clock is the database's. A source that somebody else has set stays.
    """
    if not is_postgresql() or clock._source.value not in {clock.system_time, _database_time}:
        return
    before = clock.system_time()
    theirs = session().scalar(select(func.clock_timestamp()))
    after = clock.system_time()
    session().rollback()
    if theirs is not None:
        _ahead.fill(theirs - (before + (after - before) / 2))
        clock.set_source(_database_time)


def _database_time() -> datetime:
    return clock.system_time() + _ahead.value
