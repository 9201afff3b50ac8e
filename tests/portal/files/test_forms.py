"""Files that come with a plain form, as browsers without script send them: nothing chosen is lost."""

import io
import re

import pytest
from bs4 import BeautifulSoup

from servicedesk.tickets.core.numbers import number_text
from servicedesk.tickets.queries import conversation, ticket_detail
from tests.support import pictures

FORM_KEY = "a-key-of-this-form-1"


@pytest.fixture
def customer(sign_in_as):
    return sign_in_as("customer")


@pytest.fixture
def agent(sign_in_as):
    return sign_in_as("agent")


@pytest.fixture
def ticket(make_ticket, customer):
    return make_ticket(customer.actor)


def part(data=b"hello", name="a.txt"):
    return io.BytesIO(data), name


def names(viewer, ticket_id):
    rows = conversation(viewer, ticket_detail(viewer, ticket_id)).files
    return [file.name for files in rows.values() for file in files]


def kept_in(answer):
    boxes = BeautifulSoup(answer.text, "html.parser").select("[name=upload]")
    return [box["value"] for box in boxes]


def test_a_request_is_filed_with_its_files(customer):
    sent = {"text": "My screen is dark.", "files": [part(), part(pictures.png(), "שלום.png")]}

    answer = customer.post("/requests/new", data=sent | {"idempotency_key": FORM_KEY})

    assert answer.status_code == 303
    assert names(customer.actor, int(re.search(r"SD-(\d+)", answer.location)[1])) == ["a.txt", "שלום.png"]


def test_a_file_that_is_refused_leaves_the_text_and_the_other_file(customer, ticket):
    ref = number_text(ticket.id, "SD")
    sent = {"kind": "reply", "text": "Two of them.", "files": [part(), part(b"", "empty.txt")]}

    answer = customer.post(f"/requests/{ref}/messages", data=sent)

    assert answer.status_code == 422
    assert "This file is empty." in answer.text
    assert "Two of them." in answer.text


def test_a_missing_text_keeps_the_file_for_the_next_try(customer, ticket):
    ref = number_text(ticket.id, "SD")
    refused = customer.post(
        f"/requests/{ref}/messages", data={"kind": "reply", "text": " ", "files": [part()]}
    )
    (upload_id,) = kept_in(refused)

    again = customer.post(
        f"/requests/{ref}/messages", data={"kind": "reply", "text": "Now.", "upload": upload_id}
    )

    assert (refused.status_code, again.status_code) == (422, 303)
    assert names(customer.actor, ticket.id) == ["a.txt"]


def test_an_unticked_file_is_not_sent(customer, ticket):
    ref = number_text(ticket.id, "SD")
    refused = customer.post(
        f"/requests/{ref}/messages", data={"kind": "reply", "text": "", "files": [part()]}
    )

    customer.post(f"/requests/{ref}/messages", data={"kind": "reply", "text": "Without."})

    assert len(kept_in(refused)) == 1
    assert names(customer.actor, ticket.id) == []


@pytest.mark.parametrize("sent", [{"kind": "note"}, {"kind": "reply"}, {"kind": "reply", "then": "resolve"}])
def test_an_agent_sends_files_with_every_kind_of_text(agent, customer, ticket, sent):
    url = f"/desk/tickets/{number_text(ticket.id, 'SD')}/messages"

    answer = agent.post(url, data=sent | {"text": "See the file.", "files": [part(b"canary", "canary.txt")]})

    assert answer.status_code == 303
    assert names(agent.actor, ticket.id) == ["canary.txt"]
    assert names(customer.actor, ticket.id) == ([] if sent["kind"] == "note" else ["canary.txt"])


def test_a_stale_reply_keeps_its_file(agent, ticket):
    url = f"/desk/tickets/{number_text(ticket.id, 'SD')}/messages"
    sent = {"kind": "reply", "text": "Late.", "row_version": "1", "files": [part()]}

    answer = agent.post(url, data=sent)

    assert answer.status_code == 409
    assert len(kept_in(answer)) == 1


def test_a_file_comes_along_to_the_form_of_a_picked_item(customer):
    answer = customer.post("/requests/new", data={"text": "A laptop", "choose": "laptop", "files": [part()]})

    assert answer.status_code == 200
    assert "A laptop" in answer.text
    assert len(kept_in(answer)) == 1


def test_a_request_by_phone_takes_files(agent, customer):
    sent = {"requester_id": customer.actor.id, "subject": "Dark", "text": "The screen.", "files": [part()]}

    answer = agent.post("/desk/new", data=sent | {"item_id": "", "impact": "", "urgency": ""})

    assert answer.status_code == 303
    assert names(agent.actor, int(re.search(r"SD-(\d+)", answer.location)[1])) == ["a.txt"]


def test_the_reading_of_a_ticket_asks_the_database_no_more_for_its_files(
    agent, customer, ticket, count_statements
):
    url = f"/desk/tickets/{number_text(ticket.id, 'SD')}"
    with count_statements() as bare:
        agent.get(url)
    agent.post(
        f"{url}/messages", data={"kind": "reply", "text": "Files.", "files": [part(), part(b"b", "b.txt")]}
    )
    agent.get(url)

    agent.post(f"{url}/messages", data={"kind": "note", "text": "More.", "files": [part(b"c", "c.txt")]})
    with count_statements() as full:
        page = agent.get(url)

    assert all(name in page.text for name in ("a.txt", "b.txt", "c.txt"))
    assert full.count <= bare.count, full
