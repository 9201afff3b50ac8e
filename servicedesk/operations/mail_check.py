"""What the examination asks of outgoing mail: whether it leaves, and where it lies if it does not."""

import smtplib

from sqlalchemy import func, select

from servicedesk.channels.letters import SEND
from servicedesk.channels.outbox import kept, outbox_folder
from servicedesk.channels.smtp import connected, why
from servicedesk.kernel.db import session
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.jobs import Job
from servicedesk.kernel.this_desk import the_settings
from servicedesk.operations.findings import Finding, act, examine_with, look, ok


def register() -> None:
    """Add this check to every examination."""
    examine_with("mail", mail)


def mail() -> Finding:
    """Ask the mail server whether it takes mails of the desk, and for mails that were given up."""
    if the_settings().smtp_server is None:
        return _outbox()
    try:
        with connected() as server:
            server.noop()
    except (smtplib.SMTPException, OSError) as error:
        return act(
            _("No mail leaves: %(reason)s.", reason=why(error)),
            _("Correct SMTP_URL and SMTP_PASSWORD. Mails wait meanwhile."),
        )
    lost = _given_up()
    if lost:
        return look(
            _("The mail server answers, but %(number)s mails were given up.", number=lost),
            _("servicedesk jobs dead says why; servicedesk jobs retry tries again."),
        )
    return ok(_("The mail server answers."))


def _outbox() -> Finding:
    sentence = _(
        "No mail server is set; mails are files in %(folder)s (%(number)s there).",
        folder=outbox_folder(),
        number=len(kept()),
    )
    if the_settings().is_on_loopback:
        return ok(sentence)
    return look(sentence, _("Set SMTP_URL and SMTP_PASSWORD, so that people get them."))


def _given_up() -> int:
    query = select(func.count()).where(Job.state == "dead", Job.kind == SEND)
    return session().scalar(query) or 0
