"""What tickets have to verify: rows against the log, links both ways, numbers without gaps, used keys."""

from collections.abc import Iterator, Sequence
from typing import cast

from sqlalchemy import Table, and_, exists, func, select

from servicedesk.kernel.command import IdempotencyKey
from servicedesk.kernel.db import session
from servicedesk.kernel.differences import ABSENT, PRESENT, Difference, compared, readable_json
from servicedesk.kernel.event_log import EventRow, StreamHead
from servicedesk.kernel.state import DeskState
from servicedesk.kernel.stored_rows import stream
from servicedesk.kernel.verification import Checker, IdColumn, Portion
from servicedesk.tickets.core.rebuild import CannotRebuild, Rebuilt, rebuild
from servicedesk.tickets.events import SHOWN_OF_DIGEST, STREAM
from servicedesk.tickets.models import (
    Attachment,
    Mention,
    Message,
    PrivateLink,
    Reopening,
    StatusRow,
    Survey,
    Ticket,
    Watcher,
)

TICKETS, MESSAGES, ATTACHMENTS, REOPENINGS, SURVEYS, WATCHERS, MENTIONS, LINKS = (
    cast(Table, model.__table__)
    for model in (Ticket, Message, Attachment, Reopening, Survey, Watcher, Mention, PrivateLink)
)
LINKED = ("tickets_linked", "tickets_merged", "ticket_split")
_BOTH_ENDS = (
    *(("follows", "followed_by"), ("into", "from")),
    *(("back_into", "back_from"), ("split_into", "split_from")),
)
_OTHER_END = dict(_BOTH_ENDS) | {there: here for here, there in _BOTH_ENDS}


def check_tickets(portion: Portion) -> Iterator[Difference]:
    """Yield where tickets, messages and rows of files differ from what their logs tell."""
    told: list[Rebuilt] = []
    categories = dict(session().execute(select(StatusRow.key, StatusRow.category)).all())
    for ticket_id, log in portion.events.items():
        try:
            found = rebuild(log, portion.texts.get(ticket_id, {}), categories)
        except CannotRebuild as error:
            yield Difference(
                "event", {"stream_kind": STREAM, "stream_id": ticket_id}, None, str(error), "a log"
            )
            continue
        told.append(found)
        yield from _contradictions(ticket_id, found)
    yield from _rows(portion, told)
    yield from _mentions(portion, told)
    links = [row for found in told for row in found.links]
    yield from compared("private_link", ["ticket_id", "link"], stored=_links(portion), rebuilt=links)
    yield from _one_way_links(portion)


def _rows(portion: Portion, told: Sequence[Rebuilt]) -> Iterator[Difference]:
    """Yield where the rows of each table differ from what was rebuilt."""
    tables = (
        (TICKETS, ["id"], [found.ticket for found in told]),
        (MESSAGES, ["ticket_id", "seq"], [row for found in told for row in found.messages]),
        (ATTACHMENTS, ["ticket_id", "seq"], [row for found in told for row in found.attachments]),
        (REOPENINGS, ["ticket_id", "position"], [row for found in told for row in found.reopenings]),
        (SURVEYS, ["ticket_id", "resolution"], [row for found in told for row in found.surveys]),
        (WATCHERS, ["ticket_id", "person_id"], [row for found in told for row in found.watchers]),
    )
    for table, key, rebuilt in tables:
        stored = portion.rows(table, table.c[key[0]])
        yield from compared(table.name, key, stored=stored, rebuilt=rebuilt)


def _mentions(portion: Portion, told: Sequence[Rebuilt]) -> Iterator[Difference]:
    """Yield where those who are called to tickets are others than the logs tell."""
    key = ["ticket_id", "seq", "person_id"]
    rebuilt = [row for found in told for row in found.mentions]
    # When somebody looked is known to the row alone.
    stored = [{name: row[name] for name in key} for row in portion.rows(MENTIONS, MENTIONS.c.ticket_id)]
    yield from compared("mention", key, stored=stored, rebuilt=rebuilt)


