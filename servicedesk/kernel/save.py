"""One save: the events that belong together, chained and written at the end of a command."""

import secrets
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, select, update

from servicedesk.kernel.chain import GENESIS, LoggedEvent, event_hash, new_salt, text_digest
from servicedesk.kernel.db import connection, insert_at_end, instant_text, session, the_ending
from servicedesk.kernel.event_log import ErasableText, EventRow, StreamHead
from servicedesk.kernel.events import DomainEvent, stored_events, stored_json
from servicedesk.kernel.many_rows import update_rows
from servicedesk.kernel.prepared import Prepared
from servicedesk.kernel.refs import Acting, StreamRef


@dataclass
class Head:
    """Where a stream stands inside this save."""

    seq: int
    hash: str
    stored: bool


@dataclass
class Save:
    """Everything that one save has gathered so far; `actors` is a stack, the innermost command last."""

    now: datetime
    actors: list[Acting]
    command_id: str = field(default_factory=lambda: secrets.token_hex(16))
    heads: dict[StreamRef, Head] = field(default_factory=dict)
    by_stream: dict[StreamRef, list[LoggedEvent]] = field(default_factory=dict)
    jobs: list[dict[str, object]] = field(default_factory=list)
    event_rows: list[dict[str, object]] = field(default_factory=list)
    text_rows: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now_text = instant_text(self.now)

    @property
    def actor(self) -> Acting:
        """The actor of the innermost command."""
        return self.actors[-1]

    def events_of(self, stream: StreamRef) -> list[LoggedEvent]:
        """Return this save's events of one stream, in order."""
        return list(self.by_stream.get(stream, ()))

    @property
    def published(self) -> list[LoggedEvent]:
        """This save's events of every stream, in order within each."""
        return [event for events in self.by_stream.values() for event in events]

    def is_new(self, stream: StreamRef) -> bool:
        """Say whether the stream begins in this save, so that nothing of it is stored yet."""
        head = self.heads.get(stream)
        return head is not None and not head.stored


_current: ContextVar[Save | None] = ContextVar("save", default=None)

# Called at the end of every save, inside its transaction, in floor order: what would make a number
# wrong if it came later (SLA clocks). They may publish more events.
Hook = Callable[[Save], None]
hooks_in_transaction: list[Hook] = []


def current_save() -> Save | None:
    """Return the save that is open, if any."""
    return _current.get()


def the_save() -> Save:
    """Return the save that is open; only commands may publish or enqueue."""
    save = _current.get()
    if save is None:
        raise RuntimeError("only a command may publish events or enqueue jobs")
    return save


def begin_stream(stream: StreamRef) -> None:
    """Declare that `stream` is new, which spares looking for its head."""
    the_save().heads[stream] = Head(0, GENESIS, stored=False)


def know_head(stream: StreamRef, last_seq: int, head_hash: str) -> None:
    """Tell the save where a stream ends that was just read and locked with its subject."""
    the_save().heads.setdefault(stream, Head(last_seq, head_hash, stored=True))


def publish(event: DomainEvent) -> LoggedEvent:
    """Append `event` to its stream; it is written with the rest of the save."""
    save, stream = the_save(), event.stream
    head = save.heads.get(stream) or _load_head(save, stream)
    actor, cause = save.actor.ref, event.cause or save.actor.cause
    head.seq += 1
    body, text = event.facts(), event.personal_text()
    logged = LoggedEvent(
        stream=stream,
        seq=head.seq,
        type=event.type,
        version=event.version,
        at=event.at or save.now,
        received_at=save.now,
        at_known=event.at_known,
        actor=actor,
        cause=cause,
        command_id=save.command_id,
        body=body,
    )
    digest = _keep_text(save, logged, stored_json(text)) if text else None
    head.hash = _keep_row(save, logged, stored_json(body), digest, head.hash)
    save.by_stream.setdefault(logged.stream, []).append(logged)
    return logged


def _load_head(save: Save, stream: StreamRef) -> Head:
    query = select(StreamHead).where(StreamHead.kind == stream.kind, StreamHead.id == stream.id)
    row = session().scalar(query.with_for_update())
    head = Head(row.last_seq, row.head_hash, stored=True) if row else Head(0, GENESIS, stored=False)
    save.heads[stream] = head
    return head


def _keep_text(save: Save, event: LoggedEvent, body: str) -> str:
    salt = new_salt(16)
    save.text_rows.append(
        {
            "stream_kind": event.stream.kind,
            "stream_id": event.stream.id,
            "seq": event.seq,
            "salt": salt,
            "body": body,
        }
    )
    return text_digest(salt, body)


def _keep_row(save: Save, event: LoggedEvent, body: str, digest: str | None, prev_hash: str) -> str:
    row: dict[str, object] = {
        "stream_kind": event.stream.kind,
        "stream_id": event.stream.id,
        "seq": event.seq,
        "type": event.type,
        "version": event.version,
        "at": save.now_text if event.at is save.now else instant_text(event.at),
        "received_at": save.now_text,
        "at_known": event.at_known,
        "actor_kind": event.actor.kind,
        "actor_id": event.actor.id,
        "cause_kind": event.cause.kind,
        "cause_id": event.cause.id,
        "cause_version": event.cause.version,
        "command_id": event.command_id,
        "body": body,
        "text_digest": digest,
        "salt": new_salt(),
        "prev_hash": prev_hash,
    }
    sealed = event_hash(row)
    row["at"], row["received_at"], row["hash"] = event.at, event.received_at, sealed
    save.event_rows.append(row)
    return sealed


def write(save: Save) -> None:
    """Run the hooks of the transaction, then write events, texts and heads."""
    for hook in hooks_in_transaction:
        hook(save)
    insert_at_end(EventRow, save.event_rows)
    insert_at_end(ErasableText, save.text_rows)
    touched = list(save.by_stream)
    fresh = [stream for stream in touched if not save.heads[stream].stored]
    insert_at_end(
        StreamHead,
        [
            {"kind": s.kind, "id": s.id, "last_seq": save.heads[s].seq, "head_hash": save.heads[s].hash}
            for s in fresh
        ],
    )
    _move_heads(save, [stream for stream in touched if save.heads[stream].stored])


_HEADS = cast(Table, StreamHead.__table__)
_MOVE_HEAD = Prepared(
    update(_HEADS)
    .where(_HEADS.c.kind == bindparam("of_kind"), _HEADS.c.id == bindparam("of_id"))
    .values(last_seq=bindparam("last"), head_hash=bindparam("hash"))
)


def _move_heads(save: Save, streams: Sequence[StreamRef]) -> None:
    """Write where streams that were there before now end, with one statement for many of them."""
    if len(streams) == 1:
        [stream] = streams
        head = save.heads[stream]
        the_ending().change(_MOVE_HEAD, of_kind=stream.kind, of_id=stream.id, last=head.seq, hash=head.hash)
    elif streams:
        rows = [
            {"kind": s.kind, "id": s.id, "last_seq": save.heads[s].seq, "head_hash": save.heads[s].hash}
            for s in streams
        ]
        update_rows(connection(), _HEADS, rows, ("kind", "id"))


def log_of(stream: StreamRef) -> list[LoggedEvent]:
    """Return the whole log of a stream as this save sees it: what is stored, then what is pending."""
    save = current_save()
    if save is None:
        return stored_events(stream)
    stored = [] if save.is_new(stream) else stored_events(stream)
    return stored + save.events_of(stream)
