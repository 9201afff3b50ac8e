"""What people do without signing in can be proved from the log, too (R12, R118)."""

import pytest
from sqlalchemy import update

from servicedesk.kernel.db import session
from servicedesk.tickets.models import PrivateLink
from servicedesk.tickets.private_links import end_private_links, make_private_link
from tests.verify.tampering import found


@pytest.fixture
def ended_link(make_person, make_ticket):
    noa = make_person()
    ticket = make_ticket(noa)
    make_private_link(noa, ticket.id)
    end_private_links(noa, ticket.id)


@pytest.mark.parametrize("column", ["ended_at", "expires_at", "digest"])
def test_a_private_link_that_was_brought_back_is_found(ended_link, clock, column):
    assert found() == []
    past = {"ended_at": None, "expires_at": clock.at, "digest": "0" * 64}

    session().execute(update(PrivateLink).values(**{column: past[column]}))

    assert {each.table for each in found()} == {"private_link"}
