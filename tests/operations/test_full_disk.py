"""A desk whose disk is full says so, loses nothing that it confirmed, and goes on when there is room."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import event, func, select

from servicedesk.kernel.db import db, is_postgresql, session
from servicedesk.kernel.verification import begin_snapshot, verify
from servicedesk.tickets.models import Ticket

STORY = "It blinks and says 13-A. " * 800
FULL = """
CREATE FUNCTION pg_temp_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_disk AFTER INSERT ON ticket EXECUTE FUNCTION pg_temp_full();
"""


@pytest.fixture
def disk(app) -> Iterator[Callable[[bool], None]]:
    """Make the database's disk full, or not: `disk(full=True)`."""
    pages = {"most": 1 << 30}

    def limit(connection, _record) -> None:
        connection.execute(f"PRAGMA max_page_count={pages['most']}")

    def of_sqlite(*, full: bool) -> None:
        with db.engine.connect() as connection:
            used = connection.exec_driver_sql("PRAGMA page_count").scalar()
        pages["most"] = used + 20 if full else 1 << 30
        db.engine.dispose()

    def of_postgresql(*, full: bool) -> None:
        with db.engine.begin() as connection:
            connection.exec_driver_sql(FULL if full else "DROP FUNCTION pg_temp_full CASCADE")

    session().rollback()
    if is_postgresql():
        yield of_postgresql
        return
    event.listen(db.engine, "connect", limit)
    yield of_sqlite
    event.remove(db.engine, "connect", limit)


def test_a_full_disk_is_told_and_nothing_half_made_stays(disk, sign_in_as):
    browser = sign_in_as("customer")

    def send(number: int):
        form = {"text": STORY, "idempotency_key": f"a-key-of-test-{number:04}"}
        return browser.post("/requests/new", data=form, headers={"Sec-Fetch-Site": "same-origin"})

    confirmed = send(0).status_code
    disk(full=True)
    answers = [send(number) for number in range(1, 12)]
    disk(full=False)
    after = send(99)

    told = [answer for answer in answers if answer.status_code == 503]
    kept = sum(answer.status_code == 303 for answer in answers)
    assert (confirmed, after.status_code, len(told) + kept) == (303, 303, 11)
    assert "no room left" in told[-1].text
    assert STORY.strip()[:60] in told[-1].text
    begin_snapshot()
    assert session().scalar(select(func.count()).select_from(Ticket)) == kept + 2
    assert verify().total == 0
