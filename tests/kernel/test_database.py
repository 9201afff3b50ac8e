"""Connections, and what tells states of the database apart (R124)."""

import os
from time import monotonic

import pytest
from sqlalchemy import text

from servicedesk.kernel import resting, statistics
from servicedesk.kernel.db import db, is_postgresql, session
from servicedesk.kernel.log_mark import mark_of_the_log

needs_postgresql = pytest.mark.skipif(
    "postgres" not in os.environ.get("DATABASE_URL", ""), reason="a file does not hang up"
)


def mark_seen_by_another(app):
    with app.app_context():
        return mark_of_the_log()


def test_the_mark_of_the_log_stays_while_nobody_writes(app, make_ticket):
    make_ticket()

    assert mark_seen_by_another(app) == mark_seen_by_another(app)


def test_every_save_moves_the_mark_of_the_log(app, make_ticket):
    first = mark_seen_by_another(app)
    mark_of_the_log()

    make_ticket()

    assert mark_seen_by_another(app) != first
    assert mark_of_the_log() != first


@needs_postgresql
def test_a_connection_that_broke_while_it_rested_is_replaced(app, monkeypatch):
    session().rollback()
    lent = db.engine.raw_connection()
    driver = lent.driver_connection
    lent.close()
    driver.close()
    monkeypatch.setattr(resting, "monotonic", lambda: monotonic() + 2 * resting.ASKED_AGAIN_AFTER)

    assert session().execute(text("SELECT 1")).scalar() == 1


def test_the_database_counts_its_rows_anew(app, make_ticket):
    make_ticket()
    make_ticket()

    statistics.refresh()

    known = (
        "SELECT reltuples FROM pg_class WHERE oid = 'ticket'::regclass"
        if is_postgresql()
        else "SELECT CAST(stat AS INTEGER) FROM sqlite_stat1 WHERE tbl = 'ticket' LIMIT 1"
    )
    assert session().execute(text(known)).scalar() == 2
