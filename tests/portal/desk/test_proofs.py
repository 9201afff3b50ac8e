"""The ledger of a clock and its proof, as agents open, print and keep them (R12, R61)."""

import pytest
from bs4 import BeautifulSoup

from servicedesk.tickets.assignment import edit_fields
from servicedesk.tickets.conversation import reply


def page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:2000]
    return BeautifulSoup(answer.text, "html.parser")


@pytest.fixture
def raised(clock, make_ticket, make_person):
    """A request of Friday afternoon that became urgent on Monday."""
    clock.set("2026-11-20T16:00Z")
    ticket_id = make_ticket(priority=3).id
    clock.set("2026-11-23T10:00Z")
    edit_fields(make_person("agent"), ticket_id, {"impact": 1, "urgency": 2})
    clock.move(minutes=30)
    return ticket_id


def test_the_ledger_tells_the_closed_hours_the_changes_and_what_measured(raised, sign_in_as):
    words = page(sign_in_as("agent"), f"/desk/tickets/SD-{raised}/clocks/resolution").get_text(
        " ", strip=True
    )

    assert "closed" in words
    assert "target 24 h → 8 h" in words
    assert "Rule 2 of" in words
    assert "version" in words


def test_the_page_of_a_proof_adds_up_and_shows_every_seal(raised, sign_in_as):
    browser = sign_in_as("agent")
    path = f"/desk/tickets/SD-{raised}/clocks/resolution/1/proof"

    soup, told = page(browser, path), browser.get(f"{path}.json").json

    assert [code.get_text() for code in soup.select(".seal")] == [row["hash"] for row in told["log"]]
    assert soup.select_one("tfoot td").get_text(strip=True) == "3 h 30 m"
    assert told["lines"][0]["open_seconds"] == 12_600


def test_an_earlier_cycle_has_its_ledger_too(clock, make_ticket, make_person, sign_in_as):
    agent, customer = make_person("agent"), make_person()
    ticket_id = make_ticket(customer, priority=1).id
    for who in (agent, customer, agent, customer):
        clock.move(minutes=1)
        reply(who, ticket_id, text="And?")
    browser, path = sign_in_as("agent"), f"/desk/tickets/SD-{ticket_id}/clocks/next_response"

    links = [link["href"] for link in page(browser, path).select(".clock-why a")]

    assert links == [f"{path}?cycle=1", f"{path}?cycle=2"]
    assert page(browser, links[0]).select_one("tfoot td").get_text(strip=True) == "1 m"


@pytest.mark.parametrize("end", ["", ".json"])
def test_there_is_no_proof_of_a_clock_that_is_not_there(raised, sign_in_as, end):
    assert sign_in_as("agent").get(f"/desk/tickets/SD-{raised}/clocks/update/9/proof{end}").status_code == 404
