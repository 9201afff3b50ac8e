"""Files through the API (R25): sent ahead, named with the text, read by those who may."""

import pytest

from servicedesk.tickets.core.numbers import number_text


@pytest.fixture
def customer(sign_in_as):
    return sign_in_as("customer")


@pytest.fixture
def number(make_ticket, customer):
    return number_text(make_ticket(customer.actor).id, "SD")


def upload(browser, data=b"hello", name="a.txt"):
    return browser.post("/api/v1/files", query_string={"name": name}, data=data)


def say(browser, number, **body):
    return browser.post(f"/api/v1/tickets/{number}/messages", json={"text": "See the file."} | body)


def files_in(browser, number):
    shown = browser.get(f"/api/v1/tickets/{number}/messages").json["messages"]
    return [file for message in shown for file in message["files"]]


def test_a_file_goes_ahead_and_comes_back_with_the_message(customer, number):
    sent = upload(customer)
    said = say(customer, number, files=[sent.json["id"]])

    (file,) = files_in(customer, number)
    assert (sent.status_code, said.status_code) == (201, 201)
    assert file == {"seq": file["seq"], "name": "a.txt", "size": 5, "media_type": "text/plain"}
    assert customer.get(f"/api/v1/tickets/{number}/files/{file['seq']}").data == b"hello"


def test_a_new_ticket_takes_files(customer):
    body = {"subject": "VPN", "text": "The log is here.", "files": [upload(customer).json["id"]]}

    filed = customer.post("/api/v1/tickets", json=body)

    assert [file["name"] for file in files_in(customer, filed.json["number"])] == ["a.txt"]


@pytest.mark.parametrize("role", ["customer"])
def test_a_file_of_somebody_else_is_neither_taken_nor_given(customer, number, sign_in_as, role):
    stranger, upload_id = sign_in_as(role), upload(customer).json["id"]
    own = number_text(
        int(stranger.post("/api/v1/tickets", json={"subject": "a", "text": "b"}).json["number"][3:]), "SD"
    )

    assert say(stranger, own, files=[upload_id]).status_code == 422
    assert stranger.delete(f"/api/v1/files/{upload_id}").status_code == 204
    assert say(customer, number, files=[upload_id]).status_code == 201
    (file,) = files_in(customer, number)
    assert stranger.get(f"/api/v1/tickets/{number}/files/{file['seq']}").status_code == 404


def test_the_file_of_a_note_stays_with_the_agents(customer, number, sign_in_as):
    agent = sign_in_as("agent")
    say(agent, number, public=False, files=[upload(agent, b"canary").json["id"]])

    (file,) = files_in(agent, number)
    assert files_in(customer, number) == []
    assert customer.get(f"/api/v1/tickets/{number}/files/{file['seq']}").status_code == 404


def test_a_file_can_be_taken_back_and_is_then_refused_by_name_of_its_field(customer, number):
    upload_id = upload(customer).json["id"]
    customer.delete(f"/api/v1/files/{upload_id}")

    refused = say(customer, number, files=[upload_id])

    assert (refused.status_code, refused.json["code"], list(refused.json["errors"])) == (
        422,
        "files.gone",
        ["files"],
    )


def test_the_document_names_the_doors_of_files(client):
    paths = client.get("/api/v1/openapi.json").json["paths"]

    body = paths["/api/v1/files"]["post"]["requestBody"]["content"]["application/octet-stream"]
    assert body["schema"]["format"] == "binary"
    assert "get" in paths["/api/v1/tickets/{number}/files/{seq}"]
