"""Connections that rested in the pool: a server may have restarted meanwhile."""

from time import monotonic
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

ASKED_AGAIN_AFTER = 1.0  # seconds that a connection may have rested and still be taken for alive
_RESTS_SINCE = "rests_since"


def watch(engine: Engine) -> None:
    """Try a connection of `engine` before it is lent, unless it answered a moment ago."""

    @event.listens_for(engine, "checkin")
    def on_checkin(_connection: Any, record: Any) -> None:
        record.info[_RESTS_SINCE] = monotonic()

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: Any, _proxy: object) -> None:
        since = record.info.get(_RESTS_SINCE)
        if since is None or monotonic() - since < ASKED_AGAIN_AFTER:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError("the connection is gone") from error
