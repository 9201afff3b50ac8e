"""Tokens for programs that use the API: shown once, kept as a digest, with the rights of their person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.events import TokenEnded, TokenIssued
from servicedesk.identity.models import ApiToken, Person
from servicedesk.identity.permissions import Permission
from servicedesk.identity.queries import ACTOR_COLUMNS, actor_from, actor_of
from servicedesk.identity.reach import require_no_less
from servicedesk.identity.tokens import digest_of, new_secret
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.db import insert_rows, session, transaction
from servicedesk.kernel.errors import Invalid, NotFound
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.save import publish
from servicedesk.kernel.state import THE_ROW, DeskState

PREFIX = "desk_"  # lets people and scanners see what they have found
LONGEST_DAYS = 366
USED_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as its owner sees it in a list; the secret is gone for good."""

    digest: str
    name: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class TokenUse:
    """A program that showed a good token."""

    digest: str
    actor: Actor
    used_at: datetime | None


_BY_DIGEST = (
    select(*ACTOR_COLUMNS, ApiToken.used_at)
    .join(ApiToken, ApiToken.person_id == Person.id)
    .join(DeskState, DeskState.id == THE_ROW)
    .where(ApiToken.digest == bindparam("digest"), ApiToken.expires_at > bindparam("now"), Person.is_active)
)


@command
def issue_api_token(actor: Actor, person_id: int, *, name: str, days: int = 90) -> str:
    """Return the secret of a new token for a person: one's own, or (with people.manage) anybody's."""
    _check_may(actor, person_id)
    if actor.id != person_id:
        require_no_less(actor, person_id)
    actor_of(person_id)
    if not 1 <= len(name.strip()) <= 80:
        raise Invalid("token.name", _("Write a name of up to 80 characters."), field="name")
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid("token.days", _("Choose 1 to %(most)d days.", most=LONGEST_DAYS), field="days")
    secret, now = PREFIX + new_secret(), clock.now()
    row = {
        "digest": digest_of(secret),
        "person_id": person_id,
        "name": name.strip(),
        "created_at": now,
        "expires_at": now + timedelta(days=days),
    }
    insert_rows(ApiToken, [row])
    publish(TokenIssued(stream_id=person_id, name=name.strip(), expires_at=now + timedelta(days=days)))
    return secret


@command
def end_api_token(actor: Actor, person_id: int, digest: str) -> None:
    """Let a token count no longer, from the next request on."""
    _check_may(actor, person_id)
    query = (
        delete(ApiToken)
        .where(ApiToken.digest == digest, ApiToken.person_id == person_id)
        .returning(ApiToken.name)
    )
    name = session().scalar(query)
    if name is None:
        raise NotFound("token.not_found", _("There is no such token."))
    publish(TokenEnded(stream_id=person_id, name=name))


def api_tokens(viewer: Actor, person_id: int) -> list[TokenRow]:
    """Return a person's tokens, the latest first: one's own, or (with people.manage) anybody's."""
    _check_may(viewer, person_id)
    query = (
        select(ApiToken.digest, ApiToken.name, ApiToken.created_at, ApiToken.expires_at, ApiToken.used_at)
        .where(ApiToken.person_id == person_id, ApiToken.expires_at > clock.now())
        .order_by(ApiToken.created_at.desc())
    )
    return [TokenRow(*row) for row in session().execute(query)]


def token_use(secret: str) -> TokenUse | None:
    """Return who stands behind a secret, or None; one statement."""
    digest = digest_of(secret)
    row = session().execute(_BY_DIGEST, {"digest": digest, "now": clock.now()}).one_or_none()
    return TokenUse(digest, actor_from(row), row.used_at) if row is not None else None


def is_used_long_ago(use: TokenUse) -> bool:
    """Say whether it is time to note that the token was used."""
    return use.used_at is None or clock.now() - use.used_at >= USED_EVERY


def note_used(use: TokenUse) -> None:
    """Keep the moment at which the token was used."""
    with transaction():
        session().execute(
            update(ApiToken).where(ApiToken.digest == use.digest).values(used_at=clock.now()),
            execution_options={"synchronize_session": False},
        )


def _check_may(actor: Actor, person_id: int) -> None:
    if actor.id != person_id:
        require(actor, Permission.PEOPLE_MANAGE)
