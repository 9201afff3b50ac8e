"""What an examination of the desk finds: one sentence for each thing that was looked at, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.exc import SQLAlchemyError

from servicedesk.kernel.db import session
from servicedesk.kernel.i18n import gettext as _


class State(StrEnum):
    """ok; look: somebody should know; act: something must be done."""

    OK = "ok"
    LOOK = "look"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found; `advice` says what to do and is empty where all is well."""

    state: State
    sentence: str
    advice: str = ""


Check = Callable[[], Finding]

# In the order in which they are told. Rooms above add theirs.
checks: dict[str, Check] = {}


def examine_with(name: str, check: Check) -> None:
    """Let every examination ask `check` too; it runs in the app's context and ends within seconds."""
    checks[name] = check


def ok(sentence: str) -> Finding:
    """All is well."""
    return Finding(State.OK, sentence)


def look(sentence: str, advice: str) -> Finding:
    """Somebody should know."""
    return Finding(State.LOOK, sentence, advice)


def act(sentence: str, advice: str) -> Finding:
    """Something must be done."""
    return Finding(State.ACT, sentence, advice)


def examine() -> dict[str, Finding]:
    """Ask every check; one that the database does not answer says so instead of ending the others."""
    found = {}
    for name, check in checks.items():
        try:
            found[name] = check()
        except SQLAlchemyError:
            session().rollback()
            found[name] = act(
                _("The database did not answer this question."), _("See what is said of database and schema.")
            )
    return found
