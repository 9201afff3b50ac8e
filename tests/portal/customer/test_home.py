"""The customer's home: the one box, what it proposes meanwhile, and how one's requests stand (R2, R14)."""

import gzip
import re
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from werkzeug.test import TestResponse

from routing.queries import ProposedRoute, RouteProposal
from servicedesk.identity.directory import groups
from servicedesk.tickets.catalogue import categories, category_path
from servicedesk.tickets.conversation import reply
from tests.support.client import DeskClient

SignIn = Callable[..., DeskClient]


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def plain(text: str) -> str:
    return re.sub("[\u2068\u2069]", "", " ".join(text.split()))


def proposed(browser: DeskClient, text: str) -> str:
    return plain(soup(browser.post("/requests/proposal", data={"text": text})).text)


def test_the_home_asks_one_question_and_offers_the_whole_catalogue(sign_in_as: SignIn):
    page = soup(sign_in_as("customer").get("/"))

    assert page.h1.text == "What do you need?"
    assert [field["name"] for field in page.select("#ask [required]")] == ["text"]
    assert len(page.select("button[name=choose]")) == 6
    assert page.select("#proposal *") == []


def test_a_customer_finds_each_request_with_one_sentence(clock, sign_in_as: SignIn, make_ticket, make_person):
    browser = sign_in_as("customer")
    ticket = make_ticket(browser.actor, subject="Payroll refuses every login")
    reply(make_person("agent"), ticket.id, text="We see it too.")

    row = soup(browser.get("/")).select_one(".list li")

    assert row.select_one("a")["href"] == "/requests/SD-1"
    assert plain(row.small.text) == "The team Service desk is working on it. Last message today 10:00."
    assert row.select_one(".chip").text == "solved by Fri 14:00"


def test_where_a_text_would_go_why_and_by_when_is_told_while_writing(clock, sign_in_as: SignIn):
    told = proposed(sign_in_as("customer"), "my mail password expired")

    assert "Service desk reads it first and passes it to the right people." in told
    assert "It looks like “Get access”: that form goes straight to Software." in told
    assert re.search("Because you wrote “.*password.*”", told)
    assert "First answer by today 18:00, solved by Fri 14:00. We work today 09:00–18:00, UTC time." in told


def test_a_proposal_speaks_without_figures(sign_in_as: SignIn):
    told = proposed(sign_in_as("customer"), "my mail password expired")

    assert re.findall(r"\d+ ?%|0\.\d+", told) == []


@pytest.mark.parametrize(
    "category, goes",
    [
        ("network.vpn", "Goes to Network as Network › VPN. Because"),
        ("software.install", "Goes to Software as Programs › Installation. Its form asks what we would ask"),
    ],
)
def test_a_sure_route_is_told_as_what_will_happen(monkeypatch, sign_in_as: SignIn, category: str, goes: str):
    browser = sign_in_as("customer")
    (found,) = [row for row in categories().values() if row.key == category]
    path, team = category_path(found.id, "en"), groups()[found.default_group_id].name
    route = ProposedRoute(category, path, 0.97, found.id, path, None, "", found.default_group_id, team)
    sure = RouteProposal("model", "1", 1, (route,), True, ("vpn",), 1, ("urgent",))
    monkeypatch.setattr("portal.customer.proposal.propose_while_typing", lambda _viewer, _text: sure)

    assert goes in proposed(browser, "urgent: vpn drops")


@pytest.mark.parametrize("text", ["", "  \n", "?!…", "\u202e\u0000"])
def test_without_a_word_nothing_is_proposed(sign_in_as: SignIn, text: str):
    assert proposed(sign_in_as("customer"), text) == ""


def test_words_that_nobody_knows_still_get_their_promise(sign_in_as: SignIn):
    told = proposed(sign_in_as("customer"), "qwxz zzkv")

    assert "It looks like" not in told
    assert "First answer by" in told


def test_a_better_agreement_promises_an_earlier_answer(clock, sign_in_as: SignIn, make_organisation):
    gold = make_organisation("Gold Mines", tier="gold")

    assert "First answer by today 14:00" in proposed(sign_in_as("customer", organisation=gold), "a question")


def test_the_promise_is_in_the_readers_time_and_says_whose_hours_they_are(clock, sign_in_as: SignIn):
    told = proposed(sign_in_as("customer", zone="Asia/Almaty"), "a question")

    assert "First answer by today 23:00" in told
    assert "We work today 09:00–18:00, UTC time. The times above are yours: Almaty time." in told


def test_outside_the_hours_it_says_when_the_desk_opens(clock, sign_in_as: SignIn):
    clock.set("2026-11-21T12:00Z")  # a Saturday

    assert "We are closed now and open Mon 09:00. Times are UTC time." in proposed(sign_in_as(), "a question")


@pytest.mark.parametrize("role, place", [("agent", "/desk"), ("manager", "/reports")])
def test_everybody_else_has_a_home_of_their_own(sign_in_as: SignIn, role: str, place: str):
    page = soup(sign_in_as(role).get("/"))

    home = page.select_one("a.brand")["href"] if page.select_one("a.brand") else page.a["href"]

    assert home == place


def test_somebody_who_may_nothing_is_told_so(sign_in_as: SignIn):
    assert sign_in_as(()).get("/").status_code == 403


def test_the_home_needs_four_requests_and_less_than_25_kilobytes(sign_in_as: SignIn, make_ticket):
    browser = sign_in_as("customer")
    [make_ticket(browser.actor) for _each in range(6)]
    page = browser.get("/")
    tags = soup(page).select("link[href], script[src], img[src]")

    files = {tag.get("href") or tag.get("src") for tag in tags}
    sent = [browser.get(file, headers={"Accept-Encoding": "gzip"}) for file in files]

    assert len(files) + 1 <= 4
    assert sum(len(one.data) for one in sent) + len(gzip.compress(page.data, 5)) <= 25_000


def test_a_page_speaks_hebrew_from_right_to_left(sign_in_as: SignIn):
    page = soup(sign_in_as("customer", language="he").get("/"))

    assert (page.html["lang"], page.html["dir"]) == ("he", "rtl")
    assert page.select_one("[value=hardware_problem] b").text == "משהו התקלקל"


def test_nobody_in_particular_may_choose_language_and_theme_too(client: DeskClient):
    page = soup(client.get("/sign-in"))
    answer = client.post("/language?next=/sign-in", data={"language": "he"})

    assert [button["value"] for button in page.select("theme-choice button")] == ["auto", "light", "dark"]
    assert answer.status_code == 303
    assert soup(client.get("/sign-in")).html["dir"] == "rtl"
