"""The API of tickets and messages (R25): the same rules as the pages, and nothing more to see."""

import pytest

from servicedesk.tickets.conversation import add_note
from servicedesk.tickets.opening import Request, open_ticket

NEW = {"subject": "VPN down", "text": "It stops every hour."}


@pytest.fixture
def customer(sign_in_as):
    return sign_in_as("customer")


def file(client, body=None, **headers):
    return client.post("/api/v1/tickets", json=NEW | (body or {}), headers=headers)


def test_a_request_is_filed_and_can_be_read_again(customer) -> None:
    filed = file(customer)

    shown = customer.get(f"/api/v1/tickets/{filed.json['number']}")
    assert (filed.status_code, shown.status_code) == (201, 200)
    assert (shown.json["subject"], shown.json["channel"], shown.json["status"]) == ("VPN down", "api", "new")


def test_the_same_idempotency_key_files_once(customer) -> None:
    numbers = {file(customer, **{"Idempotency-Key": "order-66-a"}).json["number"] for _ in range(2)}

    assert len(numbers) == 1


def test_two_people_may_use_the_same_idempotency_key(sign_in_as) -> None:
    numbers = {
        file(sign_in_as("customer"), **{"Idempotency-Key": "order-66-a"}).json["number"] for _ in range(2)
    }

    assert len(numbers) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "x" * 256}, "subject"),
        ({"subject": 7}, "subject"),
        ({"impact": 9}, "impact"),
        ({"impact": "1"}, "impact"),
        ({"item": "toaster"}, "item"),
        ({"deadline_at": "2026-01-01T00:00:00"}, "deadline_at"),
        ({"priority": 1}, "priority"),
        ({"status": "closed"}, "status"),
        ({"requester_id": 1}, "requester_id"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_by_field(customer, body, field) -> None:
    refused = file(customer, body)

    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])
    assert refused.content_type == "application/problem+json"


def test_a_customer_cannot_file_for_somebody_else(customer, make_person) -> None:
    make_person(email="other@desk.test")

    assert file(customer, {"requester_email": "other@desk.test"}).status_code == 403


def test_a_foreign_ticket_is_not_there(customer, make_ticket) -> None:
    number = make_ticket().id

    answers = [
        customer.get(f"/api/v1/tickets/SD-{number}"),
        customer.get(f"/api/v1/tickets/SD-{number}/messages"),
        customer.post(f"/api/v1/tickets/SD-{number}/messages", json={"text": "x"}),
        customer.get("/api/v1/tickets/SD-999999"),
        customer.get("/api/v1/tickets/nonsense"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json["detail"] for answer in answers}) == 1


def test_a_list_holds_only_what_the_caller_may_see(customer, make_ticket) -> None:
    make_ticket()
    mine = file(customer).json["number"]

    assert [row["number"] for row in customer.get("/api/v1/tickets").json["tickets"]] == [mine]


def test_pages_of_the_list_join_without_gap_or_repeat(sign_in_as, make_ticket) -> None:
    numbers = [f"SD-{make_ticket().id}" for _ in range(5)]
    agent = sign_in_as("agent")

    first = agent.get("/api/v1/tickets?limit=3").json
    second = agent.get(f"/api/v1/tickets?limit=3&after={first['next']}").json

    found = [row["number"] for row in first["tickets"] + second["tickets"]]
    assert (found, second["next"]) == (numbers[::-1], None)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "sort=id", "status_category=done"])
def test_a_query_that_does_not_fit_is_refused(customer, query) -> None:
    assert customer.get(f"/api/v1/tickets?{query}").status_code == 422


def test_a_note_reaches_no_customer(sign_in_as, make_person) -> None:
    customer = sign_in_as("customer")
    number = open_ticket(customer.actor, Request(**NEW))
    add_note(make_person("agent"), number, text="canary-of-the-note")

    seen = customer.get(f"/api/v1/tickets/SD-{number}/messages")

    assert "canary-of-the-note" not in seen.text
    assert (
        customer.post(
            f"/api/v1/tickets/SD-{number}/messages", json={"text": "x", "public": False}
        ).status_code
        == 403
    )


def test_a_stale_message_is_refused_and_says_what_is_current(sign_in_as, make_ticket) -> None:
    agent = sign_in_as("agent")
    url = f"/api/v1/tickets/SD-{make_ticket().id}/messages"
    agent.post(url, json={"text": "first"})

    refused = agent.post(url, json={"text": "second", "row_version": 1})

    assert (refused.status_code, refused.json["code"]) == (409, "ticket.changed_meanwhile")


def test_nobody_gets_in_without_signing_in(client) -> None:
    assert client.get("/api/v1/tickets").status_code == 401


OPERATIONS = {
    "/api/v1/articles": ["get"],
    "/api/v1/reports/backlog": ["get"],
    "/api/v1/reports/first-contact": ["get"],
    "/api/v1/reports/forecast": ["get"],
    "/api/v1/reports/flow": ["get"],
    "/api/v1/reports/load": ["get"],
    "/api/v1/reports/breach-causes": ["get"],
    "/api/v1/reports/pauses": ["get"],
    "/api/v1/reports/promise-figures": ["get"],
    "/api/v1/reports/promises-by-month": ["get"],
    "/api/v1/reports/satisfaction": ["get"],
    "/api/v1/articles/{article_id}": ["get"],
    "/api/v1/files": ["post"],
    "/api/v1/files/{upload_id}": [],
    "/api/v1/tickets": ["get", "post"],
    "/api/v1/tickets/{number}": ["get"],
    "/api/v1/tickets/{number}/files/{seq}": ["get"],
    "/api/v1/tickets/{number}/handovers": ["get", "post"],
    "/api/v1/tickets/{number}/handovers/accept": ["post"],
    "/api/v1/tickets/{number}/handovers/send-back": ["post"],
    "/api/v1/tickets/{number}/handovers/take-back": ["post"],
    "/api/v1/tickets/{number}/merge": ["post"],
    "/api/v1/tickets/{number}/merge/undo": ["post"],
    "/api/v1/tickets/{number}/messages": ["get", "post"],
    "/api/v1/tickets/{number}/messages/{seq}/undo": ["post"],
    "/api/v1/tickets/{number}/split": ["post"],
    "/api/v1/tickets/{number}/split/undo": ["post"],
    "/api/v1/tickets/{number}/watchers": ["get", "post"],
    "/api/v1/tickets/{number}/watchers/me": [],
}


def test_the_document_names_every_operation(client) -> None:
    paths = client.get("/api/v1/openapi.json").json["paths"]

    assert {path: sorted(set(ops) & {"get", "post"}) for path, ops in paths.items()} == OPERATIONS
