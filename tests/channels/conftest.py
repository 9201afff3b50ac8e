"""A letter that says what a test puts into it, and a desk that sends through a server of the test."""

from dataclasses import replace

import pytest

from servicedesk.channels import smtp
from servicedesk.channels.letters import Letter, composers, post
from servicedesk.kernel.command import saving
from servicedesk.kernel.mail_settings import MailServer
from tests.support.mail import MailSink
from tests.support.makers import DESK

HELLO = {"to": "dana@example.org", "language": "en", "subject": "Hello", "text": "A line.", "link": ""}


def _compose(*, to, language, subject, text, link):
    return Letter(
        to=to,
        language=language,
        subject=subject,
        paragraphs=(text,),
        why="A test sent it.",
        link=link,
        link_words="Look",
    )


@pytest.fixture
def write(app, monkeypatch):
    """Post a letter with the next change: `write("key", subject=…)`."""
    monkeypatch.setitem(composers, "test.hello", _compose)

    def write(key: str = "1", **facts: str) -> None:
        with saving(DESK):
            post("test.hello", key, **(HELLO | facts))

    return write


@pytest.fixture
def send_through(app):
    """Set a mail server of this machine."""

    def use(sink: MailSink, security: str = "smtp") -> None:
        place = MailServer(security, "127.0.0.1", sink.port)
        settings = replace(app.config["SETTINGS"], smtp_server=place, smtp_timeout_seconds=2)
        app.config["SETTINGS"] = settings
        smtp._rest.over_at = 0.0

    return use
