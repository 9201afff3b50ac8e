"""A private link opens one request as its requester sees it, and nothing else (R17, R118; security.md 14)."""

from dataclasses import replace
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from servicedesk.identity.actor import system_actor
from servicedesk.identity.commands import deactivate_person
from servicedesk.identity.tokens import digest_of
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import NotAllowed, NotFound
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import Cause, StreamRef
from servicedesk.tickets.conversation import add_note, reply
from servicedesk.tickets.listing import own_requests
from servicedesk.tickets.models import Message, PrivateLink
from servicedesk.tickets.opening import Request, open_ticket
from servicedesk.tickets.private_links import end_private_links, holder_of, make_private_link
from servicedesk.tickets.progress import resolve_ticket
from servicedesk.tickets.queries import ticket_detail

CANARY = "canary-of-the-notes"


@pytest.fixture
def noa(make_person):
    return make_person("customer", name="Noa Bar", organisation="Baker & Sons")


@pytest.fixture
def agent(make_person):
    return make_person("agent", name="Giorgi Beridze")


@pytest.fixture
def ticket(noa, make_ticket, clock):
    return make_ticket(noa)


@pytest.fixture
def secret(noa, ticket):
    return make_private_link(noa, ticket.id)


def main(answer):
    return BeautifulSoup(answer.text, "html.parser").select_one("main")


def test_the_link_shows_the_request_and_its_public_conversation_only(client, ticket, agent, secret):
    reply(agent, ticket.id, text="We look into it.")
    add_note(agent, ticket.id, text=CANARY)

    answer = client.get(f"/r/{secret}")

    assert answer.status_code == 200
    assert "We look into it." in main(answer).text
    assert CANARY not in answer.text
    assert client.get(f"/r/{secret}/live").status_code == 200


def test_whoever_holds_it_answers_as_the_requester_and_the_log_says_how(client, ticket, noa, secret):
    answer = client.post(f"/r/{secret}/messages", data={"text": "It blinks red.", "kind": "reply"})

    said = session().scalars(select(Message).order_by(Message.seq.desc())).first()
    event = stored_events(StreamRef("ticket", ticket.id))[-1]
    assert (answer.status_code, answer.location) == (303, f"/r/{secret}")
    assert (said.by, said.author_id, said.channel) == ("customer", noa.id, "link")
    assert (event.cause.kind, event.cause.id) == ("private_link", digest_of(secret)[:12])


def test_a_message_that_is_sent_twice_arrives_once(client, ticket, secret):
    form = {"text": "It blinks red.", "idempotency_key": "k" * 24}

    for _time in range(2):
        client.post(f"/r/{secret}/messages", data=form)

    assert len(session().scalars(select(Message.seq)).all()) == 2


def test_messages_from_one_place_are_limited_and_the_text_is_kept(client, secret):
    path = f"/r/{secret}/messages"

    answers = [client.post(path, data={"text": f"message {number}"}) for number in range(6)]

    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert "message 5" in main(answers[-1]).select_one("textarea").text


def test_an_empty_message_is_refused_on_the_same_page(client, secret):
    answer = client.post(f"/r/{secret}/messages", data={"text": " "})

    assert (answer.status_code, "composer-errors" in answer.text) == (422, True)


def test_the_link_reaches_no_other_request_of_the_same_person(noa, ticket, make_ticket, secret):
    other = make_ticket(noa)
    holder = holder_of(secret).actor

    assert [row.id for row in own_requests(holder)] == [ticket.id]
    for reach in (ticket_detail, lambda who, number: reply(who, number, text="in")):
        with pytest.raises(NotFound):
            reach(holder, other.id)


def test_the_link_gives_no_right_but_to_read_and_answer(make_person, make_ticket):
    administrator = make_person("administrator")
    ticket = make_ticket(administrator)
    holder = holder_of(make_private_link(administrator, ticket.id)).actor

    for act in (
        lambda: resolve_ticket(holder, ticket.id, answer="done"),
        lambda: add_note(holder, ticket.id, text="in"),
        lambda: open_ticket(holder, Request(subject="more", text="more")),
        lambda: deactivate_person(holder, ticket.requester_id),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_the_link_makes_and_ends_no_link(noa, ticket, secret):
    holder = holder_of(secret).actor

    for act in (make_private_link, end_private_links):
        with pytest.raises(NotFound):
            act(holder, ticket.id)


def test_files_are_named_and_not_sent(client, sign_in_as, noa, ticket, secret):
    picture = BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 20)
    sign_in_as(noa).post(
        f"/requests/SD-{ticket.id}/messages", data={"text": "a picture", "files": (picture, "screen.png")}
    )

    page = main(client.get(f"/r/{secret}"))

    assert "screen.png" in page.text
    assert (page.select(".files a"), page.select("input[type=file]")) == ([], [])


