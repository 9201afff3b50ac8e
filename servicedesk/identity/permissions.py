"""What may be done, how far it reaches, who has it, and what an endpoint declares to need. Pure."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


class Permission(StrEnum):
    """Every right of the desk; roles grant them as data."""

    TICKET_FILE = "ticket.file"
    TICKET_FILE_FOR_OTHERS = "ticket.file_for_others"
    TICKET_SEE = "ticket.see"
    TICKET_SEE_NOTES = "ticket.see_notes"
    TICKET_REPLY = "ticket.reply"
    TICKET_NOTE = "ticket.note"
    TICKET_ASSIGN = "ticket.assign"
    TICKET_EDIT = "ticket.edit"
    TICKET_WAIT = "ticket.wait"
    TICKET_RESOLVE = "ticket.resolve"
    TICKET_REOPEN = "ticket.reopen"
    TICKET_WITHDRAW = "ticket.withdraw"
    TICKET_BULK = "ticket.bulk"
    PRIORITY_OVERRIDE = "priority.override"
    CLOCK_OVERRIDE = "clock.override"
    QUEUE_SEE = "queue.see"
    REPORT_SEE = "report.see"
    REPORT_SEE_PEOPLE = "report.see_people"
    AGREEMENT_PUBLISH = "agreement.publish"
    AGREEMENT_TRY = "agreement.try"
    ARTICLE_SEE = "article.see"
    ARTICLE_SEE_INTERNAL = "article.see_internal"
    ARTICLE_WRITE = "article.write"
    ARTICLE_PUBLISH = "article.publish"
    PEOPLE_MANAGE = "people.manage"
    ROLES_MANAGE = "roles.manage"
    CONFIGURE = "desk.configure"
    IMPORT = "desk.import"


class Scope(StrEnum):
    """How far a grant reaches over tickets."""

    OWN = "own"
    GROUP = "group"
    BRANCH = "branch"
    ORGANISATION = "organisation"
    ALL = "all"


_AGENT = frozenset(
    {
        Permission.QUEUE_SEE,
        Permission.TICKET_FILE,
        Permission.TICKET_FILE_FOR_OTHERS,
        Permission.TICKET_SEE,
        Permission.TICKET_SEE_NOTES,
        Permission.TICKET_REPLY,
        Permission.TICKET_NOTE,
        Permission.TICKET_ASSIGN,
        Permission.TICKET_EDIT,
        Permission.TICKET_WAIT,
        Permission.TICKET_RESOLVE,
        Permission.TICKET_REOPEN,
        Permission.ARTICLE_SEE,
        Permission.ARTICLE_SEE_INTERNAL,
        Permission.ARTICLE_WRITE,
    }
)
_CUSTOMER = frozenset(
    {
        Permission.TICKET_FILE,
        Permission.TICKET_SEE,
        Permission.TICKET_REPLY,
        Permission.TICKET_REOPEN,
        Permission.TICKET_WITHDRAW,
        Permission.ARTICLE_SEE,
    }
)
# Whoever has one of these over any tickets has it over what they asked for themselves: whose ticket it is
# does not change when a team that they are not in takes it.
OF_REQUESTERS = _CUSTOMER - {Permission.TICKET_FILE}

_LEAD = _AGENT | {
    Permission.ARTICLE_PUBLISH,
    Permission.PRIORITY_OVERRIDE,
    Permission.CLOCK_OVERRIDE,
    Permission.TICKET_BULK,
    Permission.REPORT_SEE,
    Permission.REPORT_SEE_PEOPLE,
}
_MANAGER = frozenset(
    {
        Permission.QUEUE_SEE,
        Permission.TICKET_SEE,
        Permission.TICKET_SEE_NOTES,
        Permission.REPORT_SEE,
        Permission.REPORT_SEE_PEOPLE,
        Permission.AGREEMENT_PUBLISH,
        Permission.AGREEMENT_TRY,
        Permission.ARTICLE_SEE,
        Permission.ARTICLE_SEE_INTERNAL,
    }
)

# Templates only: a desk's roles are rows that begin as copies of these.
ROLE_TEMPLATES: dict[str, tuple[Scope, frozenset[Permission]]] = {
    "customer": (Scope.OWN, _CUSTOMER),
    "organisation_viewer": (Scope.ORGANISATION, frozenset({Permission.TICKET_SEE})),
    "agent": (Scope.ALL, _AGENT),
    "group_agent": (Scope.GROUP, _AGENT),
    "lead": (Scope.ALL, _LEAD),
    "manager": (Scope.ALL, _MANAGER),
    "administrator": (Scope.ALL, frozenset(Permission)),
}


def reaches(granted: Collection[Scope], wanted: Scope) -> bool:
    """Say whether a grant with the scopes `granted` reaches at least as far as `wanted`."""
    if wanted in granted or Scope.ALL in granted:
        return True
    return wanted is Scope.OWN and bool(granted)


@dataclass(frozen=True, slots=True)
class Needs:
    """What an endpoint declares: one of `permissions`, or a sign-in, or (`everybody`) nothing at all."""

    permissions: tuple[Permission, ...] = ()
    everybody: bool = False


def permits(*permissions: Permission) -> Callable[[View], View]:
    """Mark a view, or a method of a class-based one: only people with one of `permissions` get in.

    Which objects they may touch is the business of queries and commands.
    """
    if not permissions:
        raise ValueError("name a permission, or mark the view with signed_in or public")
    return _marked(Needs(permissions))


def signed_in(view: View) -> View:
    """Mark a view: anybody who is signed in gets in."""
    return _marked(Needs())(view)


def public(view: View) -> View:
    """Mark a view: everybody gets in, signed in or not."""
    return _marked(Needs(everybody=True))(view)


def declared_needs(view: object) -> Needs | None:
    """Return what `view` was marked with, also through decorators that use functools.wraps."""
    found = getattr(view, "desk_needs", None)
    return found if isinstance(found, Needs) else None


def _marked(needs: Needs) -> Callable[[View], View]:
    def mark(view: View) -> View:
        vars(view)["desk_needs"] = needs
        return view

    return mark
