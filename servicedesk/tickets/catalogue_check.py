"""What the catalogue has to verify: each category, item and status says what its last event said.

What a desk began with has no event until somebody changes it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from sqlalchemy import Table, select

from servicedesk.kernel.db import canonical_json, session
from servicedesk.kernel.differences import Difference, compared
from servicedesk.kernel.verification import Checker, IdColumn, Portion
from servicedesk.tickets.catalogue_events import CATEGORY, ITEM, STATUS
from servicedesk.tickets.models import CatalogueItem, StatusRow, TicketCategory
from servicedesk.tickets.status_list import THE_STREAM

CATEGORIES, ITEMS = (cast(Table, model.__table__) for model in (TicketCategory, CatalogueItem))
_UNSAID = frozenset({"row_version"})
_JSON = frozenset({"names", "texts", "form"})


def check_categories(portion: Portion) -> Iterator[Difference]:
    """Yield where categories differ from what their last events said."""
    return _check(portion, CATEGORIES)


def check_items(portion: Portion) -> Iterator[Difference]:
    """Yield where items differ from what their last events said."""
    return _check(portion, ITEMS)


def check_statuses(portion: Portion) -> Iterator[Difference]:
    """Yield where names and order of statuses differ from what was said last."""
    log = portion.events.get(THE_STREAM)
    if not log:
        return
    said = cast("Mapping[str, Any]", log[-1].body)
    rebuilt = [
        {"key": key, "names": canonical_json(said["names"].get(key)), "position": place}
        for place, key in enumerate(said["order"], start=1)
    ]
    query = select(StatusRow.key, StatusRow.names, StatusRow.position)
    stored = [row._asdict() for row in session().execute(query) if row.key in said["order"]]
    portion.counts["status"] += len(stored)
    yield from compared("status", ["key"], stored=stored, rebuilt=rebuilt)


def _check(portion: Portion, table: Table) -> Iterator[Difference]:
    said = {stream_id: log[-1].body for stream_id, log in portion.events.items() if log}
    names = [column.name for column in table.columns if column.name not in _UNSAID]
    stored = [
        {name: row[name] for name in names} for row in portion.rows(table, table.c.id) if row["id"] in said
    ]
    rebuilt = [
        {name: _column(name, stream_id, cast("Mapping[str, Any]", body)) for name in names}
        for stream_id, body in said.items()
    ]
    yield from compared(table.name, ["id"], stored=stored, rebuilt=rebuilt)


def _column(name: str, stream_id: int, body: Mapping[str, Any]) -> object:
    if name == "id":
        return stream_id
    return canonical_json(body.get(name)) if name in _JSON else body.get(name)


CHECKERS = (
    Checker("categories", CATEGORY, (IdColumn(TicketCategory.id),), check_categories),
    Checker("catalogue items", ITEM, (IdColumn(CatalogueItem.id),), check_items),
    Checker("statuses", STATUS, (), check_statuses),
)
