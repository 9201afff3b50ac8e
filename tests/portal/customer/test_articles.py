"""Articles on the customer's pages: reading, and answers beside what is being written (R14, R18, R114)."""

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from knowledge.models import ArticleUse
from servicedesk.kernel.db import session
from servicedesk.tickets.models import Ticket
from tests.knowledge.articles import PRINTER, VPN, VPN_HE, make_article

ASKED = "the printer prints blank pages"


def soup(answer):
    return BeautifulSoup(answer.text, "html.parser")


@pytest.fixture
def printer(app, clock):
    make_article({"en": VPN, "he": VPN_HE}, category="network.vpn")
    return make_article({"en": PRINTER}, category="hardware.printer")


@pytest.fixture
def browser(printer, sign_in_as):
    return sign_in_as("customer")


def outcomes():
    return sorted(session().execute(select(ArticleUse.outcome, ArticleUse.door)).all())


def test_articles_can_be_browsed_by_category(browser):
    page = soup(browser.get("/articles"))
    narrowed = soup(browser.get(page.select_one("nav[aria-label=Categories] a")["href"]))

    assert {link.text for link in page.select(".list-link")} == {VPN.title, PRINTER.title}
    assert len(narrowed.select(".list-link")) == 1


def test_articles_can_be_searched_without_a_script(browser):
    page = soup(browser.get("/articles?q=blnak+pages"))

    assert [link.text for link in page.select(".list-link")] == [PRINTER.title]


def test_a_search_without_a_hit_leads_to_people(browser):
    page = soup(browser.get("/articles?q=qwxyz"))

    assert page.select_one(".empty a")["href"] == "/requests/new"


def test_an_article_stands_in_its_own_language_and_direction(browser):
    page = soup(browser.get("/articles/1?language=he"))

    assert (page.article["lang"], page.article["dir"]) == ("he", "rtl")
    assert page.h1.text == VPN_HE.title
    assert page.select_one("ol li").text == "פתחו את אפליקציית הקודים."


def test_what_an_article_says_is_never_markup(sign_in_as, app):
    bad = "<script>alert(1)</script>"
    text = VPN.__class__(bad, f"{bad} <img src=x onerror=alert(1)>", f"{bad}\n\n[x](javascript:alert(1))")
    article_id = make_article({"en": text})
    browser = sign_in_as("customer")

    pages = [
        browser.get("/articles"),
        browser.get(f"/articles/{article_id}"),
        browser.get("/articles?q=script"),
    ]

    assert [len(soup(page).select("main script, main img")) for page in pages] == [0, 0, 0]
    assert all("&lt;script&gt;" in page.text for page in pages)


def test_answers_appear_beside_the_proposal_while_writing(browser):
    card = soup(browser.post("/requests/proposal", data={"text": ASKED}))

    assert card.select_one(".answer summary b").text == PRINTER.title
    assert [step.text for step in card.select(".answer li")] == [
        "Take the drum out.",
        "Pull the orange strip.",
    ]
    assert card.select_one("#if-sent")


def test_the_proposal_with_answers_takes_six_statements(browser, count_statements):
    browser.post("/requests/proposal", data={"text": ASKED})

    with count_statements() as seen:
        answer = browser.post("/requests/proposal", data={"text": ASKED})

    assert 'class="card answer"' in answer.text
    assert (seen.count <= 6, seen.commits) == (True, 0), str(seen)


def test_without_a_script_answers_are_a_step_that_one_may_leave_out(browser):
    home = soup(browser.get("/"))
    looked = soup(browser.post("/requests/new", data={"text": ASKED, "look": "1"}))

    assert home.select_one("#ask button[name=look]")
    assert looked.select_one(".answer summary b").text == PRINTER.title
    assert looked.textarea.text.strip() == ASKED
    assert browser.post("/requests/new", data={"text": ASKED}).status_code == 303


