"""One-time links: random tokens of which only the digest is stored; one purpose, one use, an end."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update

from servicedesk.identity.actor import Actor
from servicedesk.identity.events import NOBODY, LinkIssued
from servicedesk.identity.models import OneTimeToken
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.db import insert_rows, session
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.save import publish
from servicedesk.kernel.this_desk import the_settings

FIRST_ADMINISTRATOR: Final = "first_administrator"
SET_PASSWORD: Final = "set_password"  # noqa: S105  (a purpose)
SIGN_IN: Final = "sign_in"
ONE_REQUEST: Final = "one_request"  # rows of its own: tickets/private_links.py
VALID = {
    FIRST_ADMINISTRATOR: timedelta(hours=72),
    SET_PASSWORD: timedelta(hours=1),
    SIGN_IN: timedelta(minutes=20),
}
# Of one purpose for one person: whoever asks for more than these in a quarter of an hour gets no further one.
MOST_MAILED, MAILED_WITHIN = 3, timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is still good."""

    purpose: str
    person_id: int | None
    expires_at: datetime


def new_secret() -> str:
    """Return 256 random bits as text that fits into a URL."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Return what is stored instead of the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_nonce() -> str:
    """Return 128 random bits that a mailed link is made from, and that give nobody the link."""
    return secrets.token_urlsafe(16)


def secret_of(nonce: str, purpose: str) -> str:
    """Return the secret that stands in a mailed link: the same for every attempt to send it.

    Whoever reads the table of jobs has the nonce and not the key of the desk that makes the secret of it.
    """
    key = the_settings().secret_key.encode()
    mac = hmac.digest(key, f"mailed link {purpose} {nonce}".encode(), "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


@command
def issue_mailed_token(actor: Actor, purpose: str, *, person_id: int, nonce: str) -> str | None:
    """Return the secret of the token that `nonce` stands for, made at the first attempt to mail it.

    None where it was used meanwhile or is over, and after too many in a short time: neither may somebody
    fill another's mailbox nor end the links that lie there.
    """
    secret, now = secret_of(nonce, purpose), clock.now()
    mine = OneTimeToken.purpose == purpose, OneTimeToken.person_id == person_id
    query = select(OneTimeToken.used_at, OneTimeToken.expires_at)
    row = session().execute(query.where(*mine, OneTimeToken.digest == digest_of(secret))).one_or_none()
    if row is not None:
        return secret if row.used_at is None and row.expires_at > now else None
    recent = select(func.count()).where(*mine, OneTimeToken.created_at > now - MAILED_WITHIN)
    if (session().scalar(recent) or 0) >= MOST_MAILED:
        return None
    _keep(secret, purpose, person_id)
    return secret


@command
def issue_token(actor: Actor, purpose: str, *, person_id: int | None = None) -> str:
    """Return a new token for `purpose` and forget earlier ones for the same person; callers check rights."""
    secret = new_secret()
    forget_tokens(purpose, person_id)
    _keep(secret, purpose, person_id)
    return secret


def _keep(secret: str, purpose: str, person_id: int | None) -> None:
    now = clock.now()
    row = {
        "digest": digest_of(secret),
        "purpose": purpose,
        "person_id": person_id,
        "created_at": now,
        "expires_at": now + VALID[purpose],
    }
    insert_rows(OneTimeToken, [row])
    publish(LinkIssued(stream_id=person_id or NOBODY, purpose=purpose, expires_at=now + VALID[purpose]))


def good_token(secret: str, purpose: str) -> Token:
    """Return what the token stands for.

    Raises NotFound for one that is unknown, used, too old or for something else.
    """
    query = select(OneTimeToken.purpose, OneTimeToken.person_id, OneTimeToken.expires_at).where(
        OneTimeToken.digest == digest_of(secret),
        OneTimeToken.purpose == purpose,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > clock.now(),
    )
    row = session().execute(query).one_or_none()
    if row is None:
        raise _no_good()
    return Token(*row)


def use_token(secret: str, purpose: str) -> Token:
    """Use the token up inside a command; of two at the same time one gets it, the other NotFound."""
    token = good_token(secret, purpose)
    query = (
        update(OneTimeToken)
        .where(OneTimeToken.digest == digest_of(secret), OneTimeToken.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(OneTimeToken.digest)
    )
    if session().execute(query, execution_options={"synchronize_session": False}).first() is None:
        raise _no_good()
    return token


def forget_tokens(purpose: str, person_id: int | None) -> None:
    """Delete the tokens of one purpose and person (inside a command)."""
    session().execute(
        delete(OneTimeToken).where(
            OneTimeToken.purpose == purpose, OneTimeToken.person_id.is_not_distinct_from(person_id)
        ),
        execution_options={"synchronize_session": False},
    )


def _no_good() -> NotFound:
    return NotFound("link.no_good", _("This link was already used or is too old. Ask for a new one."))
