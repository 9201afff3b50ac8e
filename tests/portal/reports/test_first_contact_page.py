"""How often does one answer do? The page, its lists, CSV and API (R100, R103)."""

import csv
import io

import pytest
from bs4 import BeautifulSoup

from servicedesk.tickets.conversation import reply
from servicedesk.tickets.progress import resolve_ticket

PAGE = "/reports/first-contact"


def page(client, path=PAGE):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:2000]
    return BeautifulSoup(answer.text, "html.parser")


def refs(soup):
    return [cell.get_text(strip=True) for cell in soup.select("tbody .ref")]


@pytest.fixture
def solved(clock, make_ticket, make_person):
    """Two requests, one solved with one answer and one with two, long enough ago to judge."""
    agent = make_person("agent")
    at_once, later = make_ticket().id, make_ticket().id
    reply(agent, later, text="On it.")
    for ticket_id in (at_once, later):
        resolve_ticket(agent, ticket_id, answer="Done.")
    clock.move(days=15)
    return at_once, later


@pytest.fixture
def manager(clock, sign_in_as):
    return sign_in_as("manager")


def test_the_page_says_how_sure_it_is_and_leads_to_the_requests(solved, sign_in_as):
    manager = sign_in_as("manager")
    panel = page(manager).find("h2", string="How many did one answer solve, and why not the others?").parent

    lists = [refs(page(manager, link["href"])) for link in panel.select("tbody a")]

    assert panel.find("p").get_text() == "50% (9% to 91%): 1 of 2."
    assert [set(found) for found in lists] == [
        {f"SD-{solved[0]}"},
        {f"SD-{solved[1]}"},
        {f"SD-{solved[0]}", f"SD-{solved[1]}"},
    ]


def test_csv_and_api_tell_what_the_page_tells(solved, sign_in_as):
    manager = sign_in_as("manager")

    told = manager.get("/api/v1/reports/first-contact").json
    rows = list(csv.reader(io.StringIO(manager.get(f"{PAGE}.csv").get_data().decode("utf-8-sig"))))[1:]

    assert (told["numerator"], told["denominator"], told["share"]) == (1, 2, 0.5)
    assert told["outcomes"] == {"solved": 1, "came_back": 0, "handed_over": 0, "other_answers": 1}
    assert [sum(int(row[column]) for row in rows) for column in (3, 4)] == [1, 2]


def test_an_empty_desk_says_so_in_words(manager):
    assert "Nothing that could be judged was resolved in this period." in page(manager).get_text()


def test_what_is_left_out_is_said(clock, sign_in_as, make_ticket, make_person):
    resolve_ticket(make_person("agent"), make_ticket().id, answer="Done.")

    assert "Left out: 1 resolved less than 14 days ago." in page(sign_in_as("manager")).get_text()


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.csv", "/api/v1/reports/first-contact"])
@pytest.mark.parametrize(
    ("role", "status"), [("customer", 403), ("agent", 403), ("lead", 200), ("manager", 200)]
)
def test_the_figure_is_for_leads_and_managers(sign_in_as, role, status, path):
    assert sign_in_as(role).get(path).status_code == status


def test_statements_do_not_grow(manager, make_ticket, count_statements):
    seen = []
    for weeks in (4, 104):
        make_ticket()
        page(manager)
        with count_statements() as statements:
            page(manager, f"{PAGE}?weeks={weeks}")
        seen.append(statements.count)

    assert seen[0] == seen[1] <= 8
