"""The API of following (R22, R25)."""

import pytest


@pytest.fixture
def url(make_ticket):
    return f"/api/v1/tickets/SD-{make_ticket().id}/watchers"


def test_following_listing_and_stopping(sign_in_as, make_person, url):
    dana, ben = make_person("agent", name="Dana"), make_person("agent", name="Ben")
    client = sign_in_as(dana)

    assert client.put(f"{url}/me").status_code == 204
    assert client.post(url, json={"email": ben.email}).status_code == 204
    assert client.get(url).json == {"me": True, "names": ["Ben", "Dana"]}
    client.delete(f"{url}/me")

    assert client.get(url).json == {"me": False, "names": ["Ben"]}


@pytest.mark.parametrize("email", ["no@body.test", "customer"])
def test_only_colleagues_are_added(sign_in_as, make_person, url, email):
    address = make_person().email if email == "customer" else email

    assert sign_in_as("agent").post(url, json={"email": address}).status_code == 422


def test_who_may_not_see_a_ticket_does_not_follow_it(sign_in_as, url):
    stranger = sign_in_as("customer")

    assert (stranger.put(f"{url}/me").status_code, stranger.get(url).status_code) == (404, 404)
