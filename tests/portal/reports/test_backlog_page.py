"""How much is waiting, and for how long: page, lists, CSV and API tell the same (R100, R104)."""

import csv
import io

import pytest
from bs4 import BeautifulSoup

from servicedesk.tickets.progress import reopen_ticket, resolve_ticket
from tests.support import makers

PAGE = "/reports/backlog"


def page(client, path=PAGE):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:2000]
    return BeautifulSoup(answer.text, "html.parser")


def panel(soup, question):
    return soup.find("h2", string=question).parent


def table_of(answer):
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def refs(soup):
    return [cell.get_text(strip=True) for cell in soup.select("tbody .ref")]


@pytest.fixture
def worked(clock, make_ticket, make_person):
    """Three requests: one three weeks old, one that came back, one that was solved; returns their ids."""
    agent = make_person("agent")
    old = make_ticket().id
    clock.move(days=21)
    back, solved = make_ticket().id, make_ticket().id
    for ticket_id in (back, solved):
        resolve_ticket(agent, ticket_id, answer="Done.")
    clock.move(hours=1)
    reopen_ticket(agent, back)
    clock.move(minutes=1)
    return old, back, solved


@pytest.fixture
def manager(sign_in_as):
    return sign_in_as("manager")


def test_the_page_counts_by_age_and_leads_to_the_requests(worked, sign_in_as):
    manager = sign_in_as("manager")
    rows = panel(page(manager), "How much is open, and since when?").select("tbody tr")

    told = [[cell.get_text(strip=True) for cell in row.find_all(["th", "td"])][:2] for row in rows]
    lists = [refs(page(manager, row.find("a")["href"])) for row in rows if row.find("a")]

    assert told[:2] == [["less than a week ago", "1"], ["1 to 4 weeks ago", "1"]]
    assert lists == [[f"SD-{worked[1]}"], [f"SD-{worked[0]}"], [f"SD-{worked[1]}", f"SD-{worked[0]}"]]


def test_a_moment_can_be_chosen(worked, clock, sign_in_as):
    soup = page(sign_in_as("manager"), f"{PAGE}?at={int(clock.at.timestamp()) - 1800}")

    assert "1 open" in panel(soup, "How much is open, and since when?").find("p").get_text()


def test_what_came_and_went_leads_to_its_requests(worked, sign_in_as):
    manager = sign_in_as("manager")
    row = panel(page(manager), "Do we close as much as comes in?").select("tbody tr")[-1]

    cells = [cell.get_text(strip=True) for cell in row.find_all("td")]
    lists = [refs(page(manager, link["href"])) for link in row.find_all("a")]

    assert cells[1:] == ["2", "1", "2", "\u200e+1", "\u200e+2"]
    assert [len(found) for found in lists] == [2, 1, 2]


def test_csv_and_api_tell_what_the_page_tells(worked, sign_in_as):
    manager = sign_in_as("manager")

    ages, told = table_of(manager.get(f"{PAGE}.csv")), manager.get("/api/v1/reports/backlog").json

    assert ages[-1][1:] == ["2", "1", "1", "0", "0"]
    assert (told["total"], [band["open"] for band in told["bands"]]) == (2, [1, 1, 0, 0])
    assert [str(week["total"]) for week in told["weeks"]] == [row[1] for row in ages[1:-1]]


def test_the_flow_is_the_same_in_csv_and_api(worked, sign_in_as):
    manager = sign_in_as("manager")

    told = manager.get("/api/v1/reports/flow?by=day&periods=28").json["periods"]
    rows = table_of(manager.get("/reports/flow.csv?by=day"))[1:]

    names = ("created", "reopened", "closed", "difference", "grown")
    assert [row[3:] for row in rows] == [[str(period[name]) for name in names] for period in told]


def test_one_team_can_be_looked_at(worked, sign_in_as):
    team = makers.make_group()

    soup = page(sign_in_as("manager"), f"{PAGE}?team={team.id}")
    told = sign_in_as("manager").get(f"/api/v1/reports/backlog?group={team.key}").json

    assert (panel(soup, "How much is open, and since when?").find("p")["class"], told["total"]) == (
        ["muted"],
        0,
    )


def test_an_empty_desk_says_so_in_words(manager):
    words = page(manager).get_text()

    assert "Nothing was open at this moment." in words
    assert "Nothing came and nothing was closed in this period." in words


@pytest.mark.parametrize(
    "query", ["at=x", "at=9999-99-99", "weeks=1", "team=77", "by=z", "at=0001-01-01T00:00"]
)
def test_an_address_that_makes_no_sense_shows_the_usual(manager, query):
    assert page(manager, f"{PAGE}?{query}").find("h1")
    assert manager.get(f"{PAGE}.csv?{query}").status_code == 200


@pytest.mark.parametrize(
    "query", ["figure=open&band=9", "figure=closed", "figure=open&after=nan~1", "figure=open&at=1&after=~"]
)
def test_a_list_address_that_makes_no_sense_is_no_error(manager, query):
    assert page(manager, f"/reports/tickets?{query}").find("h1")


def test_there_is_no_list_of_an_unknown_figure(manager):
    assert manager.get("/reports/tickets?figure=x").status_code == 404


PATHS = (PAGE, f"{PAGE}.csv", "/reports/flow.csv", "/reports/tickets?figure=open", "/api/v1/reports/flow")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("role", "status"), [("customer", 403), ("agent", 403), ("lead", 200), ("manager", 200)]
)
def test_figures_are_for_leads_and_managers(sign_in_as, role, status, path):
    assert sign_in_as(role).get(path).status_code == status


def test_statements_do_not_grow_with_requests_or_weeks(manager, make_ticket, count_statements):
    seen = []
    for weeks in (4, 104):
        make_ticket()
        page(manager)
        with count_statements() as statements:
            page(manager, f"{PAGE}?weeks={weeks}")
        seen.append(statements.count)

    assert seen[0] == seen[1] <= 14


def test_the_page_speaks_hebrew(worked, sign_in_as):
    soup = page(sign_in_as("manager", language="he"))

    assert soup.find("h1").get_text() == "כמה ממתין, וכמה זמן?"