def _links(portion: Portion) -> Iterator[dict[str, object]]:
    """Yield the private links as far as the log tells of them: it names the beginning of the digest."""
    for row in portion.rows(LINKS, LINKS.c.ticket_id):
        moments = {name: row[name] for name in ("created_at", "expires_at", "ended_at")}
        yield {"ticket_id": row["ticket_id"], "link": str(row["digest"])[:SHOWN_OF_DIGEST], **moments}


def _contradictions(ticket_id: int, found: Rebuilt) -> Iterator[Difference]:
    for each in found.contradictions:
        key = {"stream_kind": STREAM, "stream_id": ticket_id, "seq": each.seq}
        yield Difference("event", key, f"body ({each.column} before)", each.said, each.was)


def _one_way_links(portion: Portion) -> Iterator[Difference]:
    """Yield links that only one of the two tickets tells of."""
    links = {
        (event.type, ticket_id, event.body["other_id"], event.body["relation"])
        for ticket_id, log in portion.events.items()
        for event in log
        if event.type in LINKED and {"other_id", "relation"} <= event.body.keys()
    }
    others = {other for _type, _ticket, other, _relation in links if isinstance(other, int)}
    query = select(EventRow.type, EventRow.stream_id, EventRow.body).where(
        EventRow.stream_kind == STREAM, EventRow.type.in_(LINKED), EventRow.stream_id.in_(sorted(others))
    )
    there = {
        (type_, said.get("other_id"), ticket_id, _OTHER_END.get(str(said.get("relation"))))
        for type_, ticket_id, body in session().execute(query)
        if (said := readable_json(body))
    }
    for type_, here, other, _relation in sorted(links - there, key=str):
        key = {"stream_kind": STREAM, "stream_id": other, "type": type_, "other_id": here}
        yield Difference("event", key, None, ABSENT, PRESENT)


def check_numbers_and_keys() -> Iterator[Difference]:
    """Yield ticket numbers that are missing or past the counter, and used keys that made nothing."""
    yield from _numbers()
    yield from _keys()


def _numbers() -> Iterator[Difference]:
    last = session().scalar(select(func.max(TICKETS.c.id))) or 0
    counter = session().scalar(select(DeskState.last_number))
    if counter != last:
        yield Difference("desk_state", {"id": 1}, "last_number", counter, last)
    before = func.lag(TICKETS.c.id, 1, 0).over(order_by=TICKETS.c.id)
    numbered = select(TICKETS.c.id, before.label("before")).subquery()
    query = select(numbered.c.before, numbered.c.id).where(numbered.c.id != numbered.c.before + 1)
    for below, above in stream(query):
        missing = {"id": below + 1} if above == below + 2 else {"id": below + 1, "to": above - 1}
        yield Difference("ticket", missing, None, ABSENT, PRESENT)


def _keys() -> Iterator[Difference]:
    """A key was used by the save that created what it stands for, so that has an event of that moment."""
    kinds = session().scalars(select(StreamHead.kind).distinct()).all()
    made = and_(
        EventRow.stream_kind.in_(kinds),
        EventRow.stream_id == IdempotencyKey.result,
        EventRow.received_at == IdempotencyKey.created_at,
    )
    query = select(IdempotencyKey.key, IdempotencyKey.result).where(~exists().where(made))
    for key, result in stream(query):
        yield Difference("idempotency_key", {"key": key}, "result", result, ABSENT)


CHECKER = Checker(
    "tickets",
    STREAM,
    (
        IdColumn(Ticket.id),
        *(IdColumn(part.ticket_id) for part in (Message, Attachment, Reopening, Survey)),
        *(IdColumn(part.ticket_id) for part in (Watcher, Mention, PrivateLink)),
    ),
    check_tickets,
    check_numbers_and_keys,
)
