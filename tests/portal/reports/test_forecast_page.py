"""Forecasts where people see them: the report, the queue and the ticket (R9, R12, R113)."""

import csv
import io

import pytest
from bs4 import BeautifulSoup

from sla.forecast.telling import tell
from tests.sla.forecast.desk import put_in_force

PAGE = "/reports/forecast"


def page(client, path=PAGE):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:2000]
    return BeautifulSoup(answer.text, "html.parser")


@pytest.fixture
def told(clock, make_ticket):
    """The number of a P3 that is forecast to miss, two hours after it was filed."""
    ticket = make_ticket(priority=3)
    put_in_force(risk=0.45)
    clock.move(hours=2)
    tell()
    return ticket.id


def test_the_page_tells_both_simple_rules_beside_the_forecast(told, sign_in_as):
    figures = [each.get_text() for each in page(sign_in_as("manager")).select(".num")]

    assert figures == ["0.1", "0.2", "0.15"]


def test_what_was_said_stands_beside_what_came(told, sign_in_as):
    found = page(sign_in_as("manager"))

    [row] = found.select(".panel > .table-wrap tbody tr")
    assert [cell.get_text() for cell in row.find_all("td")] == ["200", "15%", "14%"]
    assert found.select_one(".chart")["aria-label"] == "said 15%, missed 14%"


def test_the_table_stands_once_and_there_is_nothing_to_choose(told, sign_in_as):
    found = page(sign_in_as("manager"))

    assert len(found.select("table")) == 1
    assert found.select(".top-side > form") == []


def test_csv_and_api_tell_the_same(told, sign_in_as):
    manager = sign_in_as("manager")

    found = manager.get("/api/v1/reports/forecast").json
    rows = list(csv.reader(io.StringIO(manager.get(f"{PAGE}.csv").get_data().decode("utf-8-sig"))))

    assert (found["brier"], found["of_base_rate"], found["bins"][0]["came"]) == (0.1, 0.2, 0.14)
    assert rows[1] == ["0.1", "0.2", "200", "0.15", "0.14"]


def test_before_the_first_forecast_the_page_says_what_is_missing(clock, sign_in_as):
    manager = sign_in_as("manager")

    assert "There is no forecast yet" in page(manager).get_text()
    assert manager.get("/api/v1/reports/forecast").status_code == 404


def test_a_forecast_that_beats_nothing_is_hidden_with_the_reason_on_its_page(clock, make_ticket, sign_in_as):
    ticket = make_ticket(priority=3)
    put_in_force(is_better=False)
    tell()

    assert "no better than the simple rules" in page(sign_in_as("manager")).get_text()
    assert "likely to miss" not in page(sign_in_as("agent"), f"/desk/tickets/SD-{ticket.id}").get_text()


def test_the_queue_says_how_likely_a_request_is_to_miss(told, sign_in_as):
    row = page(sign_in_as("agent"), "/desk/queue/all").select_one(".fuse-clock")

    assert "likely to miss" in row.get_text()


def test_the_ticket_says_with_what_it_was_compared(told, sign_in_as):
    words = page(sign_in_as("agent"), f"/desk/tickets/SD-{told}").select_one(".clocks").get_text()

    assert "likely to miss" in words
    assert "compared with all requests" in words
    assert "half of 39 took at most 20 h" in words


def test_customers_see_no_report(told, sign_in_as):
    assert sign_in_as("customer").get(PAGE).status_code in {403, 404}
