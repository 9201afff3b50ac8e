"""The list of requests: what is open first, searched, narrowed, in pages, colleagues' apart (R13, R15)."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup

from servicedesk.tickets.progress import resolve_ticket, wait_for, withdraw_ticket
from tests.support.client import DeskClient

SignIn = Callable[..., DeskClient]


def refs(browser: DeskClient, query: str = "") -> list[str]:
    page = BeautifulSoup(browser.get(f"/requests{query}").text, "html.parser")
    return [ref.text for ref in page.select(".list .ref")]


@pytest.fixture
def browser(sign_in_as: SignIn) -> DeskClient:
    return sign_in_as("customer")


@pytest.fixture
def four(browser: DeskClient, make_ticket, make_person) -> None:
    """A solved, a waiting, a withdrawn and a new request, in this order."""
    agent = make_person("agent")
    subjects = ("Der Drucker ist KAPUTT", "Заявка про ёлку", "100% of the disk_space", "Zugang")
    solved, waiting, gone, _new = (make_ticket(browser.actor, subject=one).id for one in subjects)
    resolve_ticket(agent, solved, answer="Done.")
    wait_for(agent, waiting, status="waiting_customer", text="Which one?")
    withdraw_ticket(browser.actor, gone)


@pytest.mark.usefixtures("four")
@pytest.mark.parametrize(
    "query, found",
    [
        ("", ["SD-4", "SD-2", "SD-3", "SD-1"]),
        ("?state=open", ["SD-4", "SD-2"]),
        ("?state=yours", ["SD-2"]),
        ("?state=solved", ["SD-1"]),
        ("?state=closed", ["SD-3"]),
        ("?state=nonsense", ["SD-4", "SD-2", "SD-3", "SD-1"]),
        ("?q=kaputt+DRUCKER", ["SD-1"]),
        ("?q=ЕЛКУ", ["SD-2"]),
        ("?q=sd-3", ["SD-3"]),
        ("?q=3", ["SD-3"]),
        ("?q=%25", ["SD-3"]),
        ("?q=_", ["SD-3"]),
        ("?q=%00", ["SD-4", "SD-2", "SD-3", "SD-1"]),
        ("?q=nowhere", []),
        ("?q=zugang&state=closed", []),
    ],
)
def test_requests_are_found_by_words_number_and_state(browser: DeskClient, query: str, found: list[str]):
    assert refs(browser, query) == found


def test_a_long_list_comes_in_pages_that_lead_to_each_other(browser: DeskClient, make_ticket):
    [make_ticket(browser.actor) for _each in range(21)]

    first = BeautifulSoup(browser.get("/requests?q=printer").text, "html.parser")
    last = BeautifulSoup(browser.get("/requests?q=printer&page=2").text, "html.parser")

    assert (len(first.select(".list li")), len(last.select(".list li"))) == (20, 1)
    assert first.select_one("[rel=next]")["href"] == "/requests?q=printer&page=2"
    assert last.select_one("[rel=prev]")["href"] == "/requests?q=printer"
    assert (first.select_one(".pager span").text, last.select_one(".pager span").text) == ("1–20", "21–21")


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999", "9999", "²"])
def test_a_page_that_is_not_there_breaks_nothing(browser: DeskClient, page: str):
    assert browser.get(f"/requests?page={page}").status_code == 200


def test_colleagues_requests_are_a_list_of_their_own_for_those_who_may(sign_in_as: SignIn, make_ticket):
    viewer = sign_in_as(("customer", "organisation_viewer"), organisation="Baker & Sons")
    colleague = sign_in_as("customer", organisation="Baker & Sons")
    [make_ticket(who.actor) for who in (viewer, colleague)]
    make_ticket()

    assert refs(viewer) == ["SD-1"]
    assert refs(viewer, "?of=colleagues") == ["SD-2"]
    assert refs(colleague, "?of=colleagues") == ["SD-2"]


def test_whoever_sees_the_whole_desk_does_not_list_it_here(sign_in_as: SignIn, make_ticket):
    make_ticket()

    assert refs(sign_in_as("agent", organisation="Baker & Sons"), "?of=colleagues") == []
