"""Why the desk did what it did: the cause of one event, and the values that matched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from flask import url_for

from portal import words
from portal.desk import promised
from portal.desk.facts import Fact
from portal.desk.happenings import Told, cause_name
from portal.desk.matching import Comparison, comparison
from portal.desk.telling import sentence
from portal.desk.timeline import names_in
from routing.core.model import Target
from routing.targets import name_of
from servicedesk.identity.actor import Actor
from servicedesk.identity.permissions import Permission
from servicedesk.kernel import i18n
from servicedesk.kernel.db import instant_from
from servicedesk.kernel.display import percent, when, working_duration
from servicedesk.kernel.errors import NotFound
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.access import may, triage_ids
from servicedesk.tickets.queries import conversation, ticket_detail


@dataclass(frozen=True, slots=True)
class Why:
    """What happened, who or what did it and when, and the comparisons or words that decided."""

    text: str
    facts: Sequence[Fact]
    reasons_title: str
    reasons: Sequence[Comparison]
    back: str


def why_of(viewer: Actor, ticket_id: int, seq: int) -> Why:
    """Return the why of event `seq`; NotFound where there is none, or it is not for this viewer."""
    ticket = ticket_detail(viewer, ticket_id)
    spoken = conversation(viewer, ticket)
    found = [event for event in spoken.events if event.seq == seq]
    if not found or not may(viewer, Permission.TICKET_SEE_NOTES, ticket, triage_ids()):
        raise NotFound("event.not_found", _("There is no such event on this request."))
    told = Told(found[0], names_in(viewer, ticket, spoken))
    title, reasons = _reasons(told, spoken.texts.get(seq, {}))
    ref = words.ticket_ref(ticket_id)
    return Why(
        text=sentence(told),
        facts=[fact for fact in (*_envelope(told), *_particulars(told)) if fact.value],
        reasons_title=title,
        reasons=reasons,
        back=f"{url_for('desk.ticket', ref=ref)}#event-{seq}",
    )


def _envelope(told: Told) -> list[Fact]:
    """Return who did it, because of what, when it took effect, and when the desk learned of it."""
    event = told.event
    facts = [
        Fact(str(_("Done by")), _done_by(told)),
        Fact(str(_("Because of")), _because(told)),
        Fact(str(_("Took effect")), words.moment(event.at).title),
    ]
    if event.received_at != event.at:
        facts.append(Fact(str(_("Written down")), words.moment(event.received_at).title))
    return facts


def _done_by(told: Told) -> str:
    """Return the person who did it; what follows from a person's doing by a rule is the desk's own work."""
    if told.event.actor.kind == "person" and told.event.cause.kind == "person":
        return told.who
    return str(_("the desk itself"))


def _because(told: Told) -> str:
    cause = told.event.cause
    if cause.kind == "person":
        return str(_("their own decision"))
    if cause.kind == "schedule":
        return str(_("the time had come"))
    if cause.kind == "agreement" and told.body.get("agreement"):
        return promised.agreement_name(told.body)
    return cause_name(told.event)


def _particulars(told: Told) -> list[Fact]:
    tell = {
        "agreement_assigned": _of_agreement,
        "routing_decided": _of_routing,
        "target_at_risk": _of_target,
        "target_missed": _of_target,
        "target_still_missed": _of_target,
        "step_taken": _of_step,
    }.get(told.event.type)
    return tell(told) if tell else []


def _of_agreement(told: Told) -> list[Fact]:
    body = told.body
    if body.get("version_id") is None:
        return []
    targets = cast("Mapping[str, Sequence[int]]", body["targets"])
    return [
        Fact(
            str(_("Rule")),
            words.seeded_name(str(body["rule"])),
            str(_("Number %(position)s in its order", position=body["position"])),
        ),
        Fact(str(_("Promises")), promised.targets_in_words(targets)),
    ]


def _of_routing(told: Told) -> list[Fact]:
    target = cast(Target, told.body["target"])
    candidates = cast("Sequence[tuple[str, float]]", told.body["candidates"])
    language = i18n.current_language()
    if not told.body["is_sure"]:
        sure = str(_("no, so a person decides"))
    elif told.body["sends"]:
        sure = str(_("yes, so it acted"))
    else:
        sure = str(_("yes, but the request was already dealt with, so it only proposes"))
    shown = [Fact(name_of(target, label, language), percent(share)) for label, share in candidates]
    return [*shown, Fact(str(_("Sure enough?")), sure)]


def _of_target(told: Told) -> list[Fact]:
    return [
        Fact(str(_("True moment")), when(instant_from(str(told.body["due_at"])))),
        Fact(str(_("Noticed after")), working_duration(cast(float, told.body["lag_seconds"]))),
    ]


def _of_step(told: Told) -> list[Fact]:
    """Return the agreement, rule and step that acted."""
    return [
        Fact(str(_("Rule")), words.seeded_name(str(told.body["rule"]))),
        Fact(str(_("Step")), promised.step_name(told.body)),
    ]


def _reasons(told: Told, texts: Mapping[str, object]) -> tuple[str, list[Comparison]]:
    """Return the comparisons of a rule, or the words of the request that spoke for a proposal."""
    matched = cast("Sequence[Mapping[str, object]]", told.body.get("matched") or ())
    if matched:
        rows = [
            comparison(str(row["field"]), str(row["operator"]), row["wanted"], row["value"])
            for row in matched
        ]
        return str(_("What matched")), rows
    said = [
        *cast("list[str]", texts.get("reasons", [])),
        *cast("list[str]", texts.get("urgency_reasons", [])),
    ]
    if said:
        spoke = str(_("speaks for it"))
        return str(_("Words of the request")), [Comparison(f"“{text}”", spoke, "") for text in said]
    if told.event.type == "fields_changed" and texts.get("why"):
        return str(_("Reason given")), [Comparison(str(texts["why"]), "", "")]
    return "", []
