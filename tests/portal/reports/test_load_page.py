"""Who has how much to do? The page, its lists, CSV and API (R99, R105)."""

import csv
import io

import pytest
from bs4 import BeautifulSoup

from servicedesk.tickets.assignment import take
from servicedesk.tickets.progress import resolve_ticket

PAGE = "/reports/load"


def page(client, path=PAGE):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:2000]
    return BeautifulSoup(answer.text, "html.parser")


@pytest.fixture
def busy(clock, make_ticket, make_person):
    """One agent with two open requests of the kind that they solved five of; returns the open ones."""
    agent = make_person("agent", name="Beth")
    for _ in range(5):
        ticket = make_ticket()
        take(agent, ticket.id)
        clock.move(minutes=30)
        resolve_ticket(agent, ticket.id, answer="Done.")
    ids = [make_ticket().id for _ in range(2)]
    for ticket_id in ids:
        take(agent, ticket_id)
    return ids


def test_the_page_tells_each_load_and_leads_to_its_requests(busy, sign_in_as):
    manager = sign_in_as("manager")
    row = page(manager).find("th", string="Beth").parent

    cells = [cell.get_text(strip=True) for cell in row.find_all("td")]
    lists = [[ref.get_text() for ref in page(manager, a["href"]).select(".ref")] for a in row.find_all("a")]

    assert (cells[:3], cells[4]) == (["2", "0", "1 h"], "5")
    assert [set(found) for found in lists] == [{f"SD-{n}" for n in busy}, {f"SD-{n}" for n in range(1, 6)}]


def test_csv_and_api_tell_the_same(busy, sign_in_as):
    manager = sign_in_as("manager")

    [told] = manager.get("/api/v1/reports/load").json["people"]
    rows = list(csv.reader(io.StringIO(manager.get(f"{PAGE}.csv").get_data().decode("utf-8-sig"))))

    assert (told["name"], told["open"], told["expected_seconds"], told["resolved"]) == ("Beth", 2, 3600, 5)
    assert rows[1][1:6] == ["Beth", "2", "0", "0", "1.0"]


def test_a_name_runs_nothing_in_a_spreadsheet(clock, make_person, make_ticket, sign_in_as):
    take(make_person("agent", name="=HYPERLINK(1)"), make_ticket().id)

    assert "'=HYPERLINK(1)" in sign_in_as("manager").get(f"{PAGE}.csv").text


def test_an_empty_desk_says_so_in_words(clock, sign_in_as):
    words = page(sign_in_as("manager")).get_text()

    assert "Nothing is open." in words
    assert "Too few requests were resolved to know what is usual." in words


def test_what_is_not_known_is_said(clock, make_person, make_ticket, sign_in_as):
    take(make_person("agent", name="Beth"), make_ticket().id)

    soup = page(sign_in_as("manager"))

    assert soup.find("th", string="Beth").parent.find_all("td")[2].get_text(strip=True) == "not known"
    assert "Requests without a usual time yet, which are in no hours: 1." in soup.get_text()


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.csv", "/api/v1/reports/load"])
@pytest.mark.parametrize(("role", "status"), [("customer", 403), ("agent", 403), ("lead", 200)])
def test_the_figure_is_for_leads_and_managers(sign_in_as, role, status, path):
    assert sign_in_as(role).get(path).status_code == status


@pytest.mark.parametrize("query", ["figure=with&person=x", "figure=resolved_by", "figure=with&person=99"])
def test_a_list_address_that_makes_no_sense_is_no_error(clock, sign_in_as, query):
    assert page(sign_in_as("manager"), f"/reports/tickets?{query}").find("h1")
