"""The job that sends mail: safe to run twice, for each attempt is the same mail under the same Message-ID."""

from servicedesk.channels.core.mime import NoAddress, put_together
from servicedesk.channels.letters import SEND, Fact, Letter, composers, speaking
from servicedesk.channels.outbox import lay_down
from servicedesk.channels.smtp import hand_over
from servicedesk.channels.writing import written
from servicedesk.kernel import clock
from servicedesk.kernel.db import session
from servicedesk.kernel.jobs import GivenUp, job
from servicedesk.kernel.logs import logger
from servicedesk.kernel.this_desk import the_settings

log = logger(__name__)


@job(SEND, max_attempts=9, deadline_seconds=45, own_transactions=True)
def send(*, letter: str, mail_key: str, **facts: Fact) -> None:
    """Compose a letter and let it leave; nothing happens where it is no longer due.

    No transaction is open while the mail server is waited for. Nine attempts take about ten hours.
    """
    compose = composers.get(letter)
    if compose is None:
        raise GivenUp(f"no letter is called {letter}")
    found = compose(**facts)
    session().rollback()
    if found is not None:
        _let_leave(found, mail_key)


def _let_leave(letter: Letter, key: str) -> None:
    with speaking(letter.language):
        ready = written(letter, key)
    try:
        message = put_together(ready, clock.now())
    except NoAddress as error:
        raise GivenUp(str(error)) from None
    settings = the_settings()
    if settings.smtp_server is not None and not settings.demo:  # nobody of the demo has a mailbox
        hand_over(message, ready.to)
        log.info("mail was handed over", message_id=str(message["Message-ID"]))
    else:
        log.info("no mail server is set; the mail is a file", file=str(lay_down(message)))
