"""Signing in and out: sessions of our own, uniform answers, throttling (R117; security.md 15, 18, V6, V7)."""

import pytest
from sqlalchemy import func, select

from servicedesk.identity import passwords
from servicedesk.identity.actor import anonymous_actor
from servicedesk.identity.commands import deactivate_person, set_password, set_roles
from servicedesk.identity.models import AuthSession, SignInAttempt
from servicedesk.identity.sessions import sign_ins, sign_out_everywhere
from servicedesk.identity.sign_in import Visit, sign_in
from servicedesk.identity.tokens import digest_of
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid, TooMany
from servicedesk.kernel.events import stored_events
from servicedesk.kernel.refs import StreamRef

PASSWORD = "correct horse battery"
NOBODY = anonymous_actor()
HERE = Visit("192.0.2.7", "a browser")


@pytest.fixture
def dana(make_person):
    person = make_person("agent", name="Dana Levi", email="dana@desk.test")
    set_password(person, person.id, password=PASSWORD)
    return person


def enter(client, email="dana@desk.test", password=PASSWORD, **more):
    return client.post("/sign-in", data={"email": email, "password": password, **more})


def token_in(client) -> str:
    with client.session_transaction() as cookie:
        return cookie["_user_id"]


def test_the_right_password_lets_in_and_leads_where_one_wanted_to_go(client, dana):
    answer = enter(client, " Dana@Desk.TEST ", next="/requests/SD-1")

    assert (answer.status_code, answer.location) == (303, "/requests/SD-1")
    assert client.get("/sign-in").location == "/desk"


@pytest.mark.parametrize(
    "evil", ["//evil.test", "/\\evil.test", "https://evil.test/", "/%09/evil.test", "\t//evil.test"]
)
def test_nobody_is_led_to_another_host(client, dana, evil):
    answer = enter(client, next=evil.replace("%09", "\t"))

    assert answer.location == "/desk"


def test_a_wrong_password_and_an_unknown_address_get_the_same_bytes(app, dana, sign_in_as):
    wrong, unknown = (
        enter(app.test_client(), email, "not the password") for email in ("dana@desk.test", "nobd@desk.test")
    )

    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert "wrong" in wrong.text
    assert without_token(wrong, "dana@desk.test") == without_token(unknown, "nobd@desk.test")


def without_token(answer, email):
    lines = answer.text.replace(email, "").split("<main")[1].splitlines()
    return [line for line in lines if "csrf_token" not in line]


def test_an_unknown_address_costs_the_same_work(app, dana, count_statements, monkeypatch):
    hashed = []
    with pytest.raises(Invalid):  # the log of nobody begins
        sign_in(NOBODY, email="nobody@desk.test", password="wrong", visit=HERE, limit=None)
    monkeypatch.setattr(passwords, "hasher", Counting(passwords.hasher, hashed))
    work = []
    for email in ("dana@desk.test", "nobody@desk.test"):
        with count_statements() as seen, pytest.raises(Invalid):
            sign_in(NOBODY, email=email, password="wrong", visit=HERE, limit=None)
        work.append((seen.texts, seen.commits, len(hashed)))
        hashed.clear()

    assert work[0] == work[1]


class Counting:
    """Counts how often the real hasher works."""

    def __init__(self, real, calls):
        self.real, self.calls = real, calls

    def verify(self, *args):
        self.calls.append("verify")
        return self.real.verify(*args)

    def hash(self, *args):
        return self.real.hash(*args)


def test_every_sign_in_begins_a_new_session_and_the_old_cookie_is_worth_nothing(client, dana):
    enter(client)
    first = token_in(client)
    client.post("/sign-out")

    enter(client)

    assert token_in(client) != first
    assert [row.token_digest for row in sign_ins(dana)] == [digest_of(token_in(client))]


def test_the_database_never_holds_the_token(client, dana):
    enter(client)

    kept = session().scalars(select(AuthSession.token_digest)).all()

    assert token_in(client) not in kept
    assert digest_of(token_in(client)) in kept


def test_signing_out_ends_the_session_on_the_server(app, client, dana):
    enter(client)
    stolen = token_in(client)

    answer = client.post("/sign-out")

    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie["_user_id"] = stolen
    assert answer.location == "/sign-in"
    assert thief.get("/sign-in").status_code == 200


