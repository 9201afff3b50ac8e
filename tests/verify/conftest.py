"""A desk with a past, made once for all tests that only look at it or undo what they do to it."""

import os
from collections.abc import Iterator

import pytest
from flask import Flask

from servicedesk.kernel.db import session
from servicedesk.tickets.conversation import reply
from servicedesk.tickets.erasing import erase_text
from servicedesk.tickets.progress import resolve_ticket
from tests.support import makers
from tests.support.databases import Databases, use
from tests.support.moments import StoppedClock
from tests.verify.deeds import sweep
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


@pytest.fixture(scope="module")
def desk(_shared_app: Flask, _databases: Databases) -> Iterator[Flask]:
    """A desk after 70 deeds; what tests do to it, they roll back."""
    engine, clock = _databases.fresh(), StoppedClock()
    use(_shared_app, engine)
    with _shared_app.app_context():
        history = History(17, clock)
        for _ in range(70):
            history.step()
        come_back_late(history)
        yield _shared_app
        session().rollback()
    clock.let_go()
    _databases.let_go(engine)
