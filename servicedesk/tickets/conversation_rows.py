"""The statements behind a conversation: messages with their texts, and the events between them."""

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from servicedesk.identity.models import Person
from servicedesk.kernel.db import AnySelect, Id
from servicedesk.kernel.event_log import ErasableText, EventRow
from servicedesk.kernel.instants import UtcDateTime
from servicedesk.kernel.prepared import Prepared
from servicedesk.tickets.core.standing_log import TAKEN_BACK
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.files import is_public_file
from servicedesk.tickets.held import is_shown
from servicedesk.tickets.models import Message

MESSAGES_SHOWN = 300
EVENTS_SHOWN = 1000

# Events that the table of messages tells about.
SAID = ("message_added", "note_added")
# Event types that a customer may see between the messages; the rest is the desk's own business.
PUBLIC_EVENTS = frozenset(
    {"ticket_opened", "status_changed", "assigned", "tickets_linked", "tickets_merged", "ticket_split"}
    | {TAKEN_BACK}
)
# Read with them, without the requester's words, to know what the requester has said of the solution.
SURVEY_EVENTS = frozenset({"survey_asked", "survey_answered"})


def _select_events() -> AnySelect:
    text = (
        (ErasableText.stream_kind == EventRow.stream_kind)
        & (ErasableText.stream_id == EventRow.stream_id)
        & (ErasableText.seq == EventRow.seq)
    )
    person = (EventRow.actor_kind == "person") & (Person.id == EventRow.actor_id)
    return (
        select(
            EventRow.stream_kind,
            EventRow.stream_id,
            EventRow.seq,
            EventRow.type,
            EventRow.version,
            EventRow.at,
            EventRow.received_at,
            EventRow.at_known,
            EventRow.actor_kind,
            EventRow.actor_id,
            EventRow.cause_kind,
            EventRow.cause_id,
            EventRow.cause_version,
            EventRow.command_id,
            EventRow.body,
            ErasableText.body.label("text"),
            Person.name,
        )
        .outerjoin(ErasableText, text)
        .outerjoin(Person, person)
        .where(EventRow.stream_kind == STREAM, EventRow.stream_id == bindparam("ticket_id", type_=Id))
    )


def _newest(chosen: ColumnElement[bool]) -> Prepared:
    return Prepared(_select_events().where(chosen).order_by(EventRow.seq.desc()).limit(EVENTS_SHOWN))


# Comparisons one by one, not a list: only then is the text of a statement the same for all values.
EVERY_EVENT = _newest(and_(*(EventRow.type != said for said in SAID)))
PUBLIC_EVENT = _newest(
    or_(*(EventRow.type == public for public in sorted(PUBLIC_EVENTS | SURVEY_EVENTS)), is_public_file())
)
OPENING = Prepared(_select_events().where(EventRow.seq == 1, EventRow.seq < bindparam("before")))


def _select_messages() -> AnySelect:
    text = (
        (ErasableText.stream_kind == STREAM)
        & (ErasableText.stream_id == Message.ticket_id)
        & (ErasableText.seq == Message.seq)
    )
    return (
        select(
            Message.seq,
            Message.public,
            Message.by,
            Message.author_id,
            Person.name,
            Message.channel,
            Message.at,
            ErasableText.body,
        )
        .outerjoin(ErasableText, text)
        .outerjoin(Person, Person.id == Message.author_id)
        .where(Message.ticket_id == bindparam("ticket_id", type_=Id))
        .order_by(Message.seq.desc())
        .limit(MESSAGES_SHOWN + 1)
    )


EVERY_MESSAGE = Prepared(_select_messages())
_shown_until = bindparam("shown_until", type_=UtcDateTime)
PUBLIC_MESSAGE = Prepared(_select_messages().where(Message.public, is_shown(_shown_until)))
