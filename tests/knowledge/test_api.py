"""The API of articles (R25)."""

import pytest

from tests.knowledge.articles import PRINTER, VPN, VPN_HE, make_article


@pytest.fixture
def browser(app, sign_in_as):
    make_article({"en": VPN, "he": VPN_HE}, category="network.vpn")
    make_article({"en": PRINTER}, category="hardware.printer")
    return sign_in_as("customer")


def test_articles_are_listed_newest_first(browser):
    found = browser.get("/api/v1/articles").json["articles"]

    assert {each["title"] for each in found} == {VPN.title, PRINTER.title}
    assert {each["score"] for each in found} == {None}


def test_a_search_tells_the_best_first_with_its_score(browser):
    (found,) = browser.get("/api/v1/articles?q=blank+pages").json["articles"]

    assert (found["title"], found["category"], found["revision"]) == (PRINTER.title, "hardware.printer", 1)
    assert found["score"] > 0


def test_an_article_is_read_in_the_language_asked_for(browser):
    found = browser.get("/api/v1/articles/1?language=he").json

    assert (found["language"], found["languages"], found["body"]) == ("he", ["en", "he"], VPN_HE.body)
    assert found["html"].startswith("<ol")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/articles?category=hardware.printer&limit=1", 200),
        ("/api/v1/articles?category=nowhere", 422),
        ("/api/v1/articles?limit=51", 422),
        ("/api/v1/articles?order=title", 422),
        ("/api/v1/articles/99", 404),
    ],
)
def test_odd_questions_are_answered_clearly(browser, path, status):
    assert browser.get(path).status_code == status


def test_the_document_names_both_addresses(client):
    paths = client.get("/api/v1/openapi.json").json["paths"]

    assert {"/api/v1/articles", "/api/v1/articles/{article_id}"} <= set(paths)


@pytest.mark.parametrize("count", [1, 30])
def test_a_search_asks_the_database_the_same_for_any_number_of_articles(
    app, sign_in_as, count_statements, count
):
    [make_article({"en": VPN}) for _each in range(count)]
    browser = sign_in_as("customer")
    browser.get("/api/v1/articles?q=vpn")

    with count_statements() as seen:
        browser.get("/api/v1/articles?q=vpn")

    assert seen.count <= 3, str(seen)
