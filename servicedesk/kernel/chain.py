"""The hash chain of a stream: sealing an event and checking a seal. Pure."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from servicedesk.kernel.refs import ActorRef, Cause, StreamRef

# The hash before the first event of every stream.
GENESIS = "0" * 64
_ENCODER = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One event as it stands in the log; `body` is read from its canonical JSON text."""

    stream: StreamRef
    seq: int
    type: str
    version: int
    at: datetime
    received_at: datetime
    at_known: bool
    actor: ActorRef
    cause: Cause
    command_id: str
    body: Mapping[str, object]


def new_salt(n_bytes: int = 8) -> str:
    """Return `n_bytes` of randomness as hex."""
    return secrets.token_hex(n_bytes)


def text_digest(salt: str, body: str) -> str:
    """Return the digest of an erasable text row; `body` is its stored JSON text."""
    return hashlib.sha256(f"{salt}\n{body}".encode()).hexdigest()


def event_hash(row: Mapping[str, object]) -> str:
    """Return the hash of an event row: SHA-256 over every column but `hash` itself.

    `row` maps column names to values; instants must be ISO texts ending in Z. `prev_hash` is among the
    columns, which makes the chain.
    """
    columns = [[name, row[name]] for name in _hashed(tuple(row))]
    return hashlib.sha256(_ENCODER.encode(columns).encode()).hexdigest()


@lru_cache(maxsize=8)
def _hashed(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in sorted(names) if name != "hash")
