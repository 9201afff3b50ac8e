"""How did each team keep its promises, month by month? Page, lists, CSV and API (R100, R101)."""

import csv
import io

import pytest
from bs4 import BeautifulSoup

from servicedesk.tickets.conversation import reply
from servicedesk.tickets.progress import resolve_ticket
from sla.rollups import roll_up

PAGE = "/reports/months"


def page(client, path=PAGE):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:2000]
    return BeautifulSoup(answer.text, "html.parser")


@pytest.fixture
def kept(clock, make_ticket, make_person):
    """A promise kept in November, and a day that is rolled up."""
    agent, ticket = make_person("agent"), make_ticket()
    reply(agent, ticket.id, text="On it.")
    resolve_ticket(agent, ticket.id, answer="Done.")
    clock.move(days=2)
    roll_up()
    clock.move(minutes=2)
    roll_up()
    return ticket.id


@pytest.mark.parametrize("anew", [0, 1])
def test_a_month_of_a_team_leads_to_its_promises(kept, sign_in_as, anew):
    manager = sign_in_as("manager")
    panel = page(manager, f"{PAGE}?anew={anew}").find("h2", string="Which team, and when?").parent
    [link] = panel.select("tbody a")

    shown = page(manager, link["href"])

    assert link.get_text(strip=True) == "100% of 1"
    assert [ref.get_text() for ref in shown.select(".ref")] == [f"SD-{kept}"]


@pytest.mark.parametrize("anew", [0, 1])
def test_csv_and_api_tell_the_same(kept, sign_in_as, anew):
    manager = sign_in_as("manager")

    told = manager.get(f"/api/v1/reports/promises-by-month?anew={anew}").json["months"]
    answer = manager.get(f"{PAGE}.csv?anew={anew}").get_data().decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(answer)) if row[1] == ""]

    assert (len(told), [month["judged"] for month in told][-1]) == (24, 1)
    assert [[month["begins_on"], str(month["met"]), str(month["judged"])] for month in told] == [
        [row[0], row[2], row[3]] for row in rows
    ]


def test_an_empty_desk_says_so_in_words(clock, sign_in_as):
    assert "Nothing ended in this period." in page(sign_in_as("manager")).get_text()


@pytest.mark.parametrize("query", ["months=7", "until=x", "clock=x", "anew=2", "until=1990-01-01"])
def test_an_address_that_makes_no_sense_shows_the_usual(clock, sign_in_as, query):
    assert page(sign_in_as("manager"), f"{PAGE}?{query}").find("h1")


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.csv", "/api/v1/reports/promises-by-month"])
@pytest.mark.parametrize(("role", "status"), [("customer", 403), ("agent", 403), ("lead", 200)])
def test_the_figure_is_for_leads_and_managers(clock, sign_in_as, role, status, path):
    assert sign_in_as(role).get(path).status_code == status


def test_two_years_take_few_statements(kept, sign_in_as, count_statements):
    manager = sign_in_as("manager")
    page(manager)
    with count_statements() as seen:
        page(manager)

    assert seen.count <= 8
