"""Nobody touches what may do more than they: checks that commands on people and roles share."""

from typing import Protocol

from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import RoleRow, roles
from servicedesk.identity.permissions import reaches
from servicedesk.identity.queries import roles_of
from servicedesk.kernel.errors import Conflict, NotAllowed
from servicedesk.kernel.i18n import gettext as _


class Versioned(Protocol):
    """A row that a person edits."""

    @property
    def row_version(self) -> int: ...


def grants_more(actor: Actor, role: RoleRow) -> bool:
    """Say whether the role may do anything that `actor` may not, or reaches farther."""
    return not all(reaches(actor.scopes(permission), role.scope) for permission in role.permissions)


def require_no_less(actor: Actor, person_id: int) -> None:
    """Raise NotAllowed where the person may do more than `actor`.

    Who could change such a person, or choose their password, could take over what they may do.
    """
    held = roles_of(person_id)
    if any(grants_more(actor, role) for key, role in roles().items() if key in held):
        raise NotAllowed("person.may_more", _("You cannot change somebody who may do more than you."))


def require_version(row: Versioned, expected: int | None) -> None:
    """Raise Conflict where the row is no longer the one that was shown."""
    if expected is not None and row.row_version != expected:
        raise Conflict(
            "row.changed_meanwhile",
            _("Somebody changed this while you were looking at it. Nothing was overwritten."),
            shown_version=expected,
            current_version=row.row_version,
        )
