"""A desk with a past, made once for all tests that only look at it or undo what they do to it."""

import os
from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask

from servicedesk.kernel.db import session
from servicedesk.tickets.assignment import take
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.erasing import erase_text
from servicedesk.tickets.handing_over import Card, offer_handover
from servicedesk.tickets.progress import resolve_ticket
from servicedesk.tickets.uploads import take_in
from tests.support import makers
from tests.support.databases import Databases, use
from tests.support.moments import StoppedClock
from tests.verify.deeds import DEEDS, sweep
from tests.verify.history import History

on_postgresql = os.environ.get("DATABASE_URL", "").startswith("postgres")
collect_ignore = ["test_stored_form.py"] if on_postgresql else []


def come_back_late(history: History) -> None:
    """Let a customer answer so late that another request begins, and have a text of the first one erased."""
    customer = history.customers[0]
    ticket_id = makers.make_ticket(customer).id
    resolve_ticket(history.lead, ticket_id, answer="Mended.")
    history.clock.move(days=20)
    reply(customer, ticket_id, text="It is back.")
    erase_text(history.administrator, ticket_id, seqs=[2])
    sweep(history)


def work_together(history: History) -> None:
    """Let somebody call a colleague to a ticket with a file, and offer it to them."""
    dana, ben = history.agents
    ticket_id = makers.make_ticket(history.customers[1]).id
    take(dana, ticket_id)
    upload = take_in(dana, BytesIO(b"A log."), name="log.txt")
    add_note(dana, ticket_id, text=f"@{ben.name}, look at the log.", uploads=[upload.id])
    card = Card(done="Looked.", left="All of it.")
    offer_handover(dana, ticket_id, card=card, group_id=history.team.id, person_id=ben.id)


@pytest.fixture(scope="module")
def desk(_shared_app: Flask, _databases: Databases) -> Iterator[Flask]:
    """A desk after 70 deeds; what tests do to it, they roll back."""
    engine, clock = _databases.fresh(), StoppedClock()
    use(_shared_app, engine)
    with _shared_app.app_context():
        history = History(17, clock, DEEDS)
        for _ in range(70):
            history.step()
        come_back_late(history)
        work_together(history)
        yield _shared_app
        session().rollback()
    clock.let_go()
    _databases.let_go(engine)
