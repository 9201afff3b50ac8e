"""Who gets into which page of administration (R117)."""

import pytest

ALLOWED = {
    "/admin": {"administrator", "manager"},
    "/admin/people": {"administrator"},
    "/admin/people/new": {"administrator"},
    "/admin/teams": {"administrator"},
    "/admin/teams/new": {"administrator"},
    "/admin/teams/1": {"administrator"},
    "/admin/agreements": {"administrator", "manager"},
    "/admin/agreements/new": {"administrator", "manager"},
    "/admin/agreements/gold": {"administrator", "manager"},
    "/admin/statuses": {"administrator"},
    "/admin/calendars": {"administrator"},
    "/admin/calendars/new": {"administrator"},
    "/admin/calendars/desk": {"administrator"},
    "/admin/catalogue": {"administrator"},
    "/admin/catalogue/items/new": {"administrator"},
    "/admin/catalogue/items/1": {"administrator"},
    "/admin/catalogue/categories/new": {"administrator"},
    "/admin/catalogue/items/1/retire": {"administrator"},
    "/admin/roles": {"administrator"},
    "/admin/roles/new": {"administrator"},
    "/admin/roles/agent": {"administrator"},
}
HOMES = {"customer": "/", "agent": "/desk/queue/all", "lead": "/desk/queue/all", "manager": "/reports"}
HOMES["administrator"] = "/desk/queue/all"
ROLES = ("customer", "agent", "lead", "manager", "administrator")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("url", ALLOWED)
def test_a_page_is_open_to_those_who_may_change_what_it_shows(sign_in_as, role, url):
    answer = sign_in_as(role).get(url)

    assert (answer.status_code == 200) == (role in ALLOWED[url])


@pytest.mark.parametrize("role", ROLES)
def test_the_link_to_administration_shows_to_those_who_may_use_it(sign_in_as, role):
    shown = sign_in_as(role).get(HOMES[role]).text

    assert ('href="/admin"' in shown) == (role in ALLOWED["/admin"])


def test_nobody_gets_in_without_signing_in(client):
    assert client.get("/admin/people").location.startswith("/sign-in")
