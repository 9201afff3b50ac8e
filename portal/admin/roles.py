"""Doors: roles: the list, a role of one's own, one role."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from portal.admin.editing import answer, show
from portal.admin.role_pages import SECTION, NewRoleEditor, RoleEditor
from portal.admin.shell import admin_page, blueprint
from portal.admin.words import role_name, scope_name
from servicedesk.identity import directory
from servicedesk.identity.current import actor
from servicedesk.identity.holders import holder_counts
from servicedesk.identity.permissions import Permission, permits
from servicedesk.kernel.display import number
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import ngettext


@blueprint.get("/roles")
@permits(Permission.ROLES_MANAGE)
def roles() -> ResponseReturnValue:
    """List the roles with how far they reach and how many hold them."""
    held = holder_counts(actor())
    lines = [
        (
            role_name(role),
            url_for("admin.role", key=key),
            scope_name(role.scope),
            ngettext("%(num)d right", "%(num)d rights", len(role.permissions)),
            number(held.get(role.id, 0)),
        )
        for key, role in directory.roles().items()
    ]
    return render_template("admin/roles.html", page=admin_page(str(_("Roles")), SECTION), lines=lines)


@blueprint.get("/roles/new")
@permits(Permission.ROLES_MANAGE)
def new_role() -> ResponseReturnValue:
    """Show the form of a new role."""
    return show(NewRoleEditor())


@blueprint.post("/roles/new")
@permits(Permission.ROLES_MANAGE)
def add_role() -> ResponseReturnValue:
    """Show what a new role is, or make it."""
    return answer(NewRoleEditor())


@blueprint.get("/roles/<key>")
@permits(Permission.ROLES_MANAGE)
def role(key: str) -> ResponseReturnValue:
    """Show a role."""
    return show(RoleEditor(key))


@blueprint.post("/roles/<key>")
@permits(Permission.ROLES_MANAGE)
def change_role(key: str) -> ResponseReturnValue:
    """Show who gains and loses what, or save it."""
    return answer(RoleEditor(key))
