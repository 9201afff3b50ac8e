"""Makers of what only promises need."""

import pytest

from servicedesk.identity.actor import system_actor
from servicedesk.kernel.db import session
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.importing.mapping import mapping_from
from servicedesk.tickets.importing.rows import check_row
from servicedesk.tickets.importing.writing import write_rows
from servicedesk.tickets.models import Ticket

IMPORTER = system_actor(Cause("import", "old"))
COLUMNS = {name: name for name in ("id", "text", "opened_at", "resolved_at", "status", "priority")}


@pytest.fixture
def import_row(app, clock):
    """`import_row(opened=…, resolved=…, priority=3)` brings one ticket of history and returns its id."""

    def bring(*, opened, resolved, priority=3):
        number = str(session().query(Ticket).count())
        values = {
            "id": number,
            "text": "printer jams",
            "opened_at": opened or "",
            "resolved_at": resolved or "",
            "status": "closed" if resolved or not opened else "in_progress",
            "priority": str(priority),
        }
        row = check_row(values, mapping_from({"source": "old", "columns": COLUMNS}), line=1, now=clock.at)
        write_rows(IMPORTER, [row], source="old")
        session().rollback()
        return session().query(Ticket.id).filter(Ticket.import_key == f"old:{number}").scalar()

    return bring
