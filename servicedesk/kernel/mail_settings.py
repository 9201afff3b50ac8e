"""The settings of outgoing mail, a part of `Settings`."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from servicedesk.kernel import setting_values as values
from servicedesk.kernel.setting import setting as _setting
from servicedesk.kernel.setting_values import Unfit, is_loopback

_EXPECTED = "smtps://USER@HOST, smtp+starttls://USER@HOST, or smtp://HOST on this machine"
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,180}")
# Of each way to speak with a mail server: the port it is usually on.
PORTS = {"smtps": 465, "smtp+starttls": 587, "smtp": 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed over. security: smtps (TLS at once), smtp+starttls, or smtp (this machine)."""

    security: str
    host: str
    port: int
    user: str = ""

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        return f"{self.security}://{user}{self.host}:{self.port}"


def mail_server(text: str) -> MailServer:
    """Read the address of a mail server; without TLS only one of this machine, and never a password."""
    parts = values.split_address(text, _EXPECTED)
    host = parts.hostname or ""
    is_plain = not (parts.path.strip("/") or parts.query or parts.fragment)
    if parts.scheme not in PORTS or not host or not is_plain:
        raise Unfit(_EXPECTED)
    if parts.password is not None:
        raise Unfit(f"{_EXPECTED}; the password goes into SMTP_PASSWORD")
    if parts.scheme == "smtp" and not is_loopback(host):
        raise Unfit(f"{_EXPECTED}: without TLS others can read the mails")
    return MailServer(parts.scheme, host, parts.port or PORTS[parts.scheme], unquote(parts.username or ""))


def sender(text: str) -> str:
    """Read the address that mails come from."""
    if not _ADDRESS.fullmatch(text):
        raise Unfit("an address such as desk@example.org")
    return text


@dataclass(frozen=True)
class MailSettings:
    """How mails leave the desk."""

    smtp_server: MailServer | None = _setting(  # noqa: RUF009  (it returns a dataclass field)
        "SMTP_URL",
        mail_server,
        None,
        "Mail server: `smtps://USER@HOST` (TLS from the start, port 465), `smtp+starttls://USER@HOST`"
        " (port 587), or `smtp://HOST` on this machine; another port after the host, `%40` for an @ in USER.",
        otherwise="none: mails are kept in the folder `outbox` of `DATA_DIR`",
    )
    smtp_password: str | None = _setting(
        "SMTP_PASSWORD",
        values.matching(r"[\x20-\x7e]{1,256}", "a password of printable characters"),
        None,
        "Password of USER at the mail server.",
        otherwise="none",
        secret=True,
    )
    smtp_timeout_seconds: int = _setting(
        "SMTP_TIMEOUT",
        values.whole_number(1, 30),
        "15",
        "Seconds to wait for each answer of the mail server.",
    )
    mail_from: str = _setting(
        "MAIL_FROM",
        sender,
        None,
        "Address that mails come from; the mail server must be allowed to send for it.",
        otherwise="`desk@` and the host of `BASE_URL`",
    )


def why_unusable(settings: MailSettings) -> str | None:
    """Return one sentence where the settings of mail contradict each other."""
    user = settings.smtp_server.user if settings.smtp_server else ""
    if settings.smtp_password and not user:
        return "SMTP_PASSWORD belongs to nobody; name the USER in SMTP_URL."
    if user and not settings.smtp_password:
        return "SMTP_URL names a user; set SMTP_PASSWORD too."
    return None
