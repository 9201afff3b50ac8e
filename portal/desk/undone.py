"""What was merged or taken back, as sentences between the messages."""

from collections.abc import Callable
from typing import cast

from portal import words
from portal.desk.happenings import Told
from servicedesk.kernel.i18n import gettext as _
from servicedesk.kernel.i18n import ngettext


def _taken_back(told: Told) -> str:
    sentences = {
        "reply": _("%(who)s took back a reply before its customer saw it", who=told.who),
        "merge": _("%(who)s undid a merge", who=told.who),
        "split": "",  # what came back says so
    }
    return str(sentences.get(str(told.body["what"]), _("%(who)s undid a step", who=told.who)))


def _merged(told: Told) -> str:
    other = words.isolated(words.ticket_ref(cast(int, told.body["other_id"])))
    sentences = {
        "into": _("%(who)s merged it into %(ref)s, where it goes on", who=told.who, ref=other),
        "from": _("%(who)s merged %(ref)s into this request", who=told.who, ref=other),
        "back_into": _("%(who)s undid the split: it goes on in %(ref)s", who=told.who, ref=other),
        "back_from": _("%(who)s undid the split: %(ref)s came back", who=told.who, ref=other),
    }
    return str(sentences.get(str(told.body["relation"]), ""))


def _split(told: Told) -> str:
    other = words.isolated(words.ticket_ref(cast(int, told.body["other_id"])))
    if told.body["relation"] == "split_from":
        return str(_("%(who)s split it off from %(ref)s", who=told.who, ref=other))
    count = len(cast("list[int]", told.body["seqs"]))
    return ngettext(
        "%(who)s split %(num)d message off into %(ref)s",
        "%(who)s split %(num)d messages off into %(ref)s",
        count,
        who=told.who,
        ref=other,
    )


def _passed_on(told: Told) -> str:
    other = words.isolated(words.ticket_ref(cast(int, told.body["other_id"])))
    return str(_("a message of the customer went to %(ref)s", ref=other))


SENTENCES: dict[str, Callable[[Told], str]] = {
    "taken_back": _taken_back,
    "tickets_merged": _merged,
    "message_passed_on": _passed_on,
    "ticket_split": _split,
}
