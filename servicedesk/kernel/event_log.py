"""The event log: one append-only table for every stream, chained by hashes. Columns only."""

from datetime import datetime

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from servicedesk.kernel.db import Base, Id


class StreamHead(Base):
    """Where a stream ends, so that a missing last event shows."""

    __tablename__ = "stream"

    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    last_seq: Mapped[int]
    head_hash: Mapped[str] = mapped_column(String(64))


# Types that reports count over all streams: so few that an index of them alone costs writers nothing.
COUNTED = text("type IN ('clock_held', 'clock_overridden', 'clock_released')")


class EventRow(Base):
    """One event. `hash` covers every other column; `body` is canonical JSON text.

    `at` is when it took effect, `received_at` when the desk learned of it; where the true time is
    unknown `at_known` is false and `at` is the import's.
    """

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_counted", "at", sqlite_where=COUNTED, postgresql_where=COUNTED),)

    stream_kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    stream_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str] = mapped_column(String(48))
    version: Mapped[int]
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    at_known: Mapped[bool]
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[int | None] = mapped_column(Id)
    cause_kind: Mapped[str] = mapped_column(String(24))
    cause_id: Mapped[str | None] = mapped_column(String(64))
    cause_version: Mapped[int | None]
    command_id: Mapped[str] = mapped_column(String(32))
    body: Mapped[str] = mapped_column(Text)
    text_digest: Mapped[str | None] = mapped_column(String(64))
    salt: Mapped[str] = mapped_column(String(16))
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class ErasableText(Base):
    """Personal text of one event, beside the log so that it can be erased without breaking the chain.

    `salt` and `body` (canonical JSON of field to text) go together: without the salt the digest kept
    in the event tells nothing about the erased text.
    """

    __tablename__ = "erasable_text"

    stream_kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    stream_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    salt: Mapped[str | None] = mapped_column(String(32))
    body: Mapped[str | None] = mapped_column(Text)
