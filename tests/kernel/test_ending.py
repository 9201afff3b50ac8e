"""What a save leaves for its end arrives whole or not at all, however it travels (R121)."""

import logging
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from servicedesk.kernel.command import command, saving
from servicedesk.kernel.db import (
    insert_at_end,
    insert_missing_at_end,
    insert_rows,
    is_postgresql,
    session,
    the_ending,
    transaction,
)
from servicedesk.kernel.event_log import StreamHead
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.prepared_inserts import FEW, PreparedInsert
from servicedesk.kernel.refs import System

AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def job(number: int) -> dict[str, object]:
    return {"kind": "test.end", "args": "{}", "run_at": AT, "unique_key": str(number), "created_at": AT}


def head(number: int) -> dict[str, object]:
    return {"kind": "test", "id": number, "last_seq": 1, "head_hash": "0" * 64}


def stored() -> tuple[int, int]:
    jobs = select(func.count()).where(Job.kind == "test.end")
    heads = select(func.count()).where(StreamHead.kind == "test")
    return session().scalar(jobs) or 0, session().scalar(heads) or 0


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, 40])
def test_what_was_left_for_the_end_is_there_after_it(app, count: int):
    with transaction():
        insert_at_end(Job, [job(number) for number in range(count)])
        insert_at_end(StreamHead, [head(1)])

    assert stored() == (count, 1)


def test_one_commit_ends_it(app, count_statements):
    with count_statements() as seen, transaction():
        insert_at_end(Job, [job(1)])
        insert_at_end(StreamHead, [head(1)])

    assert (seen.count, seen.commits) == (1 if is_postgresql() else 2, 1), str(seen)


def test_rows_of_one_table_left_one_by_one_are_all_there(app):
    with transaction():
        insert_missing_at_end(Job, [job(1)], ["unique_key"])
        insert_at_end(StreamHead, [head(1)])
        insert_missing_at_end(Job, [job(1), job(2)], ["unique_key"])
        insert_at_end(StreamHead, [head(2)])

    assert stored() == (2, 2)


def test_nothing_is_left_for_no_rows(app):
    with transaction():
        the_ending().insert(PreparedInsert(Job.__table__), [])
        insert_at_end(StreamHead, [head(1)])

    assert stored() == (0, 1)


@pytest.mark.parametrize("refused_first", [True, False])
def test_a_taken_key_undoes_the_whole_and_says_which(app, caplog, refused_first: bool):
    with transaction():
        insert_rows(Job, [job(1)])
    steps = [(Job, [job(1)]), (StreamHead, [head(1)]), (StreamHead, [head(2)])]

    with caplog.at_level(logging.WARNING), pytest.raises(IntegrityError, match="unique_key"), transaction():
        [insert_at_end(model, rows) for model, rows in (steps if refused_first else reversed(steps))]

    assert stored() == (1, 0)
    assert caplog.records == []


def test_a_taken_key_may_be_no_fault(app):
    with transaction():
        insert_rows(Job, [job(1)])

    with transaction():
        insert_missing_at_end(Job, [job(1), job(2)], ["unique_key"])
        insert_at_end(StreamHead, [head(1)])

    assert stored() == (2, 1)


def test_an_insert_that_does_not_wait_finds_what_was_left_before_it(app):
    with transaction():
        insert_at_end(StreamHead, [head(1)])
        insert_rows(Job, [job(1)])
        seen = stored()

    assert seen == (1, 1)


def test_a_command_finds_what_a_command_within_it_left(app):
    @command
    def leave(_actor: System) -> None:
        insert_at_end(StreamHead, [head(1)])

    with saving(System()):
        leave(System())
        seen = stored()

    assert seen == (0, 1)


def _leave_and_fail() -> None:
    insert_at_end(StreamHead, [head(1)])
    raise ZeroDivisionError


def test_what_a_failed_transaction_left_is_forgotten(app):
    with pytest.raises(ZeroDivisionError), transaction():
        _leave_and_fail()

    with transaction():
        insert_at_end(Job, [job(1)])

    assert stored() == (1, 0)
