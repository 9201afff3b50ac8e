"""Signing in by a mailed link, and a new password by one: once, briefly, and telling nobody who is here.

R117, R118; security.md 10, 14 to 16, 18, 19.
"""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from servicedesk.identity.api_tokens import api_tokens, issue_api_token
from servicedesk.identity.commands import deactivate_person, set_password, set_roles
from servicedesk.identity.models import AuthSession, OneTimeToken
from servicedesk.identity.sessions import sign_ins
from servicedesk.identity.tokens import SIGN_IN, digest_of, secret_of
from servicedesk.kernel.db import session
from servicedesk.kernel.jobs import Job
from servicedesk.notify.mailed_links import ask_for_link
from tests.support.mail import link_in, send_mails, text_of
from tests.support.makers import DESK

PASSWORD = "correct horse battery"
ASK, FORGOT = "/sign-in/link", "/password/forgotten"


@pytest.fixture
def noa(make_person):
    return make_person("customer", name="Noa Bar", email="noa@desk.test")


def asked(client, path=ASK, email="noa@desk.test", **more):
    """Ask for a link in this browser and return its path."""
    assert client.post(path, data={"email": email, **more}).status_code == 200
    return link_in(send_mails()[0])


def is_in(client) -> bool:
    return client.get("/sign-in").status_code == 303


def test_whoever_asked_signs_in_with_one_click(client, noa):
    path = asked(client, next="/requests")

    assert 'name="email"' not in client.get(path).text.split("<main")[1]
    answer = client.post(path)

    assert (answer.status_code, answer.location, is_in(client)) == (303, "/requests", True)


def test_opening_the_link_does_nothing_however_often_a_program_does(app, client, noa):
    path = asked(client)
    scanner = app.test_client()

    seen = [scanner.open(path, method=method).status_code for method in ("GET", "HEAD", "GET")]

    assert (seen, is_in(scanner)) == ([200, 200, 200], False)
    assert session().scalar(select(func.count()).select_from(AuthSession)) == 0
    assert client.post(path).status_code == 303


def test_the_link_works_once(client, noa):
    path = asked(client)
    client.post(path)

    again = [client.open(path, method=method) for method in ("GET", "POST")]

    assert [answer.status_code for answer in again] == [404, 404]
    assert "/sign-in/link" in again[0].text.split("<main")[1]


@pytest.mark.parametrize("email", ["", "eve@desk.test"])
def test_another_browser_has_to_know_whom_the_link_is_for(app, client, noa, email):
    path, elsewhere = asked(client), app.test_client()

    assert 'name="email"' in elsewhere.get(path).text.split("<main")[1]
    refused = elsewhere.post(path, data={"email": email})

    assert (refused.status_code, is_in(elsewhere)) == (422, False)
    assert "noa@desk.test" not in refused.text
    assert elsewhere.post(path, data={"email": " Noa@Desk.test "}).status_code == 303


def test_guessing_the_address_of_a_link_is_slowed_down(app, client, noa):
    path, elsewhere = asked(client), app.test_client()

    statuses = [elsewhere.post(path, data={"email": f"{n}@desk.test"}).status_code for n in range(11)]

    assert statuses == [422] * 10 + [429]


def test_a_page_of_another_site_cannot_press_the_button(client, noa):
    path = asked(client)

    assert client.post(path, csrf=False).status_code == 400
    assert not is_in(client)


def test_the_cookie_is_another_one_after_signing_in(client, noa):
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    client.post(asked(client))

    with client.session_transaction() as cookie:
        assert "planted" not in cookie


def test_the_link_lasts_twenty_minutes(client, noa, clock):
    path = asked(client)
    clock.move(minutes=19, seconds=59)
    assert client.get(path).status_code == 200

    clock.move(seconds=1)

    assert client.post(path).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        lambda by, person: set_password(by, person.id, password=PASSWORD),
        lambda by, person: set_roles(by, person.id, roles=["organisation_viewer"]),
        lambda by, person: deactivate_person(by, person.id),
    ],
)
def test_the_link_dies_when_its_person_changes(client, noa, administrator, change):
    path = asked(client)

    change(administrator, noa)

    assert (client.post(path).status_code, is_in(client)) == (404, False)


