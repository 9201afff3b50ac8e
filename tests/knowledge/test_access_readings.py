"""Who reads which article: one rule in two readings, and no door around it (R117, security.md 30)."""

import json
from itertools import product

import pytest
from sqlalchemy import select

from knowledge.access import STATES, VISIBILITIES, may_read, visible_to
from knowledge.models import Article
from knowledge.publishing import retire_article
from servicedesk.identity.actor import anonymous_actor
from servicedesk.kernel.db import session
from tests.knowledge.articles import ASKED, CANARY, SECRET, VPN, make_article

ROLES = ("customer", "agent", "group_agent", "lead", "manager", "administrator", "organisation_viewer")


@pytest.fixture
def every_kind(app, administrator):
    """Articles of every state and visibility, by id."""
    found = {}
    for state, visibility in product(STATES, VISIBILITIES):
        article_id = make_article({"en": VPN}, publish=state != "draft", visibility=visibility)
        found[article_id] = (state, visibility)
        _ = state == "retired" and retire_article(administrator, article_id)
    return found


@pytest.mark.parametrize("role", ROLES)
def test_the_two_readings_agree(every_kind, make_person, role):
    viewer = make_person(role)

    in_sql = set(session().scalars(select(Article.id).where(visible_to(viewer))))
    in_python = {article.id for article in session().scalars(select(Article)) if may_read(viewer, article)}

    assert in_sql == in_python


def test_a_customer_reads_what_is_published_for_customers_and_nothing_else(every_kind, customer):
    seen = set(session().scalars(select(Article.id).where(visible_to(customer))))

    assert {every_kind[article_id] for article_id in seen} == {("published", "customers")}


def test_nobody_reads_anything_without_signing_in(every_kind, client):
    assert session().scalars(select(Article.id).where(visible_to(anonymous_actor()))).all() == []
    assert client.get("/articles").status_code == 303
    assert client.get("/api/v1/articles").status_code == 401


@pytest.fixture
def hidden(app, administrator):
    """Articles that no customer may know of: a draft, an internal one, a retired one."""
    draft = make_article({"en": SECRET}, publish=False)
    internal = make_article({"en": SECRET}, visibility="agents")
    retired = make_article({"en": SECRET})
    retire_article(administrator, retired)
    make_article({"en": VPN})
    return (draft, internal, retired)


CUSTOMERS_DOORS = (
    f"/articles?q={ASKED}",
    "/articles",
    f"/requests/proposal?text={ASKED}+is+locked+the+safe",
    f"/api/v1/articles?q={ASKED}",
    "/api/v1/articles",
    "/requests/SD-1/answers",
    "/requests/SD-1",
    "/",
)


@pytest.mark.parametrize("door", CUSTOMERS_DOORS)
def test_no_door_of_a_customer_shows_a_hidden_article(hidden, sign_in_as, make_ticket, door):
    browser = sign_in_as("customer")
    make_ticket(browser.actor, subject=f"{ASKED} is locked", text="locked")

    answer = browser.get(door)

    assert answer.status_code == 200
    assert CANARY not in answer.text


@pytest.mark.parametrize("path", ["/articles/{}", "/articles/{}?language=en", "/api/v1/articles/{}"])
def test_a_hidden_article_is_not_there_for_a_customer(hidden, sign_in_as, path):
    browser = sign_in_as("customer")

    answers = [browser.get(path.format(article_id)) for article_id in hidden]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert CANARY not in "".join(answer.text for answer in answers)


@pytest.mark.parametrize(
    "door",
    ["/desk/articles", "/desk/articles/1", "/desk/articles/new", "/desk/articles/1/history?language=en"],
)
def test_a_customer_does_not_get_into_the_agents_room(hidden, sign_in_as, door):
    assert sign_in_as("customer").get(door).status_code == 403


@pytest.mark.parametrize("verb", ["solved", "rejected"])
def test_a_customer_says_nothing_of_a_hidden_article(hidden, sign_in_as, verb):
    browser = sign_in_as("customer")

    answers = [browser.post(f"/articles/{each}/{verb}", data={"language": "en"}) for each in hidden]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_an_agent_finds_the_internal_one_but_neither_draft_nor_retired(hidden, sign_in_as):
    found = sign_in_as("agent").get(f"/api/v1/articles?q={ASKED}").json["articles"]

    assert [each["id"] for each in found] == [hidden[1]]


def test_what_is_hidden_does_not_sway_what_a_customer_finds(app, sign_in_as):
    make_article({"en": VPN})
    browser = sign_in_as("customer")
    before = browser.get("/api/v1/articles?q=vpn+code").json

    make_article({"en": VPN}, visibility="agents")
    make_article({"en": SECRET}, publish=False)

    assert json.dumps(browser.get("/api/v1/articles?q=vpn+code").json) == json.dumps(before)