def test_this_solved_it_sends_nothing_and_is_noted(browser, printer):
    form = {"text": ASKED, "idempotency_key": "0123456789abcdefgh"}

    answer = browser.post(f"/articles/{printer}/solved?door=box&of=en", data=form)

    assert (answer.status_code, answer.location) == (303, "/")
    assert "Nothing was sent." in browser.get("/").text
    assert (outcomes(), session().scalars(select(Ticket)).all()) == ([("solved", "box")], [])
    assert session().scalar(select(ArticleUse.suggestion)) == "0123456789abcdefgh"


def test_not_this_keeps_the_text_and_shows_the_article_no_more(browser, printer):
    address = f"/articles/{printer}/rejected?door=box&of=en"

    page = soup(browser.post(address, data={"text": ASKED}))
    piece = soup(browser.post(address, data={"text": ASKED}, headers={"HX-Request": "true"}))

    assert page.textarea.text.strip() == ASKED
    assert [one.select(".answer") for one in (page, piece)] == [[], []]
    assert [one.select_one("input[name=without]")["value"] for one in (page, piece)] == [str(printer)] * 2


def test_a_request_sent_beside_answers_says_so(browser, printer):
    form = {"text": ASKED, "shown": [f"{printer}:en:1", "99:en:1", "x"], "without": "7"}

    answer = browser.post("/requests/new", data=form)

    assert answer.status_code == 303
    assert outcomes() == [("shown", "box")]


def test_filing_beside_answers_keeps_to_its_budget(browser, printer, count_statements):
    form = {"text": "It blinks", "item": "hardware_problem", "answer_device": "printer"}
    browser.post("/requests/new", data=form)
    form["shown"] = f"{printer}:en:1"

    with count_statements() as seen:
        answer = browser.post("/requests/new", data=form | {"text": "It blinks again"})

    assert answer.status_code == 303
    assert (seen.count <= 13, seen.commits) == (True, 1), str(seen)


def test_a_filed_request_is_withdrawn_by_the_article_that_solved_it(browser, printer, make_ticket):
    ticket = make_ticket(browser.actor, subject=ASKED, text="White sheets.")
    panel = soup(browser.get("/requests/SD-1/answers", headers={"HX-Request": "true"}))
    form = panel.select_one("form[action$=solved]")
    fields = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}

    answer = browser.post(form["action"], data=fields, csrf=False)

    assert answer.location == "/requests/SD-1"
    assert session().get_one(Ticket, ticket.id).status == "withdrawn"
    assert "nobody works on it any more" in browser.get("/requests/SD-1").text


def test_the_request_s_page_asks_for_articles_only_when_somebody_wants_them(browser, make_ticket):
    make_ticket(browser.actor, subject=ASKED)

    page = soup(browser.get("/requests/SD-1"))

    assert page.select_one("details[data-part]")["data-part"] == "/requests/SD-1/answers"
    assert page.select_one("details[data-part] a")["href"] == "/requests/SD-1/answers"
    assert PRINTER.title not in page.text


def test_nobody_sees_answers_to_somebody_else_s_request(browser, make_ticket):
    make_ticket(subject=ASKED)

    assert browser.get("/requests/SD-1/answers").status_code == 404
    assert browser.get("/articles/1?request=SD-1").status_code == 404


def test_an_article_that_did_not_help_leads_on_to_asking(browser, printer):
    answer = browser.post(f"/articles/{printer}/rejected", data={"language": "en"})

    assert answer.location == "/requests/new"
    assert outcomes() == [("rejected", "page")]


@pytest.mark.parametrize("count", [1, 30])
def test_the_shelf_asks_no_more_for_thirty_articles_than_for_one(app, sign_in_as, count_statements, count):
    [make_article({"en": VPN}, category="network.vpn") for _each in range(count)]
    browser = sign_in_as("customer")
    browser.get("/articles")

    with count_statements() as seen:
        answer = browser.get("/articles")

    assert len(soup(answer).select(".list-link")) == count
    assert seen.count <= 3, str(seen)
