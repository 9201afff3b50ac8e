"""Signing in with address and password; the same answer and the same work whether somebody exists or not."""

from dataclasses import dataclass

from sqlalchemy import select, update

from servicedesk.identity import passwords
from servicedesk.identity.actor import Actor, system_actor
from servicedesk.identity.commands import NewPerson, create_person, keep_password
from servicedesk.identity.events import NOBODY, SignInFailed
from servicedesk.identity.grouping import create_group
from servicedesk.identity.models import Person
from servicedesk.identity.queries import folded_email, has_administrator, no_such_person
from servicedesk.identity.sessions import begin_sign_in
from servicedesk.identity.throttle import check_rate, note_failure, subjects
from servicedesk.identity.tokens import (
    FIRST_ADMINISTRATOR,
    SET_PASSWORD,
    SIGN_IN,
    digest_of,
    forget_tokens,
    good_token,
    use_token,
)
from servicedesk.kernel import clock
from servicedesk.kernel.command import command, saving
from servicedesk.kernel.db import session
from servicedesk.kernel.errors import Invalid, NotFound
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.save import publish


@dataclass(frozen=True, slots=True)
class Visit:
    """From where somebody tries: network address, browser, and the device id it proved to have."""

    address: str
    user_agent: str = ""
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """Somebody who has proved who they are, with the token of their new sign-in."""

    person_id: int
    token: str


def sign_in(visitor: Actor, *, email: str, password: str, visit: Visit, limit: str | None) -> Proven:
    """Begin a sign-in. Raises Invalid with one sentence for every reason, TooMany after too many tries.

    limit: how many failed attempts an account may have, such as "10 per 15 minutes"; None for no limit.
    """
    address, now = folded_email(email)[:254], clock.now()
    counted = subjects(address, visit.address, visit.device)
    check_rate(limit, counted, now)
    row = (
        session()
        .execute(select(Person.id, Person.password_hash).where(Person.email == address, Person.is_active))
        .one_or_none()
    )
    session().rollback()  # hashing takes its time: hold no transaction open meanwhile
    if not passwords.is_password(password, row.password_hash if row else None) or row is None:
        _fail(visitor, row.id if row else NOBODY, address, visit, counted)
        raise Invalid("sign_in.wrong", _("The e-mail address or the password is wrong."))
    fresh = passwords.hash_password(password) if passwords.is_outdated(row.password_hash) else None
    return _begin(visitor, row.id, visit, fresh)


@command
def _begin(visitor: Actor, person_id: int, visit: Visit, fresh_hash: str | None) -> Proven:
    if fresh_hash is not None:
        query = update(Person).where(Person.id == person_id).values(password_hash=fresh_hash)
        session().execute(query, execution_options={"synchronize_session": False})
    token = begin_sign_in(person_id, address=visit.address, user_agent=visit.user_agent)
    return Proven(person_id, token)


@command
def _fail(
    visitor: Actor, person_id: int, email: str, visit: Visit, counted: tuple[tuple[str, int], ...]
) -> None:
    note_failure(counted, clock.now())
    publish(SignInFailed(stream_id=person_id, address=visit.address, email=email))


def create_first_administrator(
    visitor: Actor, secret: str, *, name: str, email: str, password: str, visit: Visit
) -> Proven:
    """Use the one-time link of an empty desk: make its first administrator, the triage team, and sign in.

    Raises NotFound for a link that is no good, also once there is an administrator.
    """
    good_token(secret, FIRST_ADMINISTRATOR)
    passwords.check_password(password, email=folded_email(email))
    desk = system_actor(Cause("installation"))
    with saving(visitor):
        use_token(secret, FIRST_ADMINISTRATOR)
        if has_administrator():
            raise NotFound("link.no_good", _("This desk already has an administrator."))
        new = NewPerson(name=name, email=email, roles=("administrator",))
        person_id = create_person(desk, new, password=password)
        create_group(desk, key="triage", name="Triage", lead_id=person_id, is_triage=True)
        token = begin_sign_in(person_id, address=visit.address, user_agent=visit.user_agent)
    return Proven(person_id, token)


def set_password_by_link(visitor: Actor, secret: str, *, password: str, visit: Visit) -> Proven:
    """Use a one-time link to set the password of the person it was made for, and sign them in."""
    person_id = good_token(secret, SET_PASSWORD).person_id or NOBODY
    email = session().scalar(select(Person.email).where(Person.id == person_id, Person.is_active))
    if email is None:
        raise no_such_person()
    passwords.check_password(password, email=email)
    stored = passwords.hash_password(password)
    with saving(visitor):
        use_token(secret, SET_PASSWORD)
        keep_password(visitor, person_id, stored)
        token = begin_sign_in(person_id, address=visit.address, user_agent=visit.user_agent)
    return Proven(person_id, token)


def sign_in_by_link(
    visitor: Actor, secret: str, *, email: str | None, visit: Visit, limit: str | None
) -> Proven:
    """Use a mailed link to begin a sign-in of the person it was made for.

    email: None in the browser that asked for the link; elsewhere what the visitor says it was sent to. So
    nobody can be brought by somebody else's link into that one's account without noticing. Raises NotFound
    for a link that is no good, Invalid for another address, TooMany after too many of those.
    """
    person_id, now = good_token(secret, SIGN_IN).person_id or NOBODY, clock.now()
    known = session().scalar(select(Person.email).where(Person.id == person_id, Person.is_active))
    if known is None:
        raise no_such_person()
    if email is not None:
        counted = subjects(digest_of(secret), visit.address, None)
        check_rate(limit, counted, now)
        if folded_email(email) != known:
            _fail(visitor, person_id, folded_email(email)[:254], visit, counted)
            raise Invalid("sign_in.other_address", _("The link was sent to another address."), field="email")
    with saving(visitor):
        use_token(secret, SIGN_IN)
        forget_tokens(SIGN_IN, person_id)
        token = begin_sign_in(person_id, address=visit.address, user_agent=visit.user_agent)
    return Proven(person_id, token)
