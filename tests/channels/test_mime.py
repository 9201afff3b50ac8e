"""No text of a person becomes a header, an address or an end of the mail (R118; security.md 22)."""

from datetime import UTC, datetime
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.channels.core.mime import NoAddress, Written, message_id, one_line, put_together
from tests.support.mail import read, text_of

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"),
    *("Content-Language", "MIME-Version", "Content-Type"),
}
USUAL = {
    "to": "dana@example.org",
    "sender": "desk@example.org",
    "sender_name": "Help desk",
    "subject": "Hello",
    "text": "A line.\n",
    "html": "<p>A line.</p>\n",
    "language": "en",
    "key": "test:1",
}


def sent(**changes):
    """Return the mail as it arrives."""
    return read(put_together(Written(**(USUAL | changes)), AT).as_bytes(policy=SMTP))


@given(st.text(max_size=400), st.text(max_size=80), st.text(max_size=400))
def test_whatever_people_write_there_are_the_same_headers_once(subject, name, text):
    mail = sent(subject=subject, sender_name=name, text=one_line(text) + "\n")

    assert sorted(mail.keys()) == sorted(HEADERS)
    assert mail["To"].addresses[0].addr_spec == "dana@example.org"
    assert mail["From"].addresses[0].addr_spec == "desk@example.org"


@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: eve@example.org", "a\nBcc: eve@example.org", "a\u2028Bcc: x@y.z"]
)
def test_a_line_end_in_a_subject_begins_no_header(evil):
    mail = sent(subject=evil)

    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("a Bcc:")


@pytest.mark.parametrize(
    "evil",
    [
        *("", "nobody", "@example.org", "dana@", "a@b.c, eve@example.org", "a@b.c\r\nBcc: eve@example.org"),
        *("Dana <dana@example.org>", "a b@example.org", "a@b.c>\r\nRCPT TO:<eve@example.org"),
    ],
)
def test_what_is_not_one_address_gets_no_mail(evil):
    with pytest.raises(NoAddress):
        sent(to=evil)


def test_an_address_and_a_name_of_any_alphabet_arrive_as_they_were_written():
    mail = sent(sender_name="מוקד השירות", subject="פנייה SD-12 נפתרה", text="שלום\n", language="he")

    assert mail["From"].addresses[0].display_name == "מוקד השירות"
    assert (mail["Subject"], mail["Content-Language"]) == ("פנייה SD-12 נפתרה", "he")
    assert text_of(mail) == "שלום\n"


def test_it_says_of_itself_that_no_person_wrote_it():
    mail = sent()

    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")


def test_the_same_mail_has_the_same_id_and_the_same_bytes_at_every_attempt():
    one, again = (put_together(Written(**USUAL), AT).as_bytes(policy=SMTP) for _attempt in range(2))

    assert one == again
    assert message_id("test:1", "desk@example.org") != message_id("test:2", "desk@example.org")
