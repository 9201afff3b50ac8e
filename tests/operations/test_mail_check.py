"""`servicedesk doctor` says whether mail leaves, and where it lies if it does not (R121)."""

from dataclasses import replace

import pytest

from servicedesk.channels import smtp
from servicedesk.kernel.db import insert_rows, transaction
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.mail_settings import MailServer
from servicedesk.operations.findings import State
from servicedesk.operations.mail_check import mail
from tests.support.mail import mail_sink


@pytest.fixture
def set_to(app):
    return lambda **given: app.config.update(SETTINGS=replace(app.config["SETTINGS"], **given))


def test_a_trial_without_a_server_is_told_where_the_mails_lie(app, tmp_path):
    found = mail()

    assert (found.state, str(tmp_path / "outbox") in found.sentence) == (State.OK, True)


def test_a_desk_that_others_reach_should_have_a_server(set_to):
    set_to(base_url="https://desk.example.org", host="10.0.0.5")

    assert (mail().state, "SMTP_URL" in mail().advice) == (State.LOOK, True)


def test_a_server_that_answers_is_well(set_to):
    with mail_sink() as sink:
        set_to(smtp_server=MailServer("smtp", "127.0.0.1", sink.port))
        found = mail()

    assert (found.state, sink.taken) == (State.OK, [])


def test_a_server_that_is_away_or_refuses_the_password_is_told(set_to):
    with mail_sink(EHLO="250-sink\r\n250 AUTH PLAIN", AUTH="535 no") as sink:
        place = MailServer("smtp", "127.0.0.1", sink.port, user="desk")
        set_to(smtp_server=place, smtp_password="a secret of the desk")
        refused = mail()
    away = mail()

    assert (refused.state, "password" in refused.sentence) == (State.ACT, True)
    assert (away.state, "a secret" in refused.sentence) == (State.ACT, False)


def test_mails_that_were_given_up_are_counted(app, set_to, clock):
    row = {"kind": "mail.send", "args": "{}", "state": "dead", "attempts": 1, "priority": 5}
    with transaction():
        insert_rows(Job, [row | {"run_at": clock.at, "created_at": clock.at}])
    with mail_sink() as sink:
        set_to(smtp_server=MailServer("smtp", "127.0.0.1", sink.port))
        found = mail()

    assert (found.state, "1" in found.sentence) == (State.LOOK, True)
    assert smtp._rest.over_at >= 0
