"""What routing wrote into a ticket's log, as a sentence."""

from collections.abc import Callable, Sequence
from typing import cast

from portal.desk.happenings import Told
from portal.words import isolated
from routing.core.model import Target
from routing.targets import name_of
from servicedesk.kernel import i18n
from servicedesk.kernel.display import percent
from servicedesk.kernel.i18n import gettext as _


def _decided(told: Told) -> str:
    candidates = cast("Sequence[tuple[str, float]]", told.body["candidates"])
    target = cast(Target, told.body["target"])
    if not candidates:
        return _without_candidates(told)
    label, share = candidates[0]
    values = {
        "who": told.who,
        "what": isolated(name_of(target, label, i18n.current_language())),
        "share": isolated(percent(share)),
    }
    if told.body["sends"]:
        return str(_("%(who)s sorted it under %(what)s (%(share)s)", **values))
    if told.body["is_sure"]:
        return str(_("%(who)s proposes %(what)s (%(share)s)", **values))
    return str(_("%(who)s was not sure enough: %(what)s (%(share)s) is proposed", **values))


def _without_candidates(told: Told) -> str:
    if told.body["sends"]:
        return str(_("%(who)s decided where it goes", who=told.who))
    return str(_("%(who)s had nothing to propose", who=told.who))


SENTENCES: dict[str, Callable[[Told], str]] = {"routing_decided": _decided}
