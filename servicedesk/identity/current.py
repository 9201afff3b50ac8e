"""Who is asking: Flask-Login over our own sign-in rows, as one immutable actor per request."""

from collections.abc import Callable
from functools import lru_cache

from flask import Flask, Request, current_app, has_request_context
from flask import session as cookie
from flask.globals import _cv_app
from flask_login import LoginManager, current_user
from sqlalchemy.exc import OperationalError

from servicedesk.identity.actor import Actor, anonymous_actor
from servicedesk.identity.api_tokens import is_used_long_ago, note_used, token_use
from servicedesk.identity.sessions import SignIn, is_seen_long_ago, note_seen, sign_in_of
from servicedesk.kernel import i18n
from servicedesk.kernel.callers import bearer_secret, caller_address
from servicedesk.kernel.logs import logger

log = logger(__name__)
TOKEN = "_user_id"  # noqa: S105  (where Flask-Login keeps what get_id() returned)
_KNOWN = "_login_user"  # where it keeps who that is, once it has asked


class Member:
    """The current user for Flask-Login: somebody with a sign-in in force."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, token: str, sign_in: SignIn) -> None:
        self.token = token
        self.sign_in = sign_in
        self.actor = sign_in.actor

    def get_id(self) -> str:
        """Return the secret token, which Flask-Login puts into the signed cookie."""
        return self.token


class Program:
    """The current user for Flask-Login: a program that showed a person's token, for this request alone."""

    is_authenticated = True
    is_active = True
    is_anonymous = False
    sign_in: SignIn | None = None

    def __init__(self, who: Actor) -> None:
        self.actor = who

    def get_id(self) -> None:
        """Return nothing: a program has no session."""


class Visitor:
    """The current user for Flask-Login: nobody in particular."""

    is_authenticated = False
    is_active = False
    is_anonymous = True
    sign_in: SignIn | None = None

    def __init__(self) -> None:
        self.actor = anonymous_actor(language=i18n.offered_language(), zone=i18n.desk_zone())

    def get_id(self) -> None:
        """Return nothing: there is nobody to remember."""


def init_app(app: Flask) -> None:
    """Let Flask-Login ask our table who a cookie stands for."""
    manager = LoginManager(app, add_context_processor=False)
    manager.session_protection = None  # it would bind people to an address; our rows can be revoked instead
    manager.anonymous_user = Visitor
    manager.user_loader(_load_from_cookie)
    manager.request_loader(_load_from_header)


def _load_from_cookie(token: str) -> Member | None:
    return load_member(token) if bearer_secret() is None else None


def _load_from_header(_request: Request) -> Program | None:
    secret = bearer_secret()
    use = token_use(secret) if secret else None
    if use is None:
        return None
    if is_used_long_ago(use):
        _try_to_note(lambda: note_used(use))
    return Program(use.actor)


def load_member(token: str) -> Member | None:
    """Return who the token of a cookie stands for; notes now and then that they were here."""
    found = sign_in_of(token)
    if found is None:
        cookie.pop(TOKEN, None)
        return None
    if is_seen_long_ago(found):
        _try_to_note(lambda: note_seen(found, caller_address()))
    return Member(token, found)


def _try_to_note(note: Callable[[], None]) -> None:
    try:
        note()
    except OperationalError as error:  # a busy database is no reason to turn somebody away
        log.warning("presence was not noted", error=str(error.orig))


def actor() -> Actor:
    """Return who is asking; somebody who is not signed in is an anonymous actor without any grant."""
    # Words and permissions ask a hundred times a page: whom Flask-Login knows already is taken from there.
    context = _cv_app.get(None)
    known = vars(context.g).get(_KNOWN) if context is not None else None
    user: Member | Program | Visitor = known or current_user._get_current_object()
    return user.actor


def sign_in_in_force() -> SignIn | None:
    """Return the sign-in of this request, or None."""
    found: SignIn | None = current_user.sign_in
    return found


def reader() -> i18n.Reader | None:
    """Return the preferences of whoever is signed in, or None; what pages are written for."""
    if not has_request_context() or not hasattr(current_app, "login_manager"):
        return None
    who = actor()
    return _reader(who.language, who.zone, who.theme) if who.id is not None else None


@lru_cache(maxsize=256)
def _reader(language: str, zone: str, theme: str) -> i18n.Reader:
    return i18n.Reader(language, zone, theme)
