"""Doors: statuses: what they are called, and in which order they stand."""

from flask.typing import ResponseReturnValue

from portal.admin.editing import answer, show
from portal.admin.shell import blueprint
from portal.admin.status_pages import StatusesEditor
from servicedesk.identity.permissions import Permission, permits


@blueprint.get("/statuses")
@permits(Permission.CONFIGURE)
def statuses() -> ResponseReturnValue:
    """Show the statuses with what each means."""
    return show(StatusesEditor())


@blueprint.post("/statuses")
@permits(Permission.CONFIGURE)
def save_statuses() -> ResponseReturnValue:
    """Say how many requests will be shown under another name, or save it."""
    return answer(StatusesEditor())
