"""What forecasts cost those who wait: nothing while filing, two statements while answering (budgets)."""

import pytest

from servicedesk.tickets.conversation import reply
from sla.forecast.telling import tell
from tests.sla.forecast.desk import put_in_force


@pytest.fixture
def told(clock, make_ticket, make_person):
    """A request whose clocks are told, with who asked and who answers; the desk has warmed up."""
    customer, agent = make_person("customer"), make_person("agent")
    ticket = make_ticket(customer)
    put_in_force(risk=0.4)
    tell()
    reply(agent, make_ticket(customer).id, text="Hello.", key="before")
    return ticket.id, customer, agent


def test_an_answer_keeps_its_budget_with_forecasts(clock, told, count_statements):
    ticket_id, _customer, agent = told

    with count_statements() as seen:
        reply(agent, ticket_id, text="Which printer?", key="once")

    assert len([text for text in seen.texts if "sla_forecast" in text]) == 2, str(seen)
    assert seen.count <= 14, str(seen)


def test_filing_asks_nothing_of_forecasts(told, make_ticket, count_statements):
    with count_statements() as seen:
        make_ticket(told[1])

    assert [text for text in seen.texts if "sla_forecast" in text] == []
