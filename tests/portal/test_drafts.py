"""Drafts over HTTP: kept, given back, refused where newer, gone once the text is sent (R22)."""

import pytest

from servicedesk.tickets.drafts import drafts_of, save_draft


@pytest.fixture
def agent(make_person):
    return make_person("agent")


@pytest.fixture
def desk(sign_in_as, agent):
    return sign_in_as(agent)


@pytest.fixture
def ticket_id(make_ticket, clock):
    return make_ticket().id


def keep(browser, ticket_id, text, *, kind="reply", version=0):
    form = {"ticket": f"SD-{ticket_id}" if ticket_id else "", "kind": kind, "text": text, "version": version}
    return browser.post("/drafts", data=form)


def test_a_draft_is_saved_and_fetched_and_never_cached(desk, ticket_id):
    saved = keep(desk, ticket_id, "Dear\r\nNino")

    shown = desk.get(f"/drafts?ticket=SD-{ticket_id}")

    assert saved.json == {"version": 1}
    assert shown.json == [{"kind": "reply", "text": "Dear\nNino", "version": 1}]
    assert (saved.headers["Cache-Control"], shown.headers["Cache-Control"]) == ("no-store", "no-store")


def test_a_newer_one_is_given_back_instead(desk, ticket_id):
    keep(desk, ticket_id, "one")

    answer = keep(desk, ticket_id, "other")

    assert (answer.status_code, answer.json) == (409, {"text": "one", "version": 1})


def test_the_page_says_that_there_is_one(desk, agent, ticket_id):
    before = desk.get(f"/desk/tickets/SD-{ticket_id}").get_data(as_text=True)
    save_draft(agent, kind="note", ticket_id=ticket_id, text="Look", version=0)

    assert " stored data-saved" not in before
    assert " stored data-saved" in desk.get(f"/desk/tickets/SD-{ticket_id}").get_data(as_text=True)


def test_sending_forgets_the_draft_of_its_kind_alone(desk, agent, ticket_id):
    keep(desk, ticket_id, "Dear")
    keep(desk, ticket_id, "Look", kind="note")

    desk.post(f"/desk/tickets/SD-{ticket_id}/messages", data={"kind": "reply", "text": "Dear Nino"})

    assert [row.kind for row in drafts_of(agent, ticket_id)] == ["note"]


def test_what_is_refused_keeps_its_draft(desk, agent, ticket_id):
    keep(desk, ticket_id, "Dear")

    desk.post(
        f"/desk/tickets/SD-{ticket_id}/messages", data={"kind": "reply", "text": "Dear", "row_version": 1}
    )

    assert [row.text for row in drafts_of(agent, ticket_id)] == ["Dear"]


def test_a_customers_texts_are_kept_and_forgotten_when_sent(sign_in_as, make_ticket, make_person):
    customer = make_person()
    ticket_id, browser = make_ticket(customer).id, sign_in_as(customer)
    keep(browser, 0, "I need", kind="new")
    keep(browser, ticket_id, "It is", kind="reply")
    assert [len(drafts_of(customer, place)) for place in (0, ticket_id)] == [1, 1]

    browser.post("/requests/new", data={"text": "I need a chair"})
    browser.post(f"/requests/SD-{ticket_id}/messages", data={"text": "It is here"})

    assert [len(drafts_of(customer, place)) for place in (0, ticket_id)] == [0, 0]


@pytest.mark.parametrize("version", ["x", "-1", "9" * 20, ""])
def test_a_version_that_is_none_counts_as_none(desk, ticket_id, version):
    assert keep(desk, ticket_id, "x", version=version).status_code == 200


def test_strangers_get_nothing(client, sign_in_as, ticket_id):
    assert client.get("/drafts").status_code in (302, 303, 401, 403)
    assert sign_in_as("customer").get(f"/drafts?ticket=SD-{ticket_id}").json == []
    assert keep(sign_in_as("customer"), ticket_id, "x").status_code == 404
