"""The check of what is published in versions (calendars, agreements): rows against the events of it."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table

from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.differences import Difference, Row, compared
from servicedesk.kernel.instants import UtcDateTime
from servicedesk.kernel.verification import Portion


def check_published(
    portion: Portion, subjects: Table, versions: Table, *, owner: str, event_type: str
) -> Iterator[Difference]:
    """Yield where subjects and their versions differ from what was published.

    The events' bodies name the columns; `owner` is the column of a version that says whose it is.
    """
    told = {
        stream_id: [event for event in log if event.type == event_type and event.body]
        for stream_id, log in portion.events.items()
    }
    stored = portion.rows(subjects, subjects.c.id)
    rebuilt: list[Row] = [_subject(subjects, events) for events in told.values() if events]
    yield from compared(subjects.name, ["id"], stored=stored, rebuilt=rebuilt)
    stored = portion.rows(versions, versions.c[owner])
    rebuilt = [_version(versions, owner, event) for events in told.values() for event in events]
    yield from compared(versions.name, ["id"], stored=stored, rebuilt=rebuilt)


def _subject(table: Table, events: list[LoggedEvent]) -> Row:
    known = {"id": events[-1].stream.id, "row_version": len(events)}
    return {name: known.get(name, events[-1].body.get(name)) for name in table.columns.keys()}  # noqa: SIM118


def _version(table: Table, owner: str, event: LoggedEvent) -> Row:
    said: Any = event.body
    known = {"id": said.get("version_id"), owner: event.stream.id, "created_at": event.received_at}
    return {
        column.name: known.get(column.name, _stored_as(column.type, said.get(column.name, _usual(column))))
        for column in table.columns
    }


def _usual(column: Column[Any]) -> object:
    """Return what stands in a column that events from before it do not name."""
    return getattr(column.default, "arg", None)


def _stored_as(kind: object, said: Any) -> object:
    if isinstance(said, dict):
        return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if isinstance(kind, UtcDateTime) and isinstance(said, str):
        return datetime.fromisoformat(said)
    return said
