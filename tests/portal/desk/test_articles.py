"""Articles on the agents' pages: list, editor, history, and the panel beside a ticket (R18, R22)."""

import re

import pytest
from bs4 import BeautifulSoup

from knowledge.core.languages import Change
from knowledge.queries import article_row
from knowledge.texts import ArticleText
from knowledge.writing import revise_article
from servicedesk.tickets.conversation import reply
from tests.knowledge.articles import CANARY, PRINTER, SECRET, VPN, VPN_HE, make_article
from tests.support.makers import administrator

FORM = {
    "language_1": "en",
    "language_2": "he",
    "visibility": "customers",
    "category": "",
    "change": "meaning",
}
WORDS = {"title_1": "New title", "symptom_1": "seen", "body_1": "Do **this**"}


def soup(answer):
    return BeautifulSoup(answer.text, "html.parser")


def state(article_id=1):
    return article_row(administrator(), article_id).state


@pytest.fixture
def agent(sign_in_as):
    return sign_in_as("agent")


@pytest.fixture
def lead(sign_in_as):
    return sign_in_as("lead")


def test_the_list_tells_state_and_languages_of_each(agent):
    make_article({"en": VPN, "he": VPN_HE})
    revise_article(administrator(), 1, {"en": PRINTER}, change=Change.MEANING)

    row = soup(agent.get("/desk/articles")).select_one(".list li")

    assert [re.sub("[\u200e\u2068\u2069]", "", chip.text) for chip in row.select(".chip")] == [
        "English: not published",
        "עברית: out of date",
        "Қазақ тілі: missing",
        "ქართული: missing",
        "Русский: missing",
        "published",
    ]


def test_the_navigation_marks_one_page_as_the_present_one(agent):
    marked = soup(agent.get("/desk/articles")).select("nav.rail [aria-current]")

    assert [link["href"] for link in marked] == ["/desk/articles"]


@pytest.mark.parametrize("count", [1, 50])
def test_the_list_asks_no_more_for_fifty_articles_than_for_one(agent, count_statements, count):
    [make_article({"en": VPN}) for _each in range(count)]
    agent.get("/desk/articles")

    with count_statements() as seen:
        answer = agent.get("/desk/articles")

    assert len(soup(answer).select(".list-link")) == count
    assert seen.count <= 5, str(seen)


def test_an_agent_writes_a_draft_and_cannot_publish_it(agent):
    answer = agent.post("/desk/articles/new", data=FORM | WORDS)
    page = soup(agent.get(answer.location))
    refused = agent.post("/desk/articles/1", data=FORM | WORDS | {"do": "publish", "row_version": "1"})

    assert state() == "draft"
    assert page.select_one("[name=title_1]")["value"] == "New title"
    assert page.select("button[value=publish]") == []
    assert refused.status_code == 403
    assert "New title" in refused.text


def test_a_lead_saves_and_publishes_with_one_button(lead):
    make_article(publish=False)

    answer = lead.post("/desk/articles/1", data=FORM | WORDS | {"do": "publish", "row_version": "1"})

    assert (answer.status_code, state()) == (303, "published")
    assert "New title" in lead.get("/articles/1").text


def test_what_cannot_be_kept_is_shown_again_as_it_was_typed(agent):
    answer = agent.post("/desk/articles/new", data=FORM | WORDS | {"title_1": "x" * 200})
    empty = agent.post("/desk/articles/new", data=FORM)

    assert (answer.status_code, empty.status_code) == (422, 422)
    assert soup(answer).select_one("[name=body_1]").text.strip() == "Do **this**"


def test_a_preview_shows_the_page_and_keeps_nothing(agent):
    page = soup(agent.post("/desk/articles/new", data=FORM | WORDS | {"do": "preview"}))

    assert page.select_one(".prose strong").text == "this"
    assert soup(agent.get("/desk/articles")).select(".list-link") == []


def test_a_stale_save_keeps_what_was_typed_and_overwrites_nothing(agent):
    make_article()
    revise_article(administrator(), 1, {"en": PRINTER}, change=Change.WORDS)

    answer = agent.post("/desk/articles/1", data=FORM | WORDS | {"row_version": "2"})

    assert answer.status_code == 409
    assert soup(answer).select_one("[name=title_1]")["value"] == "New title"


