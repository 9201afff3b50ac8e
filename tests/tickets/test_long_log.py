"""A ticket with more events than a page shows keeps the newest of them, and its opening."""

import pytest

from servicedesk.kernel.db import batch, insert_rows
from servicedesk.kernel.event_log import EventRow
from servicedesk.tickets.conversation_rows import EVENTS_SHOWN
from servicedesk.tickets.events import STREAM
from servicedesk.tickets.queries import conversation, ticket_detail

FIRST = 1000
# An event that says nothing, but for where and when.
SAME = {
    "stream_kind": STREAM,
    "type": "fields_changed",
    "version": 1,
    "at_known": True,
    "actor_kind": "system",
    "actor_id": None,
    "cause_kind": "schedule",
    "cause_id": None,
    "cause_version": None,
    "command_id": "c",
    "body": '{"changes":{}}',
    "text_digest": None,
    "salt": "",
    "prev_hash": "",
    "hash": "",
}


@pytest.fixture
def ticket(make_ticket, clock):
    """A ticket whose log goes on from seq FIRST for more events than are shown."""
    ticket = make_ticket(answers={})
    same = SAME | {"stream_id": ticket.id, "at": clock.at, "received_at": clock.at}
    with batch():
        insert_rows(EventRow, [same | {"seq": FIRST + number} for number in range(EVENTS_SHOWN + 5)])
    return ticket


def test_the_newest_events_are_kept_in_order(ticket, make_person):
    agent = make_person("agent")

    seqs = [event.seq for event in conversation(agent, ticket_detail(agent, ticket.id)).events]

    assert seqs[1:] == list(range(FIRST + 5, FIRST + 5 + EVENTS_SHOWN))


def test_the_opening_stays_with_its_answers(ticket, make_person):
    agent = make_person("agent")

    first = conversation(agent, ticket_detail(agent, ticket.id)).events[0]

    assert (first.seq, first.type) == (1, "ticket_opened")
