"""Many rows go to the database at once, and arrive as single ones do (R121)."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import DataError

from servicedesk.kernel.db import (
    insert_missing,
    insert_or_update,
    insert_rows,
    is_postgresql,
    session,
    transaction,
)
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.prepared import AS_ARRAYS

AT = datetime(2026, 11, 21, 9, 0, 0, 250, tzinfo=UTC)
AWKWARD = ["", "NULL", "{}", '"a","b"', "back\\slash", "it's", "line\nline", "\t", "שלום", "🖨", "%(kind)s"]


def job(number, **given):
    usual = {
        "kind": "test.many",
        "args": AWKWARD[number % len(AWKWARD)],
        "state": "done",
        "priority": number * 40_000,
        "attempts": 0,
        "run_at": AT,
        "unique_key": f"many:{number}",
        "lease_until": AT if number % 2 else None,
        "claimed_by": None,
        "created_at": AT,
    }
    return usual | given


def stored(*columns):
    return [tuple(row) for row in session().execute(select(*columns).order_by(Job.id))]


@pytest.fixture
def calls():
    """Whether each call of the driver carried a list of parameters, one statement for each."""
    seen = []

    def note(_connection, _cursor, _statement, _parameters, _context, executemany):
        seen.append(executemany)

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("number", [1, AS_ARRAYS - 1, AS_ARRAYS, 300])
def test_rows_come_back_as_they_were_given(app, number):
    rows = [job(each) for each in range(number)]

    with transaction():
        insert_rows(Job, rows)

    columns = (Job.args, Job.priority, Job.run_at, Job.unique_key, Job.lease_until, Job.claimed_by)
    assert stored(*columns) == [tuple(row[column.key] for column in columns) for row in rows]


def test_postgresql_gets_many_rows_as_one_statement(app, calls):
    with transaction():
        insert_rows(Job, [job(number) for number in range(300)])

    # SQLite has no rounds to spare: its driver runs the same statement again, in this process.
    assert calls[-1] is not is_postgresql()


def test_rows_that_are_here_already_stay(app):
    with transaction():
        insert_missing(Job, [job(7, state="dead")], ["unique_key"])
        insert_missing(Job, [job(number) for number in [*range(30), *range(30)]], ["unique_key"])

    assert stored(Job.unique_key, Job.state)[0] == ("many:7", "dead")
    assert len(stored(Job.id)) == 30


def test_rows_that_are_here_already_are_replaced(app):
    with transaction():
        insert_rows(Job, [job(number) for number in range(30)])
        insert_or_update(Job.__table__, [job(number, state="dead") for number in range(40)], ["unique_key"])

    assert stored(Job.state) == [("dead",)] * 40


def test_a_value_that_is_too_long_is_refused_and_not_cut(app):
    if not is_postgresql():
        assert Job.__table__.c.kind.type.length == 64  # SQLite knows no lengths
        return

    with pytest.raises(DataError), transaction():
        insert_rows(Job, [job(number, kind="k" * 65) for number in range(30)])
