"""A customer follows a colleague's request that they may see (R22)."""

import pytest

from servicedesk.tickets.queries import ticket_as_it_stands


@pytest.fixture
def nino(make_person):
    return make_person(organisation="Kolkhi Trade")


@pytest.fixture
def giorgi(make_person):
    return make_person(["customer", "organisation_viewer"], organisation="Kolkhi Trade")


@pytest.fixture
def ticket_id(make_ticket, nino):
    return make_ticket(nino).id


def test_a_colleagues_request_is_followed_and_let_go(sign_in_as, giorgi, ticket_id):
    browser, url = sign_in_as(giorgi), f"/requests/SD-{ticket_id}"
    assert 'id="do-follow"' in browser.get(url).get_data(as_text=True)

    assert browser.post(f"{url}/follow").status_code == 303
    assert ticket_as_it_stands(giorgi, ticket_id).follows
    assert 'id="do-unfollow"' in browser.get(url).get_data(as_text=True)
    browser.post(f"{url}/unfollow")

    assert not ticket_as_it_stands(giorgi, ticket_id).follows


def test_ones_own_request_has_no_such_button(sign_in_as, nino, ticket_id):
    assert "do-follow" not in sign_in_as(nino).get(f"/requests/SD-{ticket_id}").get_data(as_text=True)


def test_a_strangers_request_is_not_there(sign_in_as, ticket_id):
    assert sign_in_as("customer").post(f"/requests/SD-{ticket_id}/follow").status_code == 404
