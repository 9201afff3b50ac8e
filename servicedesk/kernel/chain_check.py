"""The check of the log itself: every stream's numbers, hashes, head and erasable texts.

Written from the description of the columns, not with the code that seals events.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Table, and_, select

from servicedesk.kernel.differences import ABSENT, PRESENT, Difference, readable_json
from servicedesk.kernel.event_log import ErasableText, EventRow, StreamHead
from servicedesk.kernel.refs import StreamRef
from servicedesk.kernel.stored_rows import Damaged, Row, raw, readers_of, stream

BEFORE_THE_FIRST = 64 * "0"
EVENTS, TEXTS, HEADS = (cast(Table, model.__table__) for model in (EventRow, ErasableText, StreamHead))
TEXT_ERASED = "text_erased"
_SEALED = sorted(column.name for column in EVENTS.columns if column.name != "hash")
_COLUMNS = (*EVENTS.columns, TEXTS.c.seq, TEXTS.c.salt, TEXTS.c.body, HEADS.c.last_seq, HEADS.c.head_hash)
_NAMES = (
    *(column.name for column in EVENTS.columns),
    *("text_seq", "text_salt", "text_body", "last_seq", "head_hash"),
)


def check_chains(only: StreamRef | None, counts: Counter[str]) -> Iterator[Difference]:
    """Yield what is wrong in the log of every stream, or of one."""
    for identity, rows in groupby(_rows(only), key=lambda row: (row["stream_kind"], row["stream_id"])):
        counts["stream"] += 1
        yield from _Stream(*identity, counts).check(rows)
    yield from _without_events(only)


def _rows(only: StreamRef | None) -> Iterator[Row]:
    """Yield every event in order, with its text and the head of its stream beside it."""
    of_event = and_(*(TEXTS.c[name] == EVENTS.c[name] for name in ("stream_kind", "stream_id", "seq")))
    of_stream = and_(HEADS.c.kind == EVENTS.c.stream_kind, HEADS.c.id == EVENTS.c.stream_id)
    query = (
        select(*raw(_COLUMNS))
        .select_from(EVENTS.outerjoin(TEXTS, of_event).outerjoin(HEADS, of_stream))
        .order_by(EVENTS.c.stream_kind, EVENTS.c.stream_id, EVENTS.c.seq)
    )
    if only is not None:
        query = query.where(EVENTS.c.stream_kind == only.kind, EVENTS.c.stream_id == only.id)
    readers = readers_of(_COLUMNS)
    for row in stream(query):
        yield {name: read(value) for name, read, value in zip(_NAMES, readers, row, strict=True)}


@dataclass
class _Stream:
    """One stream while its events pass by."""

    kind: str
    id: int
    counts: Counter[str]
    expected_seq: int = 1
    last_hash: object = BEFORE_THE_FIRST
    erased: set[int] = field(default_factory=set)
    emptied: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)

    def check(self, rows: Iterable[Row]) -> Iterator[Difference]:
        row: Row = {}
        for row in rows:
            self.counts["event"] += 1
            yield from self._check_event(row)
            yield from self._check_text(row)
            self.expected_seq, self.last_hash = row["seq"] + 1, row["hash"]
        yield from self._check_erased()
        yield from self._check_head(row)

    def _check_event(self, row: Row) -> Iterator[Difference]:
        for name in _SEALED:
            if isinstance(row[name], Damaged):
                yield self._differs(row, name, "a value as the desk writes it")
        if row["seq"] != self.expected_seq:
            yield self._differs(row, "seq", self.expected_seq)
        if row["prev_hash"] != self.last_hash:
            yield self._differs(row, "prev_hash", self.last_hash)
        if (rebuilt := _hash_of(row)) != row["hash"]:
            yield self._differs(row, "hash", rebuilt)
        if row["type"] == TEXT_ERASED:
            seqs = readable_json(row["body"]).get("seqs", [])
            self.erased.update(seq for seq in seqs if isinstance(seq, int))

    def _check_text(self, row: Row) -> Iterator[Difference]:
        is_there, salt, body = row["text_seq"] is not None, row["text_salt"], row["text_body"]
        if is_there is not (row["text_digest"] is not None):
            yield self._text(row, None, PRESENT if is_there else ABSENT, ABSENT if is_there else PRESENT)
            return
        if not is_there:
            return
        self.counts["erasable_text"] += 1
        if salt is None and body is None:
            self.emptied.add(row["seq"])
            return
        self.kept.add(row["seq"])
        if not isinstance(salt, str) or not isinstance(body, str):
            yield self._text(row, "salt+body", f"{salt}, {body}", "a text as the desk keeps it")
            return
        digest = hashlib.sha256(_bytes(f"{salt}\n{body}")).hexdigest()
        if digest != row["text_digest"]:
            yield self._text(row, "salt+body", digest, row["text_digest"])

    def _check_erased(self) -> Iterator[Difference]:
        """Texts are erased by an event, all that it names, and no others."""
        for seq in sorted(self.emptied - self.erased):
            yield self._text({"seq": seq}, "body", ABSENT, PRESENT)
        for seq in sorted(self.kept & self.erased):
            yield self._text({"seq": seq}, "body", PRESENT, ABSENT)

    def _check_head(self, row: Row) -> Iterator[Difference]:
        key = {"kind": self.kind, "id": self.id}
        if row["last_seq"] is None and row["head_hash"] is None:
            yield Difference(HEADS.name, key, None, ABSENT, PRESENT)
            return
        for name, rebuilt in (("last_seq", row["seq"]), ("head_hash", row["hash"])):
            if row[name] != rebuilt:
                yield Difference(HEADS.name, key, name, row[name], rebuilt)

    def _differs(self, row: Row, column: str, rebuilt: object) -> Difference:
        return Difference(EVENTS.name, self._key(row), column, row[column], rebuilt)

    def _text(
        self, row: Mapping[str, Any], column: str | None, stored: object, rebuilt: object
    ) -> Difference:
        return Difference(TEXTS.name, self._key(row), column, stored, rebuilt)

    def _key(self, row: Mapping[str, Any]) -> dict[str, object]:
        return {"stream_kind": self.kind, "stream_id": self.id, "seq": row["seq"]}


def _hash_of(row: Row) -> str:
    """Return the SHA-256 of all columns but the hash: [[name, value], …] by name, as JSON."""
    sealed = json.dumps([[name, _sealed(row[name])] for name in _SEALED], ensure_ascii=False)
    return hashlib.sha256(_bytes(sealed)).hexdigest()


def _sealed(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("+00:00") + "Z"
    return str(value) if isinstance(value, Damaged) else value


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _without_events(only: StreamRef | None) -> Iterator[Difference]:
    """Yield heads of streams that have no events, and texts that no event has."""
    of_stream = and_(EVENTS.c.stream_kind == HEADS.c.kind, EVENTS.c.stream_id == HEADS.c.id)
    heads = select(HEADS.c.kind, HEADS.c.id).outerjoin(EVENTS, of_stream).where(EVENTS.c.seq.is_(None))
    keys = ("stream_kind", "stream_id", "seq")
    of_text = and_(*(EVENTS.c[name] == TEXTS.c[name] for name in keys))
    texts = select(*(TEXTS.c[name] for name in keys)).outerjoin(EVENTS, of_text)
    texts = texts.where(EVENTS.c.seq.is_(None))
    if only is not None:
        heads = heads.where(HEADS.c.kind == only.kind, HEADS.c.id == only.id)
        texts = texts.where(TEXTS.c.stream_kind == only.kind, TEXTS.c.stream_id == only.id)
    yield from _absent(HEADS, ("kind", "id"), stream(heads))
    yield from _absent(TEXTS, keys, stream(texts))


def _absent(table: Table, key: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[Difference]:
    for row in rows:
        yield Difference(table.name, dict(zip(key, row, strict=True)), None, PRESENT, ABSENT)
