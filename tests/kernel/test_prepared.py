"""Statements worked out once do what SQLAlchemy's own way does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from servicedesk.kernel.db import connection, insert_or_update, insert_rows, session, transaction
from servicedesk.kernel.event_log import ErasableText
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.prepared import Prepared
from servicedesk.kernel.prepared_inserts import AS_ARRAYS, FEW

AT = datetime(2026, 11, 20, 9, 30, 15, 123456, tzinfo=UTC)


def _job(number: int) -> dict[str, object]:
    return {"kind": f"kind {number}", "args": "{}", "run_at": AT, "unique_key": str(number), "created_at": AT}


@pytest.mark.parametrize("count", [1, 3, FEW, FEW + 1, AS_ARRAYS])
def test_rows_are_kept_the_same_one_by_one_and_in_batches(app, count):
    with transaction():
        insert_rows(Job, [_job(number) for number in range(count)])

    kept = session().scalars(select(Job).order_by(Job.id)).all()
    assert [job.kind for job in kept] == [f"kind {number}" for number in range(count)]
    assert {(job.run_at, job.state, job.priority, job.attempts) for job in kept} == {(AT, "queued", 5, 0)}


def test_few_rows_are_one_statement(app, count_statements):
    with count_statements() as seen, transaction():
        insert_rows(Job, [_job(number) for number in range(FEW)])

    assert seen.count == 1, str(seen)


def test_what_is_there_is_replaced_and_the_rest_added(app):
    row = {"stream_kind": "test", "stream_id": 1, "salt": "s"}
    key = ["stream_kind", "stream_id", "seq"]
    with transaction():
        insert_rows(ErasableText, [{**row, "seq": 1, "body": "old"}])

        insert_or_update(
            ErasableText.__table__, [{**row, "seq": 1, "body": "new"}, {**row, "seq": 2, "body": "two"}], key
        )

    bodies = select(ErasableText.body).filter_by(stream_kind="test").order_by(ErasableText.seq)
    assert session().scalars(bodies).all() == ["new", "two"]


def test_a_taken_key_is_refused_as_sqlalchemy_would(app):
    with pytest.raises(IntegrityError), transaction():
        insert_rows(Job, [_job(1), _job(1)])


def test_a_naive_moment_is_refused(app):
    with pytest.raises(ValueError, match="naive"), transaction():
        insert_rows(Job, [_job(1) | {"run_at": AT.replace(tzinfo=None)}])


def test_the_hour_that_comes_twice_is_kept_apart(app):
    berlin = ZoneInfo("Europe/Berlin")
    first, second = (datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=fold) for fold in (0, 1))
    with transaction():
        insert_rows(Job, [_job(1) | {"run_at": first}])
        insert_rows(Job, [_job(2) | {"run_at": second}])

    early, late = session().scalars(select(Job.run_at).order_by(Job.id))

    assert late - early == timedelta(hours=1)


def test_rows_come_back_by_name_with_their_types(app):
    with transaction():
        insert_rows(Job, [_job(7)])
    asked = Prepared(select(Job.kind, Job.run_at.label("due")).where(Job.unique_key == bindparam("key")))

    [row] = asked.rows(connection(), key="7")

    assert (row.kind, row.due) == ("kind 7", AT)


def test_a_value_that_is_not_given_is_an_error(app):
    asked = Prepared(select(Job.kind).where(Job.unique_key == bindparam("key")))

    with pytest.raises(KeyError):
        asked.rows(connection())


def test_a_list_of_any_length_cannot_be_prepared(app):
    asked = Prepared(select(Job.kind).where(Job.id.in_(bindparam("ids", expanding=True))))

    with pytest.raises(TypeError, match="cannot be prepared"):
        asked.rows(connection(), ids=[1, 2])
