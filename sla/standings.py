"""Tickets' places in the queue, renewed when time alone has moved them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from servicedesk.kernel.db import connection, session
from servicedesk.kernel.many_rows import among, update_rows
from sla.leads import Lead, standing_row
from sla.storing import STANDINGS

_PLACED = (STANDINGS.c.ticket_id, STANDINGS.c.priority, STANDINGS.c.waits_since)


def place_again(open_clocks: Mapping[int, Sequence[Lead]], *, now: datetime) -> None:
    """Bring the places of tickets to what their open clocks say at `now`; what has no place gets none."""
    tickets = session().execute(select(*_PLACED).where(among(STANDINGS.c.ticket_id, open_clocks))).all()
    rows = [
        standing_row(ticket_id, open_clocks[ticket_id], priority=priority, waits_since=waits_since, now=now)
        for ticket_id, priority, waits_since in tickets
    ]
    update_rows(connection(), STANDINGS, rows, ("ticket_id",))
