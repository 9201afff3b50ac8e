"""What was taken back, as sentences between the messages."""

from collections.abc import Callable

from portal.desk.happenings import Told
from servicedesk.kernel.i18n import gettext as _


def _taken_back(told: Told) -> str:
    sentences = {
        "reply": _("%(who)s took back a reply before its customer saw it", who=told.who),
    }
    return str(sentences.get(str(told.body["what"]), _("%(who)s undid a step", who=told.who)))


SENTENCES: dict[str, Callable[[Told], str]] = {
    "taken_back": _taken_back,
}
