"""Filing without an account, where the desk allows it; nobody becomes somebody else by it (R1, R118)."""

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select

from servicedesk.identity.models import Person
from servicedesk.identity.queries import person_by_email
from servicedesk.kernel.db import session
from servicedesk.notify import request_letters
from servicedesk.tickets.listing import own_requests
from servicedesk.tickets.models import Message, Ticket
from servicedesk.tickets.queries import conversation, ticket_detail
from tests.support.mail import link_in, run_jobs, send_mails, text_of
from tests.verify.tampering import found

ASKED = {"text": "My card no longer opens the gate.", "name": "Noa Bar", "email": "noa@desk.test"}


@pytest.fixture
def open_desk(app):
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], anonymous_filing=True)


def mails():
    run_jobs("notify.filed")
    return send_mails()


def main(answer):
    return BeautifulSoup(answer.text, "html.parser").select_one("main")


def test_a_desk_takes_none_unless_it_says_so(client):
    answers = [client.get("/ask"), client.post("/ask", data=ASKED)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "/ask" not in main(client.get("/sign-in")).decode()


def test_whoever_files_is_led_to_the_request_and_keeps_the_link(open_desk, client):
    assert "/ask" in main(client.get("/sign-in")).decode()

    answer = client.post("/ask", data=ASKED)
    page = client.get(answer.location)

    assert (answer.status_code, answer.location.startswith("/r/")) == (303, True)
    assert main(page).select_one("input[readonly]")["value"] == f"http://localhost{answer.location}"
    assert ("SD-1" in page.text, "My card" in main(page).text) == (True, True)
    assert main(client.get(answer.location)).select("input[readonly]") == []


def test_the_way_back_is_mailed_once_without_a_word_of_the_sender(open_desk, client):
    location = client.post("/ask", data=ASKED).location

    [mail] = mails()

    assert (mail["To"], link_in(mail)) == ("noa@desk.test", location)
    assert "gate" not in text_of(mail) + mail["Subject"]
    assert "Noa" not in text_of(mail)


def test_the_same_form_sent_twice_is_one_request_and_the_same_link(open_desk, client):
    form = ASKED | {"idempotency_key": "k" * 24}

    first, second = (client.post("/ask", data=form).location for _time in range(2))

    assert first == second
    assert session().scalar(select(func.count()).select_from(Ticket)) == 1
    assert session().scalar(select(func.count()).where(Person.email.like("guest-%"))) == 0


def test_nobody_becomes_somebody_known_by_writing_down_an_address(open_desk, client, make_person):
    dana = make_person("customer", name="Dana Levi", email="dana@desk.test")

    answer = client.post("/ask", data=ASKED | {"email": " Dana@desk.test "})

    requester = ticket_detail(make_person("agent"), 1).requester_id
    assert (own_requests(dana), requester != dana.id, answer.status_code) == ([], True, 303)
    assert mails() == []


def test_the_answer_is_the_same_for_an_address_that_is_known(
    open_desk, client, make_person, count_statements
):
    make_person("customer", email="dana@desk.test")
    client.post("/ask", data=ASKED)
    seen = []
    for email in ("new@desk.test", "dana@desk.test"):
        with count_statements() as statements:
            client.post("/ask", data=ASKED | {"email": email})
        seen.append(statements.count)

    assert seen[0] == seen[1]


def test_agents_are_told_that_nobody_has_proved_who_it_is(open_desk, client, make_person):
    make_person("customer", email="dana@desk.test")
    client.post("/ask", data=ASKED | {"email": "dana@desk.test"})
    agent = make_person("agent")

    spoken = conversation(agent, ticket_detail(agent, 1))
    page = client.get(client.post("/ask", data=ASKED).location)

    assert [row.public for row in spoken.messages] == [True, False]
    assert "dana@desk.test" in spoken.messages[1].text
    assert "proved" not in page.text


def test_who_filed_signs_in_later_by_mail_and_sees_the_request(open_desk, client):
    client.post("/ask", data=ASKED)

    noa = person_by_email("noa@desk.test")

    assert session().scalars(select(Ticket.requester_id)).one() == noa.id


def test_a_desk_does_not_write_to_any_number_of_strangers(open_desk, client, monkeypatch):
    monkeypatch.setattr(request_letters, "MOST_UNPROVEN_AN_HOUR", 2)
    for number in range(5):
        client.post("/ask", data=ASKED | {"email": f"victim{number}@desk.test"})

    assert len(mails()) == 2


def test_forms_from_one_place_are_limited(open_desk, client):
    statuses = [client.post("/ask", data=ASKED).status_code for _time in range(6)]

    assert statuses == [303] * 5 + [429]


@pytest.mark.parametrize(
    "bad", [{"email": "nobody"}, {"email": "a@b.c\r\nBcc: x@y.z"}, {"name": ""}, {"text": " "}]
)
def test_what_cannot_be_used_is_refused_with_everything_typed_kept(open_desk, client, bad):
    answer = client.post("/ask", data=ASKED | bad)

    assert answer.status_code == 422
    assert session().scalar(select(func.count()).select_from(Message)) == 0
    assert [value in answer.text for name, value in ASKED.items() if name not in bad] == [True, True]


def test_whoever_is_signed_in_files_as_themselves(open_desk, sign_in_as):
    browser = sign_in_as("customer")

    assert (browser.get("/ask").status_code, browser.post("/ask", data=ASKED).status_code) == (303, 403)


def test_a_request_of_a_guest_can_be_proved_from_the_log(open_desk, client):
    client.post("/ask", data=ASKED | {"idempotency_key": "k" * 24})

    assert found() == []
