"""Events as rooms publish them, and reading them back from the log."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar, TypeAlias, cast

from sqlalchemy import select, tuple_

from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import canonical_json, instant_text, session
from servicedesk.kernel.event_log import ErasableText, EventRow
from servicedesk.kernel.refs import ActorRef, Cause, StreamRef

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

# Fields of a published event that belong to the envelope, not to its body.
ENVELOPE = frozenset({"stream_id", "at", "at_known", "cause", "received_at"})


@dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """What a room publishes. Subclasses name their stream kind and type and add body fields.

    Fields named in `personal` hold text of people: they go to the erasable row, not into the body.
    `at` defaults to the moment of the save, `cause` to the actor's.
    """

    stream_kind: ClassVar[str]
    type: ClassVar[str]
    version: ClassVar[int] = 1
    personal: ClassVar[frozenset[str]] = frozenset()

    stream_id: int
    at: datetime | None = None
    at_known: bool = True
    cause: Cause | None = None

    @property
    def stream(self) -> StreamRef:
        """The stream that this event belongs to."""
        return StreamRef(self.stream_kind, self.stream_id)

    def facts(self) -> dict[str, Json]:
        """Return the facts that stay in the log for good; instants as ISO text."""
        return {name: _plain(getattr(self, name)) for name in _body_names(type(self))}

    def personal_text(self) -> dict[str, Json] | None:
        """Return the erasable personal text, or None where there is none."""
        found: dict[str, Json] = {name: _plain(getattr(self, name)) for name in sorted(self.personal)}
        kept: dict[str, Json] = {
            name: value for name, value in found.items() if value not in (None, "", {}, [])
        }
        return kept or None


_known_names: dict[type[DomainEvent], tuple[str, ...]] = {}


def _body_names(kind: type[DomainEvent]) -> tuple[str, ...]:
    """Return the fields of an event's body, worked out once a class: an import publishes by the thousand."""
    found = _known_names.get(kind)
    if found is None:
        found = tuple(f.name for f in fields(kind) if f.name not in ENVELOPE | kind.personal)
        _known_names[kind] = found
    return found


def _plain(value: object) -> Json:
    if value is None or type(value) in (str, int, bool):
        return cast(Json, value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, (set, frozenset)):
        return [_plain(part) for part in sorted(value)]
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    return cast(Json, value)


def from_row(row: EventRow) -> LoggedEvent:
    """Return the stored row, or a row with these columns of it, as a plain value."""
    return LoggedEvent(
        stream=StreamRef(row.stream_kind, row.stream_id),
        seq=row.seq,
        type=row.type,
        version=row.version,
        at=row.at,
        received_at=row.received_at,
        at_known=row.at_known,
        actor=ActorRef(row.actor_kind, row.actor_id),
        cause=Cause(row.cause_kind, row.cause_id, row.cause_version),
        command_id=row.command_id,
        body=json.loads(row.body),
    )


def stored_events(stream: StreamRef, types: Collection[str] | None = None) -> list[LoggedEvent]:
    """Return the stored events of one stream in order; `types` keeps only those types."""
    query = (
        select(EventRow)
        .where(EventRow.stream_kind == stream.kind, EventRow.stream_id == stream.id)
        .order_by(EventRow.seq)
    )
    if types is not None:
        query = query.where(EventRow.type.in_(sorted(types)))
    return [from_row(row) for row in session().scalars(query)]


def stored_texts(stream: StreamRef, seqs: Iterable[int] | None = None) -> dict[int, dict[str, Json]]:
    """Return the personal texts of a stream's events by seq; erased ones are left out."""
    query = select(ErasableText.seq, ErasableText.body).where(
        ErasableText.stream_kind == stream.kind,
        ErasableText.stream_id == stream.id,
        ErasableText.body.is_not(None),
    )
    if seqs is not None:
        query = query.where(tuple_(ErasableText.seq).in_([(seq,) for seq in seqs]))
    return {seq: json.loads(body or "{}") for seq, body in session().execute(query)}


def stored_json(value: Mapping[str, Json]) -> str:
    """Return body or text of an event as it is stored."""
    return canonical_json(value)
