"""What a new desk starts with: statuses and the catalogue, from `data/catalogue.json`."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from servicedesk.identity.actor import Actor
from servicedesk.kernel.command import command
from servicedesk.kernel.db import canonical_json, insert_missing, session
from servicedesk.kernel.state import configuration_changed
from servicedesk.tickets.core.statuses import DEFAULT_STATUSES
from servicedesk.tickets.models import CatalogueItem, StatusRow, TicketCategory


@cache
def starting_data() -> dict[str, Any]:
    """Return the starting data: groups, categories, items and the names of statuses."""
    path = files("servicedesk.tickets") / "data" / "catalogue.json"
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


@command
def seed_statuses(actor: Actor) -> None:
    """Add the default statuses that are missing."""
    names = starting_data()["statuses"]
    rows = [
        {
            "key": status.key,
            "category": str(status.category),
            "names": canonical_json(names[status.key]),
            "clocks": canonical_json(dict(status.clocks)),
            "position": status.position,
        }
        for status in DEFAULT_STATUSES
    ]
    insert_missing(StatusRow, rows, ["key"])


@command
def seed_catalogue(actor: Actor, group_ids: Mapping[str, int]) -> None:
    """Add the starting categories and items that are missing; `group_ids` maps group keys to ids.

    A group that the desk does not have sends to triage.
    """
    data = starting_data()
    for level in (False, True):
        rows = [entry for entry in data["categories"] if ("parent" in entry) is level]
        known = _ids(TicketCategory)
        insert_missing(TicketCategory, [_category(row, known, group_ids) for row in rows], ["key"])
    known = _ids(TicketCategory)
    items = [_item(row, i, known, group_ids) for i, row in enumerate(data["items"])]
    insert_missing(CatalogueItem, items, ["key"])
    configuration_changed()


def _ids(model: type[TicketCategory]) -> dict[str, int]:
    return {row.key: row.id for row in session().execute(select(model.key, model.id))}


def _category(
    row: Mapping[str, Any], known: Mapping[str, int], group_ids: Mapping[str, int]
) -> dict[str, object]:
    return {
        "key": row["key"],
        "parent_id": known.get(row.get("parent", "")),
        "name": row["names"]["en"],
        "names": canonical_json(row["names"]),
        "default_group_id": group_ids.get(row.get("group", "")),
        "is_active": True,
        "row_version": 1,
    }


def _item(
    row: Mapping[str, Any], position: int, known: Mapping[str, int], group_ids: Mapping[str, int]
) -> dict[str, object]:
    return {
        "key": row["key"],
        "category_id": known[row["category"]],
        "kind": row["kind"],
        "name": row["texts"]["en"]["name"],
        "texts": canonical_json(row["texts"]),
        "form": canonical_json(row["form"]),
        "default_group_id": group_ids.get(row.get("group", "")),
        "default_impact": row["impact"],
        "default_urgency": row["urgency"],
        "position": position,
        "is_active": True,
        "row_version": 1,
    }
