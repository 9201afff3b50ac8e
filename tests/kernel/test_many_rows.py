"""Many rows go to the database at once, and arrive as single ones do (R121)."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DataError

from servicedesk.kernel.db import (
    Base,
    connection,
    insert_missing,
    insert_or_update,
    insert_rows,
    is_postgresql,
    session,
    transaction,
)
from servicedesk.kernel.event_log import StreamHead
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.many_rows import among, update_rows
from servicedesk.kernel.prepared_inserts import AS_ARRAYS
from servicedesk.kernel.value_lists import ValueList

HEADS = StreamHead.__table__
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


@pytest.mark.parametrize("count", [1, 60])
def test_many_rows_are_updated_each_with_its_own_values(app, count):
    heads = [{"kind": "test", "id": number, "last_seq": 1, "head_hash": "old"} for number in range(count)]
    moved = [{"kind": "test", "id": number, "last_seq": number} for number in range(count)]

    with transaction():
        insert_rows(StreamHead, heads)
        update_rows(connection(), HEADS, moved, ("kind", "id"))

    kept = session().execute(select(HEADS).where(HEADS.c.kind == "test").order_by(HEADS.c.id)).all()
    assert [(row.last_seq, row.head_hash) for row in kept] == [(number, "old") for number in range(count)]


def test_a_number_rises_and_rows_that_are_right_already_are_left_alone(app):
    heads = [{"kind": "test", "id": number, "last_seq": number, "head_hash": "old"} for number in (1, 2)]
    wanted = [{"kind": "test", "id": number, "head_hash": new} for number, new in ((1, "new"), (2, "old"))]

    with transaction():
        insert_rows(StreamHead, heads)
        update_rows(connection(), HEADS, wanted, ("kind", "id"), rising=("last_seq",), differing="head_hash")

    kept = session().execute(select(HEADS).where(HEADS.c.kind == "test").order_by(HEADS.c.id)).all()
    assert [(row.id, row.last_seq, row.head_hash) for row in kept] == [(1, 2, "new"), (2, 2, "old")]


@pytest.mark.parametrize("numbers", [[], [2], [3, 1]])
def test_among_finds_what_a_list_names(app, numbers):
    heads = [{"kind": "test", "id": number, "last_seq": 1, "head_hash": ""} for number in (1, 2, 3)]
    with transaction():
        insert_rows(StreamHead, heads)

    query = select(HEADS.c.id).where(HEADS.c.kind == "test", among(HEADS.c.id, numbers))

    assert set(session().scalars(query)) == set(numbers)


def test_every_column_of_the_desk_can_be_given_as_a_list(app):
    for table in Base.metadata.tables.values():
        for column in table.c:
            write = ValueList(column.type).bind_processor(postgresql.dialect())
            assert write([None]) == "{NULL}", column
