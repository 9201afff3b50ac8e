"""Statuses as administrators see them: what each is called, where it stands, what clocks do meanwhile."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel.command import command
from servicedesk.kernel.db import canonical_json, session
from servicedesk.kernel.errors import Conflict, Invalid
from servicedesk.kernel.event_log import StreamHead
from servicedesk.kernel.events import Json
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.save import publish
from servicedesk.kernel.state import configuration_changed
from servicedesk.tickets.access import visible_to
from servicedesk.tickets.catalogue_events import STATUS, StatusesNamed
from servicedesk.tickets.models import StatusRow, Ticket

THE_STREAM = 1
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class ListedStatus:
    """A status; `clocks` maps the kind of a clock to what it does meanwhile."""

    key: str
    category: str
    names: Mapping[str, str]
    clocks: Mapping[str, str]


def listed_statuses() -> tuple[ListedStatus, ...]:
    """Return the statuses in their order."""
    rows = session().scalars(select(StatusRow).order_by(StatusRow.position, StatusRow.key))
    return tuple(
        ListedStatus(row.key, row.category, json.loads(row.names), json.loads(row.clocks)) for row in rows
    )


def statuses_version() -> int:
    """Return how often names or order were changed."""
    query = select(StreamHead.last_seq).where(StreamHead.kind == STATUS, StreamHead.id == THE_STREAM)
    return session().scalar(query) or 0


def requests_by_status(viewer: Actor) -> Mapping[str, int]:
    """Return how many requests stand in each status."""
    query = select(Ticket.status, func.count().label("number")).where(visible_to(viewer))
    return {row.status: row.number for row in session().execute(query.group_by(Ticket.status))}


@command
def name_statuses(
    actor: Actor,
    *,
    names: Mapping[str, Mapping[str, str]],
    order: Sequence[str],
    expected_version: int | None = None,
) -> None:
    """Give statuses names by language, and their order; categories and clocks stay as they are."""
    require(actor, Permission.CONFIGURE)
    configuration_changed()
    _require_version(expected_version)
    rows = {row.key: row for row in session().scalars(select(StatusRow).with_for_update())}
    if set(order) != set(rows) or len(order) != len(rows):
        raise Invalid("status.order", _("Every status has one place in the order."))
    for place, key in enumerate(order, start=1):
        row, given = rows[key], names.get(key, {})
        kept = {code: name for code, name in {**json.loads(row.names), **given}.items() if name.strip()}
        if not kept or any(len(name) > LONGEST_NAME for name in kept.values()):
            raise Invalid("status.name", _("Write a name of up to 60 characters."), field=f"{key}_name")
        row.names, row.position = canonical_json(kept), place
    session().flush()
    said: dict[str, Json] = {row.key: dict(row.names) for row in listed_statuses()}
    publish(StatusesNamed(stream_id=THE_STREAM, names=said, order=tuple(order)))


def _require_version(expected: int | None) -> None:
    if expected is not None and statuses_version() != expected:
        raise Conflict(
            "row.changed_meanwhile",
            _("Somebody changed this while you were looking at it. Nothing was overwritten."),
        )
