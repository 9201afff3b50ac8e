"""Handing a mail to a mail server: TLS verified, never less than was set, every wait limited."""

import smtplib
import ssl
import time
from dataclasses import dataclass
from email.message import EmailMessage

from servicedesk.kernel.deadlines import DeadlinePassed
from servicedesk.kernel.jobs import GivenUp
from servicedesk.kernel.mail_settings import MailServer
from servicedesk.kernel.this_desk import the_settings


class MailTrouble(Exception):
    """The mail was not taken; another attempt may succeed. Names no address: it is kept with the job."""


class MailTimeout(MailTrouble, TimeoutError):
    """The mail server was waited for in vain."""


@dataclass
class _Rest:
    """A mail server that does not answer takes a fifth of the worker's time at most."""

    over_at: float = 0.0  # monotonic seconds
    times_as_long: int = 4

    def begin(self, took_seconds: float) -> None:
        self.over_at = time.monotonic() + took_seconds * self.times_as_long


_rest = _Rest()


def hand_over(message: EmailMessage, to: str) -> None:
    """Give `message` to the mail server. Raises MailTrouble, and GivenUp for a refusal that is final."""
    began = time.monotonic()
    if began < _rest.over_at:
        raise MailTrouble("the mail server did not answer a moment ago")
    try:
        _hand_over(message, to)
    except (TimeoutError, DeadlinePassed):
        _rest.begin(time.monotonic() - began)
        raise


def _hand_over(message: EmailMessage, to: str) -> None:
    try:
        with connected() as server:
            server.send_message(message, from_addr=the_settings().mail_from, to_addrs=[to])
    except smtplib.SMTPRecipientsRefused as error:
        [(code, _said)] = error.recipients.values()
        raise _refused(code, "the recipient") from None
    except smtplib.SMTPSenderRefused as error:
        raise MailTrouble(f"the mail server refuses the sender of MAIL_FROM ({error.smtp_code})") from None
    except smtplib.SMTPDataError as error:
        raise _refused(error.smtp_code, "the mail") from None
    except TimeoutError:
        raise MailTimeout("the mail server does not answer in time") from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailTrouble(why(error)) from None


def connected() -> smtplib.SMTP:
    """Return the mail server, ready to take mails; whoever calls ends it. Raises SMTPException, OSError."""
    settings = the_settings()
    place = settings.smtp_server
    if place is None:
        raise MailTrouble("no mail server is set")
    server = _reached(place, settings.smtp_timeout_seconds)
    try:
        if place.security == "smtp+starttls":
            server.starttls(context=ssl.create_default_context())  # raises where the server offers none
        if place.user:
            server.login(place.user, settings.smtp_password or "")
    except BaseException:
        server.close()
        raise
    return server


def _reached(place: MailServer, seconds: int) -> smtplib.SMTP:
    name = the_settings().mail_from.rpartition("@")[2]
    if place.security == "smtps":
        secure = ssl.create_default_context()
        return smtplib.SMTP_SSL(place.host, place.port, timeout=seconds, context=secure, local_hostname=name)
    return smtplib.SMTP(place.host, place.port, timeout=seconds, local_hostname=name)


def why(error: Exception) -> str:
    """Return in few words, without names and passwords, what went wrong."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"the mail server refuses user or password ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "the mail server cannot do what is set: STARTTLS, signing in, or such an address"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of the mail server is not good: {error.verify_message}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"the mail server answers {error.smtp_code}"
    if isinstance(error, OSError) and error.strerror:
        return f"the mail server does not answer: {error.strerror}"
    return f"the mail server does not answer: {type(error).__name__}"


def _refused(code: int, what: str) -> Exception:
    sentence = f"the mail server refuses {what} ({code})"
    return GivenUp(sentence) if 500 <= code < 600 else MailTrouble(sentence)
