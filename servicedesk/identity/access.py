"""The check that commands on people, groups and roles begin with."""

from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission, Scope
from servicedesk.kernel.errors import NotAllowed
from servicedesk.kernel.i18n import gettext as _


def require(who: Actor, permission: Permission) -> None:
    """Raise NotAllowed unless `who` has `permission` over the whole desk."""
    if Scope.ALL not in who.scopes(permission):
        raise NotAllowed("desk.not_allowed", _("Your role does not allow this."), permission=permission.value)
