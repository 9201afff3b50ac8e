"""Cards of hand-overs as agents read them: what was offered to whom, what the card says, and how it ended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from portal import words
from portal.desk.facts import Fact
from portal.desk.happenings import Names, Told
from portal.words import Moment
from servicedesk.identity.directory import groups
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.events import Json
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.handovers import ACCEPTED, OFFERED, endings_of
from servicedesk.tickets.queries import Conversation


@dataclass(frozen=True, slots=True)
class HandoverCard:
    """One hand-over: `outcome` is empty while it is on offer; `state` is one of the five of a clock."""

    id: str
    seq: int
    at: Moment
    title: str
    facts: Sequence[Fact]
    outcome: str = ""
    why: str = ""
    state: str = "due"


def place_name(group_id: int | None, person_id: int | None) -> str:
    """Return a person with their team, or a team."""
    team = words.team_name(group_id)
    group = groups().get(group_id) if group_id is not None else None
    person = dict(group.members).get(person_id) if group and person_id is not None else None
    return f"{person}, {team}" if person else team


def cards(spoken: Conversation, names: Names) -> Mapping[int, HandoverCard]:
    """Return the cards of a conversation by the event that offered them."""
    endings = endings_of(spoken)
    return {
        event.seq: _ended(_card(event, spoken.texts, names), endings.get(event.seq), spoken.texts, names)
        for event in spoken.events
        if event.type == OFFERED
    }


def _card(event: LoggedEvent, texts: Mapping[int, Mapping[str, Json]], names: Names) -> HandoverCard:
    told = Told(event, names)
    return HandoverCard(
        id=f"event-{event.seq}",
        seq=event.seq,
        at=words.moment(event.at),
        title=offered(told),
        facts=tuple(_said(texts.get(event.seq, {}))),
    )


def _said(text: Mapping[str, Json]) -> Iterator[Fact]:
    labels = {
        "done": str(_("Done")),
        "left": str(_("Left to do")),
        "watch_out": str(_("Watch out")),
        "next_step": str(_("Next step")),
    }
    if not text:
        yield Fact(str(_("Card")), str(_("(This text was erased.)")))
    for name, label in labels.items():
        if text.get(name):
            yield Fact(label, str(text[name]))


def _ended(
    card: HandoverCard, ending: LoggedEvent | None, texts: Mapping[int, Mapping[str, Json]], names: Names
) -> HandoverCard:
    if ending is None:
        return card
    is_accepted = ending.type == ACCEPTED
    return replace(
        card,
        outcome=ended(Told(ending, names)),
        why=str(texts.get(ending.seq, {}).get("why", "")),
        state="met" if is_accepted else "held",
    )


def offered(told: Told) -> str:
    """Return who offered it to whom."""
    group_id, person_id = cast(int, told.body["group_id"]), told.body["person_id"]
    team = words.isolated(words.team_name(group_id))
    if person_id is None:
        return str(_("%(who)s offers it to %(team)s", who=told.who, team=team))
    values = {"who": told.who, "person": told.person(person_id), "team": team}
    return str(_("%(who)s offers it to %(person)s, %(team)s", **values))


def ended(told: Told) -> str:
    """Return how an offer ended."""
    if told.event.type == ACCEPTED:
        return str(_("%(who)s accepted the hand-over", who=told.who))
    sentences = {
        "sent_back": _("%(who)s sent the hand-over back", who=told.who),
        "taken_back": _("%(who)s took the hand-over back", who=told.who),
        "assigned": _("the hand-over ended: it was assigned otherwise"),
        "resolved": _("the hand-over ended: it was resolved"),
        "closed": _("the hand-over ended: it was closed"),
    }
    return str(sentences.get(str(told.body["how"]), _("the hand-over ended")))


SENTENCES = {OFFERED: offered, ACCEPTED: ended, "handover_ended": ended}
