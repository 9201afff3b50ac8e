"""Links that let somebody in once: for the first administrator, and for a password (security.md 14)."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import delete, select, update

from servicedesk.identity.cli import first_administrator_link
from servicedesk.identity.commands import set_password, set_roles
from servicedesk.identity.directory import triage_group
from servicedesk.identity.models import AssignmentGroup, OneTimeToken, PersonRole
from servicedesk.identity.queries import person_by_email, roles_of
from servicedesk.identity.sessions import clean_up
from servicedesk.identity.tokens import FIRST_ADMINISTRATOR, SET_PASSWORD, digest_of, good_token, issue_token
from servicedesk.kernel.db import session, transaction
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.state import configuration_changed
from tests.support.makers import DESK

NEW = {"name": "Noa Bar", "email": "noa@desk.test", "password": "correct horse battery"}


@pytest.fixture
def empty_desk(app):
    """Take away what tests usually begin with: nobody may manage this desk."""
    with transaction() as current:
        current.execute(delete(PersonRole))
        current.execute(update(AssignmentGroup).values(key=AssignmentGroup.key + "-before", is_triage=False))
        configuration_changed()


def path_of(link: str) -> str:
    return urlsplit(link).path


def test_the_link_makes_the_first_administrator_who_leads_triage(empty_desk, client):
    path = path_of(first_administrator_link())
    assert client.get(path).status_code == 200

    answer = client.post(path, data=NEW)

    noa = person_by_email("noa@desk.test")
    assert (answer.status_code, answer.location) == (303, "/desk")
    assert roles_of(noa.id) == ("administrator",)
    assert triage_group().lead_id == noa.id


def test_the_link_works_once(empty_desk, client):
    path = path_of(first_administrator_link())
    client.post(path, data=NEW)

    assert client.post(path, data={**NEW, "email": "eve@desk.test"}).status_code == 404
    assert client.get(path).status_code == 404
    assert person_by_email("eve@desk.test") is None


def test_a_refused_form_does_not_use_the_link_up(empty_desk, client):
    path = path_of(first_administrator_link())

    refused = client.post(path, data={**NEW, "password": "password"})

    assert (refused.status_code, "Noa Bar" in refused.text, "password1" in refused.text) == (422, True, False)
    assert client.post(path, data=NEW).status_code == 303


def test_a_newer_link_ends_the_older_one(empty_desk, client):
    older, newer = (path_of(first_administrator_link()) for _time in range(2))

    assert [client.get(path).status_code for path in (older, newer)] == [404, 200]


def test_a_desk_with_an_administrator_makes_no_first_one(app, client):
    path = path_of(first_administrator_link())

    assert client.post(path, data=NEW).status_code == 404
    assert person_by_email("noa@desk.test") is None


def test_a_link_for_a_password_sets_it_and_ends_other_sessions(client, sign_in_as, make_person):
    person = make_person("agent")
    elsewhere = sign_in_as(person)
    secret = issue_token(DESK, SET_PASSWORD, person_id=person.id)

    answer = client.post(f"/password/{secret}", data={"password": NEW["password"]})

    assert (answer.status_code, answer.location) == (303, "/desk")
    assert client.get("/sign-in").status_code == 303
    assert elsewhere.get("/sign-in").status_code == 200
    assert client.post(f"/password/{secret}", data={"password": "another good one"}).status_code == 404


def test_a_link_is_for_its_purpose_alone(app, make_person, client):
    secret = issue_token(DESK, SET_PASSWORD, person_id=make_person().id)

    assert client.get(f"/set-up/{secret}").status_code == 404
    with pytest.raises(NotFound):
        good_token(secret, FIRST_ADMINISTRATOR)


def test_a_link_for_a_password_lasts_an_hour(make_person, clock):
    secret = issue_token(DESK, SET_PASSWORD, person_id=make_person().id)
    clock.move(minutes=59)
    assert good_token(secret, SET_PASSWORD)
    clock.move(minutes=1)

    with pytest.raises(NotFound):
        good_token(secret, SET_PASSWORD)


@pytest.mark.parametrize(
    "change",
    [
        lambda by, person: set_password(by, person.id, password=NEW["password"]),
        lambda by, person: set_roles(by, person.id, roles=["customer"]),
    ],
)
def test_a_link_dies_when_its_person_changes(make_person, administrator, change):
    person = make_person("agent")
    secret = issue_token(DESK, SET_PASSWORD, person_id=person.id)

    change(administrator, person)

    with pytest.raises(NotFound):
        good_token(secret, SET_PASSWORD)


def test_the_database_never_holds_the_secret(make_person):
    secret = issue_token(DESK, SET_PASSWORD, person_id=make_person().id)

    assert session().scalars(select(OneTimeToken.digest)).all() == [digest_of(secret)]
    assert len(secret) >= 43


def test_what_is_over_is_cleaned_up(make_person, sign_in_as, clock):
    issue_token(DESK, SET_PASSWORD, person_id=make_person().id)
    sign_in_as("customer")
    clock.move(days=31)

    clean_up(DESK)

    assert session().scalars(select(OneTimeToken.digest)).all() == []


def test_guessing_links_is_slowed_down(client):
    statuses = [client.post("/set-up/guess", data=NEW).status_code for _attempt in range(6)]

    assert statuses == [404] * 5 + [429]
