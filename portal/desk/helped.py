"""What articles did to a ticket, as sentences for agents."""

from collections.abc import Callable, Sequence
from typing import cast

from portal.desk.happenings import Told
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import ngettext


def _shown(told: Told) -> str:
    count = len(cast("Sequence[object]", told.body["articles"]))
    return ngettext(
        "%(num)d article was shown before it was sent",
        "%(num)d articles were shown before it was sent",
        count,
    )


def _solved(told: Told) -> str:
    return str(_("%(who)s says that article %(id)s solved it", who=told.who, id=told.body["article_id"]))


def _rejected(told: Told) -> str:
    return str(_("%(who)s says that article %(id)s does not help", who=told.who, id=told.body["article_id"]))


SENTENCES: dict[str, Callable[[Told], str]] = {
    "suggestion_shown": _shown,
    "suggestion_solved": _solved,
    "suggestion_rejected": _rejected,
}
