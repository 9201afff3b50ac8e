"""The API where programs send what no form would, or send it twice (R25)."""

import json

import pytest

from servicedesk.kernel.command import IdempotencyKey
from servicedesk.kernel.db import session

NEW = {"subject": "VPN down", "text": "It stops every hour."}


def file(client, body=None, **headers):
    # Written by hand: the client's own encoder would stumble over half a character.
    sent = json.dumps(NEW | (body or {}))
    return client.post("/api/v1/tickets", data=sent, content_type="application/json", headers=headers)


NESTED = {"a list in a list": "[" * 100_000, "an object in an object": '{"answers":' * 100_000}
ODD = {
    "a list within": '{"subject":"VPN","text":"x","answers":{"a":' + "[" * 900 + "]" * 900 + "}}",
    "a number of 5,000 digits": '{"subject":"VPN","text":"x","impact":' + "9" * 5000 + "}",
    "no number": '{"subject":"VPN","text":"x","impact":NaN}',
    "a list": "[" * 900 + "]" * 900,
}


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_json_that_is_nested_too_deeply_is_no_fault_of_the_desk(sign_in_as, text) -> None:
    answer = sign_in_as("customer").post("/api/v1/tickets", data=text, content_type="application/json")

    assert (answer.status_code, answer.json["code"]) == (400, "api.bad_json")


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_json_that_no_ticket_is_made_of_is_refused(sign_in_as, text) -> None:
    answer = sign_in_as("customer").post("/api/v1/tickets", data=text, content_type="application/json")

    assert answer.status_code in {400, 422}
    assert answer.json["code"].startswith("api.")


@pytest.mark.parametrize("text", ["{", "'", '{"subject":}', b"\xff"])
def test_what_is_no_json_is_told_so(sign_in_as, text) -> None:
    answer = sign_in_as("customer").post("/api/v1/tickets", data=text, content_type="application/json")

    assert (answer.status_code, answer.json["code"]) == (400, "api.bad_json")


@pytest.mark.parametrize(
    "body",
    [
        {"deadline_at": "0001-01-01T00:00:00+14:00"},
        {"deadline_at": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_a_moment_that_no_calendar_holds_is_refused(sign_in_as, body) -> None:
    assert file(sign_in_as("customer"), body).status_code == 422


def test_half_of_a_character_is_left_out_of_texts(sign_in_as) -> None:
    filed = file(sign_in_as("customer"), {"subject": "VPN \ud83d down", "text": "It \udc00 stops."})

    assert (filed.status_code, filed.json["subject"]) == (201, "VPN down")


def test_an_answer_to_a_question_cannot_hold_half_a_character_either(sign_in_as) -> None:
    assert file(sign_in_as("customer"), {"answers": {"\ud800": "\ud800"}}).status_code == 422


def test_a_customer_does_not_learn_who_is_known_here(sign_in_as, make_person) -> None:
    make_person(email="known@desk.test")
    customer = sign_in_as("customer")

    answers = [file(customer, {"requester_email": f"{who}@desk.test"}) for who in ("known", "unknown")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert len({answer.json["detail"] for answer in answers}) == 1


def test_the_longest_idempotency_key_fits_whoever_sends_it(sign_in_as) -> None:
    assert file(sign_in_as("customer"), **{"Idempotency-Key": "k" * 56}).status_code == 201

    kept = session().query(IdempotencyKey.key).scalar()
    assert len(kept) + len("9" * 18) <= 64


def test_a_message_sent_twice_is_answered_as_the_first_time(sign_in_as, make_ticket) -> None:
    agent, ticket = sign_in_as("agent"), make_ticket()
    url, body = f"/api/v1/tickets/SD-{ticket.id}/messages", {"text": "Done.", "row_version": 2}

    answers = [agent.post(url, json=body, headers={"Idempotency-Key": "again-and-again"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert len(agent.get(url).json["messages"]) == 2


def test_a_note_sent_twice_stands_there_once(sign_in_as, make_ticket) -> None:
    agent, url = sign_in_as("agent"), f"/api/v1/tickets/SD-{make_ticket().id}/messages"
    for _ in range(2):
        agent.post(
            url, json={"text": "Aside.", "public": False}, headers={"Idempotency-Key": "one-note-only"}
        )

    assert [row["text"] for row in agent.get(url).json["messages"]].count("Aside.") == 1


def test_who_may_not_see_what_they_filed_still_learns_its_number(sign_in_as, make_group, make_person) -> None:
    clerk = make_person("group_agent", group=make_group())

    filed = file(sign_in_as(clerk), {"item": "network_problem", "requester_email": make_person().email})

    assert (filed.status_code, filed.json["number"]) == (201, "SD-1")
