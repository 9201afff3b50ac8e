"""Programs use the API with a token: shown once, revocable, never beyond its person's rights (R25)."""

import pytest
from sqlalchemy import select

from servicedesk.identity.api_tokens import api_tokens, end_api_token, issue_api_token
from servicedesk.identity.commands import deactivate_person, set_password
from servicedesk.identity.models import ApiToken
from servicedesk.identity.tokens import SET_PASSWORD, issue_token
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid, NotAllowed, NotFound
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef

LIST = "/api/v1/tickets"


@pytest.fixture
def agent(make_person):
    return make_person("agent")


@pytest.fixture
def secret(agent):
    return issue_api_token(agent, agent.id, name="nightly export")


def call(client, secret, method="GET", path=LIST, **more):
    return client.open(path, method=method, csrf=False, headers={"Authorization": f"Bearer {secret}"}, **more)


def test_a_program_gets_in_without_cookie_and_without_proof_of_origin(client, secret):
    ticket = {"subject": "Filed by a program", "text": "The nightly export failed."}

    assert call(client, secret).status_code == 200
    assert call(client, secret, "POST", json=ticket).status_code == 201


def test_looking_up_a_program_takes_one_statement(client, secret, count_statements):
    call(client, secret, path="/api/v1/nothing")
    with count_statements() as seen:
        call(client, secret, path="/api/v1/tickets/SD-999")

    assert seen.commits == 0
    assert seen.count <= 3, str(seen)


@pytest.mark.parametrize("wrong", ["", "desk_", "desk_guess", "x" * 10_000])
def test_a_wrong_token_gets_in_nowhere(client, wrong):
    assert call(client, wrong).status_code in {400, 401}


def test_a_token_opens_no_pages(client, secret):
    assert call(client, secret, path="/desk").status_code == 303


def test_a_token_beside_a_cookie_is_the_one_that_counts(sign_in_as, secret):
    browser = sign_in_as("administrator")

    assert call(browser, "desk_guess").status_code == 401
    assert call(browser, secret).status_code == 200


def test_the_database_never_holds_the_secret(secret, agent):
    assert secret not in session().scalars(select(ApiToken.digest)).all()
    assert [row.name for row in api_tokens(agent, agent.id)] == ["nightly export"]


def test_an_ended_token_and_one_of_somebody_who_left_are_worth_nothing(client, agent, secret, administrator):
    other = issue_api_token(agent, agent.id, name="other")
    end_api_token(agent, agent.id, api_tokens(agent, agent.id)[0].digest)
    statuses = sorted(call(client, each).status_code for each in (secret, other))
    deactivate_person(administrator, agent.id)

    assert statuses == [200, 401]
    assert {call(client, each).status_code for each in (secret, other)} == {401}


def test_another_password_ends_every_token_and_says_so_in_the_log(client, agent, secret, administrator):
    issue_api_token(agent, agent.id, name="backup")

    set_password(administrator, agent.id, password="another good one")

    assert call(client, secret).status_code == 401
    assert api_tokens(agent, agent.id) == []
    log = stored_events(StreamRef("person", agent.id))
    assert [event.body["name"] for event in log if event.type == "token_ended"] == [
        "backup",
        "nightly export",
    ]


def test_tokens_of_somebody_who_left_are_not_kept_for_their_return(agent, secret, administrator):
    deactivate_person(administrator, agent.id)

    assert session().scalars(select(ApiToken.digest)).all() == []


def test_the_page_for_a_password_says_what_ends(client, agent):
    link = issue_token(agent, SET_PASSWORD, person_id=agent.id)

    assert "your tokens for programs end" in client.get(f"/password/{link}").get_data(as_text=True)


def test_a_token_ends_by_itself(client, agent, clock):
    secret = issue_api_token(agent, agent.id, name="short", days=1)
    clock.move(hours=23)
    assert call(client, secret).status_code == 200
    clock.move(hours=1)

    assert call(client, secret).status_code == 401


def test_nobody_makes_or_sees_tokens_of_others(agent, make_person):
    other = make_person("lead")

    for attempt in (
        lambda: issue_api_token(other, agent.id, name="mine now"),
        lambda: api_tokens(other, agent.id),
        lambda: end_api_token(other, agent.id, "x"),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    with pytest.raises(NotFound):
        end_api_token(agent, agent.id, "x")


@pytest.mark.parametrize(("name", "days"), [("", 1), ("a" * 81, 1), ("ok", 0), ("ok", 367)])
def test_a_token_has_a_name_and_an_end(agent, name, days):
    with pytest.raises(Invalid):
        issue_api_token(agent, agent.id, name=name, days=days)