def test_an_agent_who_was_idle_for_twelve_hours_is_asked_again(client, dana, clock):
    enter(client)
    clock.move(hours=12)

    assert client.get("/sign-in").status_code == 200


def test_an_agent_at_work_stays_in_and_is_noted_every_ten_minutes_at_most(
    client, dana, clock, count_statements
):
    enter(client)
    commits = []
    for minutes in (9, 2, 9, 11):
        clock.move(minutes=minutes)
        with count_statements() as seen:
            assert client.get("/sign-in").status_code == 303
        commits.append(seen.commits)

    assert commits == [0, 1, 0, 1]


def test_nobody_stays_in_longer_than_thirty_days(sign_in_as, clock):
    customer = sign_in_as("customer")
    for _day in range(29):
        clock.move(days=1)
        assert customer.get("/sign-in").status_code == 303
    clock.move(days=1)

    assert customer.get("/sign-in").status_code == 200


def test_a_request_looks_up_who_asks_with_one_statement_and_no_commit(sign_in_as, count_statements):
    agent = sign_in_as("agent")
    agent.get("/sign-in")

    with count_statements() as seen:
        agent.get("/sign-in")

    assert (seen.count, seen.commits) == (1, 0), str(seen)


def test_a_changed_role_counts_from_the_next_request_on(sign_in_as, administrator):
    agent = sign_in_as("agent")
    assert agent.get("/sign-in").location == "/desk"

    set_roles(administrator, agent.actor.id, roles=["customer"])

    assert agent.get("/sign-in").location == "/"


def test_a_new_password_ends_every_other_session(app, client, dana, sign_in_as):
    elsewhere = sign_in_as(dana)
    enter(client)

    set_password(dana, dana.id, password="another good one", keep_session=digest_of(token_in(client)))

    assert elsewhere.get("/sign-in").status_code == 200
    assert client.get("/sign-in").status_code == 303


def test_somebody_who_left_is_out_at_once(sign_in_as, administrator):
    agent = sign_in_as("agent")

    deactivate_person(administrator, agent.actor.id)

    assert agent.get("/sign-in").status_code == 200


def test_people_can_end_all_their_sessions(sign_in_as, make_person):
    person = make_person("agent")
    browsers = [sign_in_as(person) for _number in range(3)]

    assert sign_out_everywhere(person, person.id) == 3

    assert [browser.get("/sign-in").status_code for browser in browsers] == [200, 200, 200]


def test_too_many_failures_close_the_account_for_a_while(client, dana, clock):
    for _attempt in range(10):
        assert enter(client, password="guess").status_code == 422

    refused = enter(client)
    clock.move(minutes=16)

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
    assert enter(client).status_code == 303


def test_strangers_who_guess_do_not_keep_the_owner_out(app, client, dana):
    enter(client)
    client.post("/sign-out")
    stranger = app.test_client()
    for _attempt in range(12):
        enter(stranger, password="guess")

    assert enter(stranger).status_code == 429
    assert enter(client).status_code == 303


def test_one_address_cannot_try_many_accounts(dana):
    for number in range(100):
        with pytest.raises(Invalid):
            sign_in(NOBODY, email=f"p{number}@desk.test", password="x", visit=HERE, limit="10 per 15 minutes")

    with pytest.raises(TooMany):
        sign_in(NOBODY, email="dana@desk.test", password=PASSWORD, visit=HERE, limit="10 per 15 minutes")


def test_attempts_name_no_address_of_a_person(client, dana):
    enter(client, password="guess")

    subjects = session().scalars(select(SignInAttempt.subject)).all()

    assert not [subject for subject in subjects if "dana" in subject]


def test_sign_ins_and_failures_stand_in_the_log(client, dana):
    enter(client, password="guess")
    enter(client)
    enter(client, email="nobody@desk.test")

    types = [event.type for event in stored_events(StreamRef("person", dana.id))]
    nobodys = [event.type for event in stored_events(StreamRef("person", 0))]
    assert types[-2:] == ["sign_in_failed", "signed_in"]
    assert nobodys[-1] == "sign_in_failed"


def test_a_hundred_kilobytes_of_address_are_refused_kindly(client):
    answer = enter(client, email="a" * 100_000)

    assert answer.status_code == 422
    assert "254" in answer.text
    assert session().scalar(select(func.count()).select_from(SignInAttempt)) == 0
