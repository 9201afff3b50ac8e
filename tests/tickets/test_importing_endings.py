"""How imported history ended, and when: no figure from a moment that nobody knows (R121, R98)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.db import session
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.verification import verify
from servicedesk.tickets.importing.mapping import mapping_from
from servicedesk.tickets.importing.rows import ImportRow, check_row
from servicedesk.tickets.importing.writing import write_rows
from servicedesk.tickets.models import Ticket
from sla.models import Clock

DESK = system_actor(Cause("import", "old"))
COLUMNS = ("id", "subject", "opened_at", "resolved_at", "status")
MAPPING = mapping_from({"source": "old", "columns": {name: name for name in COLUMNS}})
OPENED = datetime(2026, 3, 2, 10, tzinfo=UTC)
ENDED = OPENED + timedelta(hours=2)


def row(status: str, ended: datetime | None = ENDED) -> ImportRow:
    written = ("1", "jam", OPENED.isoformat(), ended.isoformat() if ended else "", status)
    found = check_row(dict(zip(COLUMNS, written, strict=True)), MAPPING, line=2, now=ENDED)
    assert isinstance(found, ImportRow)
    return found


def imported(status: str, ended: datetime | None = ENDED) -> Ticket:
    write_rows(DESK, [row(status, ended)], source="old")
    return session().scalars(select(Ticket)).one()


@pytest.mark.parametrize(
    ("status", "resolved_at", "closed_at"),
    [("resolved", ENDED, None), ("closed", ENDED, ENDED), ("withdrawn", None, ENDED)],
)
def test_each_end_has_its_own_moment(app, status, resolved_at, closed_at) -> None:
    ticket = imported(status)

    assert (ticket.resolved_at, ticket.closed_at) == (resolved_at, closed_at)
    assert verify().differences == []


def test_a_resolution_that_was_taken_back_is_no_end(app) -> None:
    ticket = imported("in_progress")

    assert (ticket.status, ticket.resolved_at) == ("in_progress", None)
    assert verify().differences == []


def test_what_ended_at_a_moment_nobody_knows_keeps_no_promise(app) -> None:
    imported("closed", ended=None)

    assert session().scalars(select(Clock)).all() == []
