"""Mails leave once the change is saved, wait for a server that is away, and are given up in sight (R118)."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from servicedesk.channels import smtp
from servicedesk.channels.jobs import send
from servicedesk.channels.letters import composers
from servicedesk.channels.outbox import MOST_KEPT, kept, outbox_folder
from servicedesk.kernel.db import session
from servicedesk.kernel.jobs import Job
from tests.channels.conftest import HELLO
from tests.support.mail import mail_sink, read, run_jobs, send_mails, text_of


def the_job():
    return session().execute(select(Job.state, Job.attempts, Job.error).where(Job.kind == "mail.send")).one()


def test_without_a_server_each_mail_is_a_file_for_the_owner_alone(write):
    write(text="Your request is here.", link="http://localhost/x")

    [mail] = send_mails()

    [path] = kept()
    assert (path.stat().st_mode & 0o777, outbox_folder().stat().st_mode & 0o777) == (0o600, 0o700)
    assert mail["Subject"] == "Hello"
    assert "Your request is here." in text_of(mail)
    assert "\nhttp://localhost/x\n" in text_of(mail)


def test_the_outbox_keeps_the_newest_only(write, monkeypatch):
    monkeypatch.setattr("servicedesk.channels.outbox.MOST_KEPT", 3)
    for number in range(5):
        write(str(number), subject=f"Mail {number}")
        send_mails()

    assert {read(path.read_bytes())["Subject"] for path in kept()} == {"Mail 2", "Mail 3", "Mail 4"}
    assert MOST_KEPT == 200


def test_the_same_mail_is_sent_once_however_often_it_is_asked_for(write):
    write("1", subject="First")
    write("1", subject="Second")

    assert [mail["Subject"] for mail in send_mails()] == ["First"]


def test_a_job_that_runs_twice_leaves_one_mail(app, write):
    write("1")
    send_mails()

    send(letter="test.hello", mail_key="test.hello:1", **HELLO)

    assert len(kept()) == 1


def test_a_server_gets_the_mail_with_envelope_and_text(write, send_through):
    with mail_sink() as sink:
        send_through(sink)
        write(text=".\nA line that is a dot alone ends nothing.")
        run_jobs("mail.send")

    assert [line.partition(" ")[0] for line in sink.envelopes] == ["mail", "rcpt"]
    assert "dana@example.org" in sink.envelopes[1]
    assert "ends nothing" in text_of(read(sink.taken[0]))
    assert the_job().state == "done"


@pytest.mark.parametrize("trouble", [{"RCPT": "451 later"}, {"BODY": "452 full"}, {"CONNECT": "421 busy"}])
def test_a_server_that_cannot_take_it_now_is_tried_again_later(write, send_through, clock, trouble):
    with mail_sink(**trouble) as sink:
        send_through(sink)
        write()
        run_jobs("mail.send")
        failed = the_job()
        sink.says = {}
        clock.move(minutes=1)
        run_jobs("mail.send")

    assert (failed.state, failed.attempts) == ("queued", 1)
    assert "dana" not in failed.error
    assert the_job().state == "done"


@pytest.mark.parametrize("refusal", [{"RCPT": "550 nobody here"}, {"BODY": "554 no"}])
def test_a_final_refusal_is_given_up_where_somebody_sees_it(write, send_through, refusal):
    with mail_sink(**refusal) as sink:
        send_through(sink)
        write()
        run_jobs("mail.send")

    assert (the_job().state, the_job().attempts) == ("dead", 1)
    assert "refuses" in the_job().error


def test_a_mail_that_was_taken_just_before_the_end_comes_again_under_the_same_id(write, send_through):
    with mail_sink() as sink:
        send_through(sink)
        for _attempt in range(2):
            send(letter="test.hello", mail_key="test.hello:1", **HELLO)

    assert len({read(raw)["Message-ID"] for raw in sink.taken}) == 1


def test_people_of_the_demo_get_no_mail(app, write, send_through):
    with mail_sink() as sink:
        send_through(sink)
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], demo=True)
        write()
        run_jobs("mail.send")

    assert (sink.envelopes, len(kept())) == ([], 1)


def test_no_mail_leaves_in_the_clear_where_tls_is_set(write, send_through):
    with mail_sink() as sink:
        send_through(sink, "smtp+starttls")
        write()
        run_jobs("mail.send")

    assert (sink.taken, sink.envelopes) == ([], [])
    assert "STARTTLS" in the_job().error


def test_nobody_waits_long_for_a_server_that_is_silent(write, send_through, monkeypatch):
    def silent():
        raise TimeoutError

    with mail_sink() as sink:
        send_through(sink)
        monkeypatch.setattr(smtp, "connected", silent)
        monkeypatch.setattr(smtp._rest, "times_as_long", 1e9)
        write()
        run_jobs("mail.send")
        monkeypatch.undo()
        monkeypatch.setitem(composers, "test.hello", lambda **facts: None)

    assert "in time" in the_job().error
    assert smtp._rest.over_at > 0


def test_a_letter_that_is_no_longer_due_is_not_sent(write, monkeypatch):
    write()
    monkeypatch.setitem(composers, "test.hello", lambda **_facts: None)

    assert send_mails() == []
    assert the_job().state == "done"


def test_a_hebrew_letter_reads_from_the_right(write):
    write(language="he", text="שלום <b>לך</b>", subject="שלום", link="http://localhost/x")

    [mail] = send_mails()

    html = mail.get_body(("html",)).get_content()
    assert '<html lang="he" dir="rtl">' in html
    assert "&lt;b&gt;" in html
    assert "העתיקו" in html
