"""Are people satisfied? The page, its lists, CSV and API; the small-n rule in words (R100, R102)."""

import csv
import io

import pytest
from bs4 import BeautifulSoup

from portal.customer.schemas import RatingForm
from servicedesk.identity.actor import system_actor
from servicedesk.kernel.refs import Cause
from servicedesk.tickets.progress import resolve_ticket
from tests.support.surveys import ask_how_it_went, say_how_it_went

PAGE = "/reports/satisfaction"


def page(client, path=PAGE):
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:2000]
    return BeautifulSoup(answer.text, "html.parser")


@pytest.fixture
def rated(clock, make_ticket, make_person):
    """`rated(5, 5, None)` solves three requests, of which two are rated; returns their ids."""
    agent, customer = make_person("agent"), make_person()

    def rate(*scores):
        ids = [make_ticket(customer).id for _ in scores]
        for ticket_id, score in zip(ids, scores, strict=True):
            resolve_ticket(agent, ticket_id, answer="Done.")
            resolution = ask_how_it_went(system_actor(Cause("test")), ticket_id)
            for given in filter(None, [score]):
                say_how_it_went(customer, ticket_id, resolution=resolution, score=given)
        return ids

    return rate


def test_the_page_tells_share_range_mean_and_response(rated, sign_in_as):
    rated(*[5] * 8, *[1] * 4, *[None] * 4)

    words = page(sign_in_as("manager")).get_text(" ", strip=True)

    assert "66% (39% to 87%) are satisfied: 8 of 12 answers." in words
    assert "75% 12 of 16 who were asked" in words


def test_too_few_answers_are_said_to_be_so(rated, sign_in_as):
    rated(5, 4)

    soup = page(sign_in_as("manager"))

    assert "2 answers are too few to say anything: from 10 on there is a figure." in soup.get_text()
    assert "%" not in soup.find("h2", string="Where are they satisfied?").parent.find("td").get_text()


def test_a_rating_leads_to_its_requests(rated, sign_in_as):
    ids, manager = rated(5, 1, None), sign_in_as("manager")
    links = page(manager).find("h2", string="How did it go?").parent.select("tbody a")

    lists = [[cell.get_text(strip=True) for cell in page(manager, a["href"]).select(".ref")] for a in links]

    assert lists == [[f"SD-{number}"] for number in ids]


def test_answers_are_called_what_people_chose(rated, sign_in_as):
    rated(5)
    asked = [str(words) for _score, words in RatingForm().fields["score"].metadata["options"]]

    rows = page(sign_in_as("manager")).find("h2", string="How did it go?").parent.select("tbody tr")

    told = [row.select_one("th, td").get_text(strip=True) for row in rows]
    assert told == [*(f"{5 - place} · {words}" for place, words in enumerate(asked)), "no answer"]


def test_csv_and_api_tell_the_same(rated, sign_in_as):
    rated(5, 1, None)
    manager = sign_in_as("manager")

    told = manager.get("/api/v1/reports/satisfaction").json
    rows = list(csv.reader(io.StringIO(manager.get(f"{PAGE}.csv").get_data().decode("utf-8-sig"))))[1:]

    assert (told["asked"], told["answers"], told["share"], told["scores"]["5"]) == (3, 2, None, 1)
    assert [sum(int(row[column]) for row in rows) for column in (3, 4, 5)] == [3, 2, 1]


def test_an_empty_desk_says_so_in_words(clock, sign_in_as):
    words = page(sign_in_as("manager")).get_text()

    assert "Nobody has answered in this period yet." in words
    assert "Nobody was asked in this period." in words


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}.csv", "/api/v1/reports/satisfaction"])
@pytest.mark.parametrize(("role", "status"), [("customer", 403), ("agent", 403), ("lead", 200)])
def test_the_figure_is_for_leads_and_managers(sign_in_as, role, status, path):
    assert sign_in_as(role).get(path).status_code == status


def test_an_agent_reads_in_the_ticket_what_was_said(rated, sign_in_as):
    [ticket_id] = rated(4)

    words = sign_in_as("agent").get(f"/desk/tickets/SD-{ticket_id}").text

    assert "the customer was asked how it was" in words
    assert "rated the solution" in words