def test_an_unknown_address_gets_the_same_answer_the_same_work_and_no_mail(app, noa, count_statements):
    client = app.test_client()
    client.post(ASK, data={"email": "warm@desk.test"})
    seen = []
    for email in ("noa@desk.test", "nob@desk.test"):
        with count_statements() as statements:
            answer = client.post(ASK, data={"email": email})
        shown = [line for line in answer.text.replace(email, "").splitlines() if "csrf_token" not in line]
        seen.append((answer.status_code, statements.count, shown))

    assert seen[0] == seen[1]
    assert [mail["To"] for mail in send_mails()] == ["noa@desk.test"]


def test_neither_the_database_nor_the_jobs_hold_the_secret(client, noa):
    secret = asked(client).rpartition("/")[2]

    args = session().scalars(select(Job.args)).one()
    assert session().scalars(select(OneTimeToken.digest)).all() == [digest_of(secret)]
    assert (secret in args, len(secret) >= 43) == (False, True)


def test_a_mail_that_is_tried_again_holds_the_same_link(client, noa):
    client.post(ASK, data={"email": "noa@desk.test"})
    first = link_in(send_mails()[0])
    session().execute(Job.__table__.update().values(state="queued"))
    session().commit()

    assert link_in(send_mails()[0]) == first


def test_a_mail_that_could_not_leave_in_time_does_not_leave(client, noa, clock):
    client.post(ASK, data={"email": "noa@desk.test"})
    clock.move(minutes=21)

    assert send_mails() == []


def test_nobody_fills_a_mailbox_and_the_first_links_stay_good(client, noa, clock):
    paths = []
    for _time in range(5):
        client.post(ASK, data={"email": "noa@desk.test"})
        paths += [link_in(mail) for mail in send_mails()]

    assert len(set(paths)) == 3
    assert client.post(min(paths)).status_code == 303


def test_asking_from_one_place_is_limited(app):
    asking = {"email": "x@desk.test", "address": "192.0.2.7", "limit": "1 per 15 minutes"}
    for _time in range(10):
        ask_for_link(DESK, SIGN_IN, **asking)

    with pytest.raises(Exception, match="too_many"):
        ask_for_link(DESK, SIGN_IN, **asking)


def test_people_of_the_team_are_told_to_use_their_password(client, make_person):
    make_person("agent", email="dana@desk.test")

    client.post(ASK, data={"email": "dana@desk.test"})

    [mail] = send_mails()
    assert link_in(mail) == FORGOT
    assert session().scalar(select(func.count()).select_from(OneTimeToken)) == 0


def test_the_mail_speaks_the_language_of_its_reader_and_names_no_other_host(client, make_person):
    make_person("customer", email="tal@desk.test", language="he")

    client.post(ASK, data={"email": "tal@desk.test"}, headers={"Accept-Language": "en"})

    [mail] = send_mails()
    assert (mail["Content-Language"], "קישור" in text_of(mail)) == ("he", True)
    assert "http://localhost/sign-in/link/" in text_of(mail)


def test_a_forgotten_password_is_set_by_link_and_everything_else_ends(client, noa, sign_in_as):
    elsewhere = sign_in_as(noa)
    issue_api_token(noa, noa.id, name="nightly export")
    path = asked(client, FORGOT)

    answer = client.post(path, data={"password": PASSWORD})

    assert (answer.status_code, is_in(client), is_in(elsewhere)) == (303, True, False)
    assert (len(sign_ins(noa)), api_tokens(noa, noa.id)) == (1, [])
    assert client.post(path, data={"password": "another good one"}).status_code == 404


def test_a_link_to_sign_in_sets_no_password_and_the_other_way_round(client, noa):
    to_sign_in = asked(client).rpartition("/")[2]
    to_set = asked(client, FORGOT).rpartition("/")[2]

    assert client.get(f"/password/{to_sign_in}").status_code == 404
    assert client.post(f"/sign-in/link/{to_set}").status_code == 404


def test_an_old_link_to_a_password_says_where_there_is_a_new_one(client):
    answers = [client.open("/password/of-last-year", method=method) for method in ("GET", "POST")]

    assert [answer.status_code for answer in answers] == [404, 422]
    assert FORGOT in answers[0].text.split("<main")[1]


def test_pages_of_links_tell_no_other_site_and_no_search_engine(client, noa):
    answer = client.get(asked(client))

    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_secret_follows_from_the_key_of_the_desk(app):
    here = secret_of("a nonce", SIGN_IN)
    app.config["SETTINGS"] = replace(
        app.config["SETTINGS"], given_secret_key="another key of 32 characters!!"
    )

    assert len({here, secret_of("a nonce", SIGN_IN), secret_of("a nonce", "set_password")}) == 3
