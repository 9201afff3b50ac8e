"""Events of a ticket's log as sentences for agents; every event type of the desk has one here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from portal import words
from servicedesk.kernel import i18n
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import instant_from
from servicedesk.kernel.display import when
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.catalogue import category_path
from servicedesk.tickets.core.statuses import BY_KEY

Names = Mapping[int, str]
Body = Mapping[str, object]


# What a person did by themselves, signed in or by a link, needs no explanation.
OF_PEOPLE = frozenset({"person", "import", "private_link", "survey_link", "form"})


@dataclass(frozen=True, slots=True)
class Told:
    """An event with the names of the people in it, ready to be told."""

    event: LoggedEvent
    names: Names

    @property
    def body(self) -> Body:
        """What the event holds."""
        return self.event.body

    def person(self, person_id: object) -> str:
        """Return somebody's name, isolated for use in a sentence."""
        known = self.names.get(cast(int, person_id)) if person_id is not None else None
        return words.isolated(known) if known else str(_("somebody"))

    @property
    def who(self) -> str:
        """Return who did it: a person, or what acted for the desk."""
        if self.event.actor.kind == "person":
            return self.person(self.event.actor.id)
        return cause_name(self.event)


def has_why(event: LoggedEvent) -> bool:
    """Say whether there is more to tell: the desk did it by itself, or a person gave a reason."""
    if event.actor.kind != "person" or event.cause.kind not in OF_PEOPLE:
        return True
    return event.type == "fields_changed" and "priority_override" in cast(Body, event.body["changes"])


def cause_name(event: LoggedEvent) -> str:
    """Return what made the desk do it, with the version in force then."""
    cause = event.cause
    version = cause.version if cause.version is not None else ""
    names = {
        "model": _("model %(version)s", version=version or cause.id or ""),
        "rule": _("rule “%(name)s”", name=words.isolated(cause.id or "")),
        "catalogue": _("the catalogue"),
        "agreement": _("the agreement"),
        "schedule": _("the desk"),
        "import": _("the import"),
        "demo": _("the demo"),
    }
    return str(names.get(cause.kind, _("the desk")))


def _opened(told: Told) -> str:
    by = told.body.get("opened_by_id")
    who = told.person(by if by is not None else told.body.get("requester_id"))
    ways = {
        "portal": _("%(who)s filed it in the web portal", who=who),
        "phone": _("%(who)s filed it after a call", who=who),
        "mail": _("%(who)s filed it by mail", who=who),
        "form": _("filed without signing in, as %(who)s", who=who),
        "api": _("filed by another system"),
        "import": _("taken over from history"),
    }
    filed = ways.get(str(told.body["channel"]), ways["portal"])
    team = words.isolated(words.team_name(cast(int, told.body["group_id"])))
    priority = words.priority_name(cast(int, told.body["priority"]))
    return str(_("%(filed)s · for %(team)s, %(priority)s", filed=filed, team=team, priority=priority))


def _assigned(told: Told) -> str:
    assignee, team = told.body["assignee_id"], words.team_name(cast(int, told.body["group_id"]))
    values = {"who": told.who, "team": words.isolated(team), "person": told.person(assignee)}
    if assignee is not None and assignee == told.event.actor.id:
        return str(_("taken by %(person)s, %(team)s", **values))
    if assignee is not None:
        return str(_("%(who)s gave it to %(person)s, %(team)s", **values))
    return str(_("%(who)s sent it to %(team)s", **values))


def _status(told: Told) -> str:
    tell = _MOVES.get(str(told.body["move"]))
    return tell(told) if tell else str(told.body["to_status"])


def _wait(told: Told) -> str:
    status = str(told.body["to_status"])
    sentences = {
        "waiting_customer": _("waiting for the customer"),
        "waiting_supplier": _("waiting for a supplier"),
        "scheduled": _(
            "put off until %(when)s", when=words.isolated(when(_instant(told.body.get("wake_at"))))
        ),
    }
    waits = sentences.get(status, status)
    pauses = status in BY_KEY and BY_KEY[status].clocks["resolution"] == "paused"
    if pauses:
        return str(_("%(waits)s: the resolution clock is paused", waits=waits))
    return str(_("%(waits)s: the clocks go on", waits=waits))


def _start(told: Told) -> str:
    if str(told.body["from_status"]) == "new":
        return str(_("now in progress"))
    return str(_("%(who)s took it up again", who=told.who))


