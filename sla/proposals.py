"""What somebody proposes to the past: an agreement, a calendar, or both, as plain data that was checked.

    {"agreement": {"key": "standard", "before": null, "document": {…}},
     "calendar": {"key": "desk", "document": {…}, "combined": ["shared"]}}

`combined` names calendars that combine this one and are tried with it; the others stay as they were.
A key that there is not begins a new agreement, tried right before the one that `before` names (null: where it
is, or last).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from servicedesk.calendars.hours import InvalidCalendar, OpeningHours
from servicedesk.calendars.reasons import sentence_for
from servicedesk.kernel.errors import Invalid
from servicedesk.kernel.i18n import gettext as _
from servicedesk.tickets.fields import condition_fields
from sla.agreements import matched_fields
from sla.core.agreement import AgreementDocument, InvalidAgreement, read_agreement
from sla.core.policy import ALWAYS, HoursOffer, Offer, Policy

_LATEST = 10**9


@dataclass(frozen=True, slots=True)
class Proposed:
    """The policy with the proposal in it, and the hours that staff would keep."""

    policy: Policy
    hours: OpeningHours | None


def applied(policy: Policy, proposal: Mapping[str, Any], *, desk_calendar: str) -> Proposed:
    """Return the policy that `proposal` asks for; raises Invalid where it cannot be used."""
    calendar, agreement = proposal.get("calendar"), proposal.get("agreement")
    if not isinstance(agreement, Mapping | None) or not isinstance(calendar, Mapping | None):
        raise _unusable("agreement.shape", "")
    if not agreement and not calendar:
        raise Invalid("replay.nothing", _("Propose an agreement or a calendar."), field="document")
    hours = None
    if calendar:
        hours, key = _hours(calendar.get("document")), str(calendar.get("key"))
        combined = _combined(policy, key, calendar.get("combined", []))
        policy = policy.with_calendar(HoursOffer(key, None, _LATEST, ALWAYS, ALWAYS, hours), combined)
        hours = None if desk_calendar in combined else hours
    if agreement:
        policy = policy.with_agreement(_offer(policy, agreement))
    staffed = [each.hours for each in policy.calendars if each.key == desk_calendar]
    return Proposed(policy, hours or (staffed[-1] if staffed else None))


def _hours(document: object) -> OpeningHours:
    if not isinstance(document, Mapping):
        raise Invalid("calendar.shape", _("This calendar cannot be used."), field="document")
    try:
        return OpeningHours.from_exchange(document)
    except InvalidCalendar as error:
        raise Invalid(error.code, sentence_for(error), field="document", path=error.field) from None


def _combined(policy: Policy, key: str, named: object) -> list[str]:
    known = list(policy.combining(key))  # what is named may be anything, also what no set can hold
    if not isinstance(named, list) or any(each not in known for each in named):
        sentence = _("Choose calendars that combine this one.")
        raise Invalid("calendar.not_combined", sentence, field="document", path="combined")
    return named


def _offer(policy: Policy, said: Mapping[str, Any]) -> Offer:
    document = _document(said.get("document"))
    known = {each.key for each in policy.calendars}
    for place, rule in enumerate(document.rules):
        if rule.targets.calendar not in known:
            raise _unusable("agreement.calendar", f"rules[{place}].calendar")
    key = str(said.get("key"))
    own = [each for each in policy.offers if each.key == key]
    new_id = min([0, *(each.agreement_id for each in policy.offers)]) - 1
    return Offer(
        agreement_id=own[-1].agreement_id if own else new_id,
        key=key,
        position=_position(policy, key, said.get("before"), own),
        version_id=None,
        number=_LATEST,
        known_at=ALWAYS,
        begins=ALWAYS,
        document=document,
    )


def _position(policy: Policy, key: str, before: object, own: list[Offer]) -> float:
    if before:
        places = [each.position for each in policy.offers if each.key == before and before != key]
        if not places:
            raise Invalid("agreement.before", _("Choose an agreement from the list."), field="before")
        return places[-1] - 0.5
    if own:
        return own[-1].position
    return max((each.position for each in policy.offers), default=0) + 1


def _document(document: object) -> AgreementDocument:
    try:
        return read_agreement(document, matched_fields(), condition_fields())
    except InvalidAgreement as error:
        raise _unusable(error.code, error.path) from None


def _unusable(code: str, path: str) -> Invalid:
    sentence = _("This agreement cannot be used: look at the named place.")
    return Invalid(code, sentence, field="document", path=path)