@pytest.mark.parametrize(
    "spoil", [lambda secret: secret[:-1], lambda secret: secret[:-1] + "!", lambda secret: secret + "a"]
)
def test_a_changed_link_says_what_to_do(client, secret, spoil):
    answers = [
        client.get(f"/r/{spoil(secret)}"),
        client.post(f"/r/{spoil(secret)}/messages", data={"text": "x"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert main(answers[0]).select('a[href="/sign-in/link"]') != []


def test_a_link_ends_after_ninety_days(client, secret, clock):
    clock.move(days=89, hours=23)
    assert client.get(f"/r/{secret}").status_code == 200

    clock.move(hours=1)

    assert client.get(f"/r/{secret}").status_code == 404


def test_a_link_that_was_ended_works_no_longer_and_a_new_one_is_another(client, noa, ticket, secret):
    end_private_links(noa, ticket.id)

    assert client.get(f"/r/{secret}").status_code == 404
    assert client.post(f"/r/{secret}/messages", data={"text": "x"}).status_code == 404
    assert make_private_link(noa, ticket.id) != secret


def test_a_link_dies_with_the_account(client, secret, noa, administrator):
    deactivate_person(administrator, noa.id)

    assert client.get(f"/r/{secret}").status_code == 404


def test_an_agent_ends_the_link_and_never_sees_it(sign_in_as, client, agent, ticket, secret):
    browser, place = sign_in_as(agent), f"/requests/SD-{ticket.id}/link"

    page = browser.get(place)
    browser.post(f"{place}/end")

    assert (page.status_code, secret in page.text) == (200, False)
    assert client.get(f"/r/{secret}").status_code == 404


def test_nobody_else_makes_sees_or_ends_the_link(sign_in_as, client, ticket, secret, make_person):
    eve = sign_in_as(make_person("organisation_viewer", organisation="Baker & Sons"))
    place = f"/requests/SD-{ticket.id}/link"

    statuses = [eve.get(place).status_code, eve.post(place).status_code, eve.post(f"{place}/end").status_code]

    assert statuses == [404, 404, 404]
    assert client.get(f"/r/{secret}").status_code == 200


def test_its_requester_makes_finds_and_ends_it_on_a_page(sign_in_as, client, noa, ticket):
    browser, place = sign_in_as(noa), f"/requests/SD-{ticket.id}/link"
    assert place in browser.get(f"/requests/SD-{ticket.id}").text
    assert "/r/" not in main(browser.get(place)).decode()

    browser.post(place)
    [field] = main(browser.get(place)).select("input[readonly]")

    assert field["value"].startswith("http://localhost/r/")
    assert client.get(field["value"]).status_code == 200
    browser.post(f"{place}/end")
    assert client.get(field["value"]).status_code == 404


def test_the_same_link_is_shown_again_until_it_is_nearly_over(noa, ticket, secret, clock):
    assert make_private_link(noa, ticket.id) == secret
    clock.move(days=80)

    assert make_private_link(noa, ticket.id) != secret


def test_the_database_holds_no_link_and_another_key_shows_none(app, noa, ticket, secret, client):
    row = session().scalars(select(PrivateLink)).one()
    assert secret not in (row.digest, row.nonce)
    app.config["SETTINGS"] = replace(
        app.config["SETTINGS"], given_secret_key="another key of 32 characters!!"
    )

    assert make_private_link(noa, ticket.id) != secret
    assert client.get(f"/r/{secret}").status_code == 200


def test_a_message_that_comes_too_late_opens_nothing(client, ticket, agent, noa, clock):
    resolve_ticket(agent, ticket.id, answer="Mended.")
    secret = make_private_link(noa, ticket.id)
    clock.move(days=15)

    late = client.post(f"/r/{secret}/messages", data={"text": "again"})

    assert (late.status_code, "anew" in main(late).text) == (409, True)
    assert len(own_requests(noa)) == 1


def test_no_other_site_and_no_search_engine_hears_of_the_address(client, ticket, secret):
    answers = [client.get(f"/r/{secret}"), client.get(f"/r/{secret}/live"), client.get("/r/wrong")]

    for header, value in (("Referrer-Policy", "no-referrer"), ("X-Robots-Tag", "noindex, nofollow")):
        assert [answer.headers[header] for answer in answers] == [value] * 3


def test_a_form_of_a_page_without_a_referrer_is_taken_over_https(client, secret):
    answer = client.post(f"/r/{secret}/messages", data={"text": "secure"}, base_url="https://localhost")

    assert answer.status_code == 303


def test_a_form_of_another_site_is_refused(client, secret):
    assert client.post(f"/r/{secret}/messages", data={"text": "x"}, csrf=False).status_code == 400


def test_opening_the_link_changes_nothing(client, secret, ticket, count_statements):
    client.get(f"/r/{secret}")

    with count_statements() as seen:
        client.get(f"/r/{secret}")

    assert (seen.commits, seen.count <= 10) == (0, True), str(seen)


def test_the_desk_makes_a_link_for_any_request(ticket):
    assert len(make_private_link(system_actor(Cause("test")), ticket.id)) >= 43
