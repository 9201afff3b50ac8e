"""Links to sign in and to choose a password, mailed to whoever has the address.

Asking writes one job, whether anybody has the address or not: what is looked up is looked up when the mail
is sent, so nobody learns from the answer or its time who is here.
"""

from datetime import datetime

from servicedesk.channels.letters import Letter, letter, post, speaking
from servicedesk.identity.actor import Actor, system_actor
from servicedesk.identity.queries import actor_of, folded_email, person_by_email
from servicedesk.identity.throttle import PER_ADDRESS, check_rate, note_failure
from servicedesk.identity.tokens import SET_PASSWORD, SIGN_IN, VALID, issue_mailed_token, new_nonce
from servicedesk.kernel import clock
from servicedesk.kernel.command import command
from servicedesk.kernel.db import instant_text
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.links import full_link
from servicedesk.kernel.refs import Cause
from servicedesk.kernel.this_desk import the_settings

_DESK = system_actor(Cause("mailed_link"))
# Of each purpose: the kind of its letter.
LETTERS = {SIGN_IN: "sign_in_link", SET_PASSWORD: "password_link"}


@command
def ask_for_link(_visitor: Actor, purpose: str, *, email: str, address: str, limit: str | None) -> str:
    """Let a link be mailed to the person who has this address, if any; return the link's nonce.

    The nonce, kept in the browser that asked, shows later that the link is opened there. address: of the
    network, from which ten times as many may be asked for as one account may fail to sign in (`limit`).
    """
    counted, nonce = ((f"links:{address}"[:80], PER_ADDRESS),), new_nonce()
    check_rate(limit, counted, clock.now())
    note_failure(counted, clock.now())
    asked_at = instant_text(clock.now())
    post(LETTERS[purpose], nonce, urgent=True, email=folded_email(email), nonce=nonce, asked_at=asked_at)
    return nonce


@letter("sign_in_link")
def sign_in_link(*, email: str, nonce: str, asked_at: str) -> Letter | None:
    """Return the letter with a link to sign in; people of the team are told that they have a password."""
    found = _whoever_has(email, SIGN_IN, asked_at)
    if found is None:
        return None
    if not found.is_customer:
        return _use_the_password(found)
    secret = issue_mailed_token(_DESK, SIGN_IN, person_id=found.id or 0, nonce=nonce)
    if secret is None:
        return None
    with speaking(found.language) as language:
        return Letter(
            to=found.email,
            language=language,
            subject=_("Your link to sign in to %(desk)s", desk=the_settings().name),
            paragraphs=(_within(SIGN_IN), _not_you()),
            link=full_link("mail_links.open_link", secret=secret),
            link_words=_("Sign in"),
            why=_why(),
        )


@letter("password_link")
def password_link(*, email: str, nonce: str, asked_at: str) -> Letter | None:
    """Return the letter with a link to choose a new password."""
    found = _whoever_has(email, SET_PASSWORD, asked_at)
    if found is None:
        return None
    secret = issue_mailed_token(_DESK, SET_PASSWORD, person_id=found.id or 0, nonce=nonce)
    if secret is None:
        return None
    with speaking(found.language) as language:
        return Letter(
            to=found.email,
            language=language,
            subject=_("Choose a new password for %(desk)s", desk=the_settings().name),
            paragraphs=(
                _within(SET_PASSWORD),
                _("Once you have chosen it, you are signed out everywhere else, and your tokens end."),
                _not_you(),
            ),
            link=full_link("sign_in.new_password", secret=secret),
            link_words=_("Choose a password"),
            why=_why(),
        )


def _whoever_has(email: str, purpose: str, asked_at: str) -> Actor | None:
    """Return who may get a link; None where there is nobody, or where it was asked for too long ago."""
    if clock.now() - datetime.fromisoformat(asked_at) >= VALID[purpose]:
        return None
    row = person_by_email(email)
    return actor_of(row.id) if row is not None and row.is_active else None


def _use_the_password(person: Actor) -> Letter:
    with speaking(person.language) as language:
        return Letter(
            to=person.email,
            language=language,
            subject=_("Sign in to %(desk)s with your password", desk=the_settings().name),
            paragraphs=(
                _("You asked for a link to sign in. People of the team sign in with a password."),
                _("If you forgot it, choose a new one."),
                _not_you(),
            ),
            link=full_link("mail_links.forgotten"),
            link_words=_("Choose a password"),
            why=_why(),
        )


def _within(purpose: str) -> str:
    minutes = int(VALID[purpose].total_seconds() // 60)
    return str(_("This link works once, within %(minutes)d minutes.", minutes=minutes))


def _not_you() -> str:
    return str(_("If you did not ask for this, do nothing: without the link nobody gets in."))


def _why() -> str:
    return str(_("You get this mail because somebody asked for it with your address."))
