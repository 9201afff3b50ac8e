"""People see where they are signed in and end it; administrators end it for others (R117; security.md 25)."""

import pytest
from flask import Flask

from servicedesk.identity.api_tokens import api_tokens, issue_api_token
from servicedesk.identity.browsers import Device, device_of
from servicedesk.identity.cli import sign_somebody_out
from servicedesk.identity.sessions import SEEN_EVERY, begin_sign_in, sign_ins
from servicedesk.identity.tokens import digest_of
from servicedesk.kernel.command import saving
from servicedesk.kernel.errors import NotAllowed
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef
from tests.support.client import DeskClient

PLACE = "/account/sign-ins"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/143.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Mobile Safari/604.1"


def elsewhere(person, user_agent=FIREFOX, address="198.51.100.7") -> str:
    """Sign in with another browser; return its token."""
    with saving(person):
        return begin_sign_in(person.id, address=address, user_agent=user_agent)


def in_main(answer) -> str:
    return answer.text.split("<main")[1]


def is_in(app: Flask, token: str) -> bool:
    browser = app.test_client()
    assert isinstance(browser, DeskClient)
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = token
    return browser.get("/sign-in").status_code == 303


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, Device("Firefox", "Linux")),
        (CHROME, Device("Chrome", "Windows")),
        (CHROME + " Edg/143.0", Device("Edge", "Windows")),
        (IPHONE, Device("Safari", "iPhone")),
        ("curl/8", Device("", "")),
        ("", Device("", "")),
    ],
)
def test_a_browser_is_named_as_people_know_it(user_agent, device):
    assert device_of(user_agent) == device


def test_each_sign_in_shows_its_device_and_from_where_it_was_seen(sign_in_as, make_person):
    noa = make_person()
    elsewhere(noa, CHROME)
    client = sign_in_as(noa)

    page = in_main(client.get(PLACE))

    assert ("Chrome on Windows" in page, "198.51.100.7" in page, "127.0.0.1" in page) == (True, True, True)
    assert page.count("this browser") == 1


def test_the_place_is_the_one_where_somebody_was_seen_last(app, make_person, clock):
    noa = make_person()
    token = elsewhere(noa)
    clock.move(seconds=SEEN_EVERY.total_seconds())

    assert is_in(app, token)

    [row] = sign_ins(noa)
    assert (row.address, row.seen_at) == ("127.0.0.1", clock.at)


def test_ending_one_sign_in_leaves_the_others(app, sign_in_as, make_person):
    noa = make_person()
    gone, stays = elsewhere(noa), elsewhere(noa)
    client = sign_in_as(noa)

    answer = client.post(f"{PLACE}/end", data={"digest": digest_of(gone)})

    assert (answer.status_code, answer.location) == (303, PLACE)
    assert (is_in(app, gone), is_in(app, stays), client.get(PLACE).status_code) == (False, True, 200)
    assert stored_events(StreamRef("person", noa.id))[-1].type == "signed_out"


def test_ending_all_others_leaves_this_browser(app, sign_in_as, make_person):
    noa = make_person()
    tokens = [elsewhere(noa) for _browser in range(3)]
    client = sign_in_as(noa)

    client.post(f"{PLACE}/end-others")

    assert [is_in(app, token) for token in tokens] == [False] * 3
    assert client.get(PLACE).status_code == 200


def test_nobody_ends_a_sign_in_of_somebody_else(app, sign_in_as, make_person):
    token, eve = elsewhere(make_person()), sign_in_as("lead")

    eve.post(f"{PLACE}/end", data={"digest": digest_of(token)})

    assert is_in(app, token)


@pytest.mark.parametrize("path", ["", "/end", "/end-others", "/end-token"])
def test_pages_of_somebody_are_for_those_who_manage_people(sign_in_as, make_person, path):
    noa, method = make_person(), "POST" if path else "GET"
    place = f"/people/{noa.id}/sign-ins{path}"

    statuses = [sign_in_as(role).open(place, method=method).status_code for role in ("customer", "manager")]

    assert statuses == [403, 403]
    with pytest.raises(NotAllowed):
        sign_ins(make_person("manager"), noa.id)


def test_an_administrator_ends_the_sign_ins_of_somebody(app, sign_in_as, make_person, administrator):
    noa = make_person(name="Noa Bar")
    one, other = elsewhere(noa), elsewhere(noa)
    place, client = f"/people/{noa.id}/sign-ins", sign_in_as(administrator)
    assert "Noa Bar" in in_main(client.get(place))

    client.post(f"{place}/end", data={"digest": digest_of(one)})
    assert (is_in(app, one), is_in(app, other)) == (False, True)

    client.post(f"{place}/end-others")
    assert (is_in(app, other), client.get(place).status_code) == (False, 200)


def test_a_sign_in_that_was_idle_too_long_is_not_listed(make_person, clock):
    agent = make_person("agent")
    elsewhere(agent)
    clock.move(hours=12)

    assert sign_ins(agent) == []


def test_tokens_of_programs_are_listed_and_end_there(sign_in_as, make_person):
    noa = make_person()
    issue_api_token(noa, noa.id, name="nightly export")
    client = sign_in_as(noa)
    [token] = api_tokens(noa, noa.id)
    assert "nightly export" in in_main(client.get(PLACE))

    client.post(f"{PLACE}/end-token", data={"digest": token.digest})

    assert "nightly export" not in in_main(client.get(PLACE))


def test_the_menu_of_everybody_leads_there(sign_in_as):
    homes = {"customer": "/", "agent": "/desk/queue/all", "manager": "/reports"}

    pages = [sign_in_as(role).get(home).text for role, home in homes.items()]

    assert [PLACE in page for page in pages] == [True] * 3


def test_the_command_line_signs_somebody_out(app, make_person):
    noa = make_person(email="noa@desk.test")
    token = elsewhere(noa)

    sign_somebody_out.callback("noa@desk.test")

    assert not is_in(app, token)
