"""Sign-ins as rows: a random token in the cookie, its digest here, so that each can be listed and ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.events import SignedIn, SignedOut
from servicedesk.identity.models import ApiToken, AuthSession, OneTimeToken, Person, SignInAttempt
from servicedesk.identity.permissions import Permission
from servicedesk.identity.queries import ACTOR_COLUMNS, actor_from, actor_of
from servicedesk.identity.tokens import digest_of, new_secret
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.db import connection, insert_rows, session, transaction
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.prepared import Prepared
from servicedesk.kernel.refs import Acting
from servicedesk.kernel.save import publish
from servicedesk.kernel.state import THE_ROW, DeskState

LONGEST = timedelta(days=30)
IDLE_AGENT = timedelta(hours=12)
IDLE_CUSTOMER = timedelta(days=30)
# `seen_at` is written this often at most: a write per request would make every reader a writer.
SEEN_EVERY = timedelta(minutes=10)
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in in force: the person as an actor, and when the row was last touched."""

    token_digest: str
    actor: Actor
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class SignInRow:
    """A sign-in as its owner sees it in a list; the address may be unknown."""

    token_digest: str
    created_at: datetime
    seen_at: datetime
    user_agent: str
    address: str | None


# Session, person, organisation, groups, roles and the configuration's revision in one statement: this
# runs on every request.
_SIGN_IN = Prepared(
    select(*ACTOR_COLUMNS, AuthSession.created_at, AuthSession.seen_at)
    .join(AuthSession, AuthSession.person_id == Person.id)
    .join(DeskState, DeskState.id == THE_ROW)
    .where(
        AuthSession.token_digest == bindparam("digest"),
        AuthSession.expires_at > bindparam("now"),
        Person.is_active,
    )
)


def sign_in_of(token: str) -> SignIn | None:
    """Return the sign-in that a cookie's token stands for, or None if it ended or was idle too long."""
    digest, now = digest_of(token), clock.now()
    rows = _SIGN_IN.rows(connection(), digest=digest, now=now)
    if not rows:
        return None
    [row] = rows
    found = SignIn(digest, actor_from(row), row.created_at, row.seen_at)
    return found if now - found.seen_at < _idle(found.actor) else None


def _idle(person: Actor) -> timedelta:
    return IDLE_CUSTOMER if person.is_customer else IDLE_AGENT


def is_seen_long_ago(found: SignIn) -> bool:
    """Say whether it is time to note that the person was here."""
    return clock.now() - found.seen_at >= SEEN_EVERY


def note_seen(found: SignIn, address: str) -> None:
    """Keep when and from which network address the person was here; no event, for it changes nothing."""
    with transaction():
        session().execute(
            update(AuthSession)
            .where(AuthSession.token_digest == found.token_digest)
            .values(seen_at=clock.now(), address=address[:64]),
            execution_options={"synchronize_session": False},
        )


def begin_sign_in(person_id: int, *, address: str, user_agent: str) -> str:
    """Insert a sign-in and return its token (inside a command, after the person has proved who they are)."""
    token, now = new_secret(), clock.now()
    row: dict[str, object] = {
        "token_digest": digest_of(token),
        "person_id": person_id,
        "created_at": now,
        "seen_at": now,
        "expires_at": now + LONGEST,
        "user_agent": user_agent[:200],
        "address": address[:64],
    }
    insert_rows(AuthSession, [row])
    shown = digest_of(token)[:12]
    publish(SignedIn(stream_id=person_id, session=shown, address=address, user_agent=user_agent[:200]))
    return token


@command
def sign_out(actor: Actor, token_digest: str, *, person_id: int | None = None) -> bool:
    """End one sign-in, one's own or (with people.manage) of `person_id`; False where it had ended already."""
    owner_id = _owner(actor, person_id)
    query = (
        delete(AuthSession)
        .where(AuthSession.token_digest == token_digest, AuthSession.person_id == owner_id)
        .returning(AuthSession.person_id)
    )
    if session().execute(query).first() is None:
        return False
    publish(SignedOut(stream_id=owner_id, sessions=1, own=owner_id == actor.id))
    return True


@command
def sign_out_everywhere(actor: Actor, person_id: int, *, but: str | None = None) -> int:
    """End the sign-ins of a person, one's own or (with people.manage) anybody's; return how many ended.

    but: the digest of one that goes on.
    """
    owner_id = _owner(actor, person_id)
    query = delete(AuthSession).where(AuthSession.person_id == owner_id)
    if but is not None:
        query = query.where(AuthSession.token_digest != but)
    ended = len(session().execute(query.returning(AuthSession.token_digest)).all())
    if ended:
        publish(SignedOut(stream_id=owner_id, sessions=ended, own=owner_id == actor.id))
    return ended


def sign_ins(viewer: Actor, person_id: int | None = None) -> list[SignInRow]:
    """Return the sign-ins in force, last seen first: one's own, or (with people.manage) anybody's."""
    owner_id, now = _owner(viewer, person_id), clock.now()
    owner = viewer if owner_id == viewer.id else actor_of(owner_id)
    columns = (
        AuthSession.token_digest,
        AuthSession.created_at,
        AuthSession.seen_at,
        AuthSession.user_agent,
        AuthSession.address,
    )
    query = (
        select(*columns)
        .where(
            AuthSession.person_id == owner_id,
            AuthSession.expires_at > now,
            AuthSession.seen_at > now - _idle(owner),
        )
        .order_by(AuthSession.seen_at.desc(), AuthSession.created_at.desc())
        .limit(MOST_LISTED)
    )
    return [SignInRow(*row) for row in session().execute(query)]


def _owner(actor: Actor, person_id: int | None) -> int:
    """Return whose sign-ins are meant, the actor's own where nobody is named. Raises NotAllowed, NotFound."""
    if person_id is not None and person_id != actor.id:
        require(actor, Permission.PEOPLE_MANAGE)
        return person_id
    if actor.id is None:
        raise NotFound("person.not_found", _("There is no such person."))
    return actor.id


@command
def clean_up(actor: Acting) -> None:
    """Delete sign-ins, links and attempts that no longer count for anything."""
    now = clock.now()
    for outdated in (
        delete(ApiToken).where(ApiToken.expires_at <= now),
        delete(AuthSession).where(AuthSession.expires_at <= now),
        delete(OneTimeToken).where(OneTimeToken.expires_at <= now),
        delete(SignInAttempt).where(SignInAttempt.at <= now - timedelta(days=1)),
    ):
        session().execute(outdated, execution_options={"synchronize_session": False})
