"""Doors: teams: the list, a new one, one team."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from portal.admin.editing import answer, show
from portal.admin.group_pages import SECTION, GroupEditor, NewGroupEditor
from portal.admin.shell import admin_page, blueprint
from portal.words import group_name
from servicedesk.identity import directory
from servicedesk.identity.current import actor
from servicedesk.identity.permissions import Permission, permits
from servicedesk.identity.queries import people
from servicedesk.kernel.display import number
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.touched import open_by_group


@blueprint.get("/teams")
@permits(Permission.CONFIGURE)
def groups() -> ResponseReturnValue:
    """List the teams with lead, members and open requests."""
    found = [group for group in directory.groups().values() if group.is_active]
    leads, at_work = people({group.lead_id for group in found}), open_by_group(actor())
    lines = [
        (
            group,
            group_name(group),
            url_for("admin.group", group_id=group.id),
            leads[group.lead_id],
            number(len(group.members)),
            [number(count) for count in at_work.get(group.id, (0, 0))],
        )
        for group in found
    ]
    return render_template("admin/groups.html", page=admin_page(str(_("Teams")), SECTION), lines=lines)


@blueprint.get("/teams/new")
@permits(Permission.CONFIGURE)
def new_group() -> ResponseReturnValue:
    """Show the form of a new team."""
    return show(NewGroupEditor())


@blueprint.post("/teams/new")
@permits(Permission.CONFIGURE)
def add_group() -> ResponseReturnValue:
    """Show what a new team does, or make it."""
    return answer(NewGroupEditor())


@blueprint.get("/teams/<int:group_id>")
@permits(Permission.CONFIGURE)
def group(group_id: int) -> ResponseReturnValue:
    """Show a team."""
    return show(GroupEditor(group_id))


@blueprint.post("/teams/<int:group_id>")
@permits(Permission.CONFIGURE)
def change_group(group_id: int) -> ResponseReturnValue:
    """Show for which requests somebody else becomes accountable, or save it."""
    return answer(GroupEditor(group_id))