def test_the_editor_shows_the_two_languages_that_are_asked_for(agent):
    make_article({"en": VPN, "he": VPN_HE})

    page = soup(agent.get("/desk/articles/1?left=he&right=ru"))

    assert [field["value"] for field in page.select("[name^=language_]")] == ["he", "ru"]
    assert page.select_one("[name=title_1]")["value"] == VPN_HE.title
    assert page.select_one("[name=title_2]")["value"] == ""


def test_saving_and_showing_other_languages_loses_nothing(agent):
    make_article()
    data = FORM | WORDS | {"do": "show", "show_1": "en", "show_2": "ru", "row_version": "2"}

    answer = agent.post("/desk/articles/1", data=data)

    assert answer.location == "/desk/articles/1?left=en&right=ru"
    assert "New title" in agent.get(answer.location).text


def test_a_lead_retires_an_article(lead):
    make_article()

    lead.post("/desk/articles/1/retire", data={"row_version": "2"})

    assert state() == "retired"


def test_the_history_shows_what_a_revision_changed(agent):
    make_article()
    changed = ArticleText("The VPN wants a code that never comes", VPN.symptom, VPN.body)
    revise_article(administrator(), 1, {"en": changed}, change=Change.WORDS)

    page = soup(agent.get("/desk/articles/1/history?language=en"))

    assert (page.select_one("del").text, page.select_one("ins").text) == ("asks for", "wants")
    assert len(page.select("nav[aria-label=Revisions] li")) == 2


@pytest.mark.parametrize("query", ["language=ru", "language=en&number=9", ""])
def test_a_history_that_is_not_there_is_not_found(agent, query):
    make_article()

    assert agent.get(f"/desk/articles/1/history?{query}").status_code == 404


@pytest.mark.parametrize("path", ["/desk/articles/1", "/desk/articles"])
def test_a_manager_reads_along(sign_in_as, path):
    make_article()
    manager = sign_in_as("manager")

    assert soup(manager.get(path)).select("main button[name=do], a[href='/desk/articles/new']") == []
    assert manager.post("/desk/articles/1", data=FORM | WORDS).status_code == 403


@pytest.fixture
def ticket(app, make_ticket):
    make_article({"en": PRINTER})
    make_article({"en": SECRET}, visibility="agents")
    return make_ticket(subject="The printer prints blank pages", text="White sheets.")


def test_the_ticket_s_page_holds_the_panel_s_address_and_no_article(agent, ticket):
    page = soup(agent.get("/desk/tickets/SD-1"))

    assert page.select_one("details[data-articles]")["data-part"] == "/desk/tickets/SD-1/articles"
    assert page.select_one("details[data-articles] summary")["aria-keyshortcuts"] == "s"
    assert PRINTER.title not in page.select_one("details[data-articles]").text


def test_the_panel_offers_what_fits_the_ticket(agent, ticket):
    panel = soup(agent.get("/desk/tickets/SD-1/articles", headers={"HX-Request": "true"}))
    link, steps = panel.select("[data-inserts]")

    assert link["data-inserts"] == f"{PRINTER.title}\nhttp://localhost/articles/1?language=en"
    assert "1. Take the drum out.\n2. Pull the orange strip." in steps["data-inserts"]


def test_an_internal_article_is_found_but_cannot_be_put_into_a_reply(agent, ticket):
    panel = soup(agent.get(f"/desk/tickets/SD-1/articles?q={CANARY}"))

    assert CANARY in panel.select_one(".answer summary").text
    assert panel.select("[data-inserts]") == []
    assert (
        CANARY
        not in soup(agent.get("/desk/tickets/SD-1?insert=2:en:steps")).select_one("#composer-text").text
    )


def test_without_a_script_an_article_is_put_into_the_reply_by_a_link(agent, ticket):
    page = soup(agent.get("/desk/tickets/SD-1?insert=1:en:steps"))

    assert "Pull the orange strip." in page.select_one("#composer-text").text


@pytest.mark.parametrize("odd", ["1", "1:en:run", "x:en:link", "99:en:link"])
def test_an_odd_address_puts_nothing_into_the_reply(agent, ticket, odd):
    answer = agent.get(f"/desk/tickets/SD-1?insert={odd}")

    assert answer.status_code == 200
    assert "Pull the orange" not in answer.text


def test_the_panel_is_shut_to_those_who_do_not_see_the_ticket(sign_in_as, ticket, make_group, make_person):
    stranger = sign_in_as("group_agent")
    reply(administrator(), ticket.id, text="mine")

    assert sign_in_as("customer").get("/desk/tickets/SD-1/articles").status_code == 403
    assert stranger.get("/desk/tickets/SD-999/articles").status_code == 404
