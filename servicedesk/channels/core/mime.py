"""A mail as bytes: headers that nobody can add to, plain text, and the same as HTML. Pure."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

LONGEST_HEADER = 240
# Line ends of any alphabet, control characters, and what turns the direction of everything after it.
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]+")
# One address and nothing else: no list, no name, no quoting.
_ADDRESS = re.compile(r"[^@\s,;:<>()\[\]\"\\]{1,64}@[^@\s,;:<>()\[\]\"\\]{1,190}")


class NoAddress(ValueError):
    """The text is no address that a mail can be sent to."""


@dataclass(frozen=True, slots=True)
class Written:
    """A mail in its recipient's language, ready to be put together.

    key: the same for the same mail, however often it is tried.
    """

    to: str
    sender: str
    sender_name: str
    subject: str
    text: str
    html: str
    language: str
    key: str


def put_together(written: Written, at: datetime) -> EmailMessage:
    """Return the mail. Raises NoAddress for a recipient that cannot be one.

    It says of itself that a program wrote it, so that no other program answers (RFC 3834).
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(one_line(written.sender_name), addr_spec=written.sender)
    message["To"] = _recipient(written.to)
    message["Subject"] = one_line(written.subject)
    message["Date"] = at
    message["Message-ID"] = message_id(written.key, written.sender)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(written.text, charset="utf-8", cte="quoted-printable")
    message.add_alternative(written.html, subtype="html", charset="utf-8", cte="quoted-printable")
    message["Content-Language"] = written.language  # last: what is added above takes such headers along
    boundary = hashlib.sha256(f"boundary {written.key}".encode()).hexdigest()[:32]
    message.set_boundary(f"={boundary}=")
    return message


def message_id(key: str, sender: str) -> str:
    """Return the Message-ID of the mail with this key: the same for every attempt."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:40]
    return f"<{digest}@{sender.rpartition('@')[2]}>"


def one_line(text: str) -> str:
    """Return a text that fits into one header: whoever wrote it cannot begin another."""
    return " ".join(_UNFIT.sub(" ", text).split())[:LONGEST_HEADER]


def _recipient(address: str) -> Address:
    if _UNFIT.search(address) or not _ADDRESS.fullmatch(address):
        raise NoAddress("the recipient is no address")
    name, _at, host = address.rpartition("@")
    return Address(username=name, domain=host)
