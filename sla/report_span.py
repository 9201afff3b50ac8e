"""Which time the figures reach over: the last moment at which a promise was kept or broken."""

from datetime import datetime

from sqlalchemy import func, select

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.db import session
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.models import Ticket
from sla.models import Clock


def last_judged_at(viewer: Actor) -> datetime | None:
    """Return when the latest cycle was judged that the viewer may see; None where there is none."""
    query = (
        select(func.max(Clock.judged_at))
        .join(Ticket, (Clock.subject_kind == STREAM) & (Clock.subject_id == Ticket.id))
        .where(visible_to(viewer, Permission.REPORT_SEE), Ticket.times_known)
    )
    return session().scalar(query)
