"""Passwords: what may be one, hashing with argon2id, and checking in equal time for known and unknown."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from servicedesk.kernel.errors import Busy, Invalid
from servicedesk.kernel.i18n import gettext as _

SHORTEST, LONGEST = 8, 128
_WAIT_SECONDS = 10

# 64 MiB and about 50 ms each, so no more than a few at a time.
hasher = PasswordHasher()
_room = BoundedSemaphore(4)


@cache
def _common() -> frozenset[str]:
    text = (Path(__file__).with_name("data") / "common_passwords.txt").read_text("utf-8")
    return frozenset(text.split())


def check_password(password: str, *, email: str = "", field: str = "password") -> None:
    """Raise Invalid unless `password` is long enough, not a common one and not the e-mail address."""
    if not SHORTEST <= len(password) <= LONGEST:
        sentence = _("Use %(least)d to %(most)d characters.", least=SHORTEST, most=LONGEST)
        raise Invalid("password.length", sentence, field=field)
    folded = password.casefold()
    if folded in _common() or len(set(folded)) < 3 or folded in {email, email.partition("@")[0]}:
        sentence = _("This password is one of the first that a stranger would try. Choose another.")
        raise Invalid("password.common", sentence, field=field)


def hash_password(password: str) -> str:
    """Return the argon2id hash with its salt and parameters; the caller has checked the password."""
    with _a_place():
        return hasher.hash(password)


def is_password(password: str, stored: str | None) -> bool:
    """Say whether `password` belongs to the hash `stored`.

    None (nobody, or somebody without a password) takes as long as a wrong password.
    """
    with _a_place():
        try:
            hasher.verify(stored or _nobodys_hash(), password[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Say whether the hash was made with other parameters than those of today."""
    return hasher.check_needs_rehash(stored)


@cache
def _nobodys_hash() -> str:
    return hasher.hash("the password of nobody")


@contextmanager
def _a_place() -> Iterator[None]:
    if not _room.acquire(timeout=_WAIT_SECONDS):
        raise Busy("desk.busy", _("Many people are signing in right now. Try again in a moment."))
    try:
        yield
    finally:
        _room.release()
