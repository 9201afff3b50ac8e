"""Roles as data: the templates a new desk begins with, and saving a role of one's own."""

from collections.abc import Collection

from sqlalchemy import delete, select

from servicedesk.identity.access import require
from servicedesk.identity.actor import Actor
from servicedesk.identity.directory import roles
from servicedesk.identity.events import RoleSaved
from servicedesk.identity.models import Role, RolePermission
from servicedesk.identity.permissions import ROLE_TEMPLATES, Permission, Scope, reaches
from servicedesk.identity.queries import administrator_ids
from servicedesk.identity.reach import require_version
from servicedesk.kernel.command import command, once, remember
from servicedesk.kernel.db import insert_rows, session
from servicedesk.kernel.errors import Invalid, NotAllowed, Refused
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.keys import free_key
from servicedesk.kernel.refs import Acting
from servicedesk.kernel.save import publish
from servicedesk.kernel.state import configuration_changed, ensure_state


@command
def seed_roles(actor: Acting) -> None:
    """Create the roles that a new desk begins with; roles that are there already stay as they are."""
    ensure_state()
    known = set(session().scalars(select(Role.key)))
    for key, (scope, permissions) in ROLE_TEMPLATES.items():
        if key not in known:
            _write(key, key.replace("_", " ").capitalize(), scope, permissions)


@command
def save_role(
    actor: Actor,
    *,
    key: str,
    name: str,
    scope: Scope,
    permissions: Collection[Permission],
    expected_version: int | None = None,
) -> int:
    """Make or change a role and return its id; it counts from everybody's next request on.

    Nobody saves a role that may do more than they, and an administrator must remain.
    """
    require(actor, Permission.ROLES_MANAGE)
    configuration_changed()
    if not key.isidentifier() or len(key) > 64 or not 1 <= len(name.strip()) <= 120:
        raise Invalid("role.name", _("Write a name of up to 120 characters."), field="name")
    before = roles().get(key)
    if before is not None:
        require_version(before, expected_version)
    touched = set(permissions) | (before.permissions if before else set())
    needed = {scope} | ({before.scope} if before else set())
    if not all(reaches(actor.scopes(one), wanted) for one in touched for wanted in needed):
        raise NotAllowed("role.grants_more", _("You cannot save a role that may do more than you."))
    role_id = _write(key, name.strip(), scope, permissions)
    if not administrator_ids():
        raise Refused("role.last_administrator", _("Nobody could manage roles any more."))
    return role_id


def create_role(
    actor: Actor, *, name: str, scope: Scope, permissions: Collection[Permission], key: str | None = None
) -> int:
    """Make a role and return its id; the same idempotency `key` makes it once."""
    said = [name, str(scope), sorted(permissions)]

    @command
    def create(who: Actor) -> int:
        role_key = free_key(name, roles(), otherwise="role")
        role_id = save_role(who, key=role_key, name=name, scope=scope, permissions=permissions)
        remember(key, said, role_id)
        return role_id

    return once(key, said, lambda: create(actor))


def _write(key: str, name: str, scope: Scope, permissions: Collection[Permission]) -> int:
    role = session().scalar(select(Role).where(Role.key == key))
    if role is None:
        role = Role(key=key, name=name, scope=scope.value, row_version=0)
        session().add(role)
    role.name, role.scope = name, scope.value
    role.row_version += 1
    session().flush()
    session().execute(delete(RolePermission).where(RolePermission.role_id == role.id))
    insert_rows(
        RolePermission, [{"role_id": role.id, "permission": one.value} for one in sorted(permissions)]
    )
    granted = tuple(sorted(one.value for one in permissions))
    publish(RoleSaved(stream_id=role.id, key=key, name=name, scope=scope.value, permissions=granted))
    configuration_changed()
    return role.id
