"""Every event of a ticket's log as one sentence, whichever room wrote it."""

from collections.abc import Callable

from portal.desk import called, handover_cards, happenings, helped, promised, routed, undone
from portal.desk.happenings import Told
from servicedesk.kernel.i18n import gettext as _

SENTENCES: dict[str, Callable[[Told], str]] = {
    **happenings.SENTENCES,
    **promised.SENTENCES,
    **routed.SENTENCES,
    **helped.SENTENCES,
    **handover_cards.SENTENCES,
    **called.SENTENCES,
    **undone.SENTENCES,
}


def sentence(told: Told) -> str:
    """Return the event as a sentence; empty for what an agent need not read in the conversation."""
    tell = SENTENCES.get(told.event.type)
    if tell is None:
        return str(_("recorded: %(what)s", what=told.event.type.replace("_", " ")))
    return tell(told)
