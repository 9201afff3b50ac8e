"""Who may publish calendars. Rights belong to the room of identity, which stands above and says so here."""

from collections.abc import Callable

from servicedesk.kernel.errors import NotAllowed
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.refs import Acting

# Raises NotAllowed.
Check = Callable[[Acting], None]


def _nobody(actor: Acting) -> None:
    raise NotAllowed("desk.not_allowed", _("Your role does not allow this."))


_checks: list[Check] = [_nobody]


def set_publisher_check(check: Check) -> None:
    """Say who may publish; until then only the desk itself may."""
    _checks[:] = [check]


def require_publisher(actor: Acting) -> None:
    """Raise NotAllowed unless `actor` may publish calendars; the desk itself always may."""
    if actor.ref.kind != "system":
        _checks[0](actor)
