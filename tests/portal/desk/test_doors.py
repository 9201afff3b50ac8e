"""The agent's doors are shut to everybody else, and no word of a note leaves by any other door (R43, R98)."""

import pytest

from servicedesk.tickets.assignment import override_priority
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.erasing import erase_text

CANARY = "canary-7f3a"


# What stands in the addresses of pages and API; any other part of an address is filled with SD-1.
PARTS = {"ticket_id": 1, "seq": 4, "view": "all", "secret": "x", "signed": "x", "article_id": 1, "cycle": 1}
PARTS |= dict.fromkeys(("person_id", "group_id", "category_id", "item_id", "replay_id"), 1)


def doors(app, *methods, under="/"):
    """Return (method, rule, address) of every door, with the customer's request wherever one is named."""
    adapter = app.url_map.bind("localhost")
    return [
        (
            method,
            rule.rule,
            adapter.build(rule.endpoint, {part: PARTS.get(part, "SD-1") for part in rule.arguments}),
        )
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods & set(methods))
        if rule.rule.startswith(under)
    ]


@pytest.fixture
def noted(make_ticket, make_person, administrator):
    """A customer whose request carries the canary wherever only colleagues may read it."""
    customer = make_person(name="Nino Kapanadze")
    ticket = make_ticket(customer)
    add_note(administrator, ticket.id, text=f"{CANARY} in a note")
    override_priority(administrator, ticket.id, priority=1, why=f"{CANARY} in a reason")
    reply(administrator, ticket.id, text="A public answer.")
    return customer


def test_a_customer_is_refused_at_every_door_of_the_desk(app, sign_in_as, noted):
    browser = sign_in_as(noted)
    found = doors(app, "GET", "POST", under="/desk")

    codes = {(method, rule): browser.open(url, method=method).status_code for method, rule, url in found}

    assert len(codes) > 20
    assert {door for door, code in codes.items() if code != 403} == set()


def test_nobody_gets_past_the_doors_without_signing_in(app, client, noted):
    codes = {rule: client.get(url).status_code for _get, rule, url in doors(app, "GET", under="/desk")}

    assert set(codes.values()) == {303}


def test_no_page_and_no_answer_of_the_api_tells_a_customer_what_a_note_says(app, sign_in_as, noted):
    browser = sign_in_as(noted)

    bodies = {rule: browser.get(url).get_data(as_text=True) for _get, rule, url in doors(app, "GET")}

    assert {rule for rule, body in bodies.items() if CANARY in body} == set()
    assert {rule for rule, body in bodies.items() if "A public answer." in body} != set()


def test_the_canary_sings_where_it_may(sign_in_as, noted):
    body = sign_in_as("agent").get("/desk/tickets/SD-1").get_data(as_text=True)

    assert body.count(CANARY) == 2


def test_an_erased_note_is_gone_from_the_page_too(sign_in_as, noted, administrator):
    erase_text(administrator, 1, seqs=[4])

    body = sign_in_as("agent").get("/desk/tickets/SD-1").get_data(as_text=True)

    assert f"{CANARY} in a note" not in body
    assert "This text was erased" in body