def _wake(told: Told) -> str:
    if told.body.get("reason") == "date_came":
        return str(_("the date has come: taken up again"))
    return str(_("the customer answered: the clocks go on"))


def _resolve(told: Told) -> str:
    return str(_("resolved by %(who)s", who=told.who))


def _close(told: Told) -> str:
    if told.body.get("reason") == "stayed_resolved":
        return str(_("closed by itself: it stayed resolved for 5 working days"))
    return str(_("closed by %(who)s", who=told.who))


def _withdraw(told: Told) -> str:
    return str(_("withdrawn by %(who)s", who=told.who))


def _reopen(told: Told) -> str:
    reasons = {
        "customer_answered": _("reopened: the customer answered"),
        "not_solved": _("reopened: the customer says that it is not solved"),
    }
    return str(reasons.get(str(told.body.get("reason")), _("reopened by %(who)s", who=told.who)))


_MOVES: Mapping[str, Callable[[Told], str]] = {
    "wait": _wait,
    "start": _start,
    "wake": _wake,
    "resolve": _resolve,
    "close": _close,
    "withdraw": _withdraw,
    "reopen": _reopen,
    "merge": lambda _told: "",
}


def _fields(told: Told) -> str:
    changes = cast("Mapping[str, tuple[object, object]]", told.body["changes"])
    told_of = [text for name, (old, new) in changes.items() if (text := _change(name, old, new))]
    return str(_("%(who)s changed %(what)s", who=told.who, what=words.listed(told_of))) if told_of else ""


def _change(name: str, old: object, new: object) -> str:
    """Return one changed field in words; what follows from another field is left out."""
    known: Mapping[str, tuple[str, Callable[[object], str]]] = {
        "priority": (_("the priority"), lambda level: words.priority_name(cast(int, level))),
        "impact": (_("the impact"), lambda level: words.impact_name(cast(int, level))),
        "urgency": (_("the urgency"), lambda level: words.urgency_name(cast(int, level))),
        "category_id": (_("the category"), _category),
        "kind": (_("the kind"), lambda kind: words.kind_name(str(kind))),
    }
    if name not in known:
        return ""
    label, shown = known[name]
    return str(
        _(
            "%(field)s from %(old)s to %(new)s",
            field=label,
            old=words.isolated(shown(old)),
            new=words.isolated(shown(new)),
        )
    )


def _category(category_id: object) -> str:
    path = category_path(cast("int | None", category_id), i18n.current_language())
    return path or str(_("none"))


def _linked(told: Told) -> str:
    other = words.isolated(words.ticket_ref(cast(int, told.body["other_id"])))
    if told.body["relation"] == "follows":
        return str(_("goes on from %(ref)s", ref=other))
    return str(_("goes on in %(ref)s", ref=other))


def _erased(told: Told) -> str:
    return str(_("%(who)s erased personal text", who=told.who))


def _call(told: Told) -> str:
    happened, noted = (
        words.isolated(when(at)) for at in (_instant(told.body["happened_at"]), told.event.received_at)
    )
    sentence = _("%(who)s noted on %(noted)s what was said on %(happened)s; it counts from then")
    return str(sentence % {"who": told.who, "noted": noted, "happened": happened})


def _link_made(told: Told) -> str:
    until = words.isolated(when(_instant(told.body.get("expires_at"))))
    return str(_("%(who)s made a private link, good until %(when)s", who=told.who, when=until))


def _links_ended(told: Told) -> str:
    return str(_("%(who)s ended the private link", who=told.who))


def _asked(told: Told) -> str:
    return str(_("the customer was asked how it was"))


def _rated(told: Told) -> str:
    return str(_("%(who)s rated the solution %(score)d of 5", who=told.who, score=told.body["score"]))


def _instant(value: object) -> datetime | None:
    return instant_from(str(value)) if value else None


SENTENCES: dict[str, Callable[[Told], str]] = {
    "ticket_opened": _opened,
    "assigned": _assigned,
    "status_changed": _status,
    "fields_changed": _fields,
    "tickets_linked": _linked,
    "text_erased": _erased,
    "call_logged": _call,
    "private_link_made": _link_made,
    "private_links_ended": _links_ended,
    "survey_asked": _asked,
    "survey_answered": _rated,
}
