"""Slowing down guessers: failed sign-ins counted per account and per address, in the database."""

import hashlib
import math
from datetime import datetime, timedelta

from limits import RateLimitItem, parse
from sqlalchemy import func, select

from servicedesk.identity.models import SignInAttempt
from servicedesk.kernel.db import insert_rows, session
from servicedesk.kernel.errors import TooMany
from servicedesk.kernel.i18n import gettext as _

# One address may be a whole office: it gets this many times what one account gets.
PER_ADDRESS = 10


def subjects(email: str, address: str, device: str | None) -> tuple[tuple[str, int], ...]:
    """Return what an attempt counts against, each with the factor of its limit.

    Somebody on a device that signed in to this account before is counted by that device alone, so that
    strangers who guess cannot keep the owner out.
    """
    account = f"device:{device}" if device else "account:" + hashlib.sha256(email.encode()).hexdigest()[:48]
    return ((account, 1), (f"address:{address}"[:80], PER_ADDRESS))


def check_rate(limit: str | None, counted: tuple[tuple[str, int], ...], now: datetime) -> None:
    """Raise TooMany once a subject has used up its failed attempts; None means no limit.

    limit: such as "10 per 15 minutes".
    """
    if limit is None:
        return
    item: RateLimitItem = parse(limit)
    window = timedelta(seconds=item.get_expiry())
    query = (
        select(SignInAttempt.subject, func.count(), func.min(SignInAttempt.at))
        .where(
            SignInAttempt.subject.in_([subject for subject, _factor in counted]),
            SignInAttempt.at > now - window,
        )
        .group_by(SignInAttempt.subject)
    )
    factors = dict(counted)
    for subject, attempts, first_at in session().execute(query):
        if attempts >= item.amount * factors[subject]:
            _refuse((first_at + window - now).total_seconds())


def note_failure(counted: tuple[tuple[str, int], ...], now: datetime) -> None:
    """Count one failed attempt against each subject (inside a command)."""
    insert_rows(SignInAttempt, [{"subject": subject, "at": now} for subject, _factor in counted])


def _refuse(seconds: float) -> None:
    minutes = max(math.ceil(seconds / 60), 1)
    raise TooMany(
        "sign_in.too_many",
        _("Too many failed attempts. Try again in %(minutes)d minutes.", minutes=minutes),
        retry_after_seconds=minutes * 60,
    )
