"""What was, or would be, promised at a moment: agreements and calendars as they were known by then.

The desk decides by the versions it knows when it writes: one published later says nothing about what was
promised before, even where it counts for an earlier moment (history older than an agreement is measured by
its first version). So everything here carries since when it was known. A proposal stands in place of all
versions of one agreement or calendar, from always on.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from servicedesk.calendars.hours import OpeningHours
from servicedesk.kernel.conditions import FieldType, comparisons
from sla.core.agreement import AgreementDocument, RuleTargets
from sla.core.events import Kind, Reopening, Retargeting, TargetInForce
from sla.core.matching import Match, first_match

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
# A version may be published while a save that began before it still reads the old ones.
LONGEST_SAVE = timedelta(seconds=30)
Columns = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Offer:
    """A version of an agreement, known since `known_at`; `version_id` is None for a proposal."""

    agreement_id: int
    key: str
    position: float
    version_id: int | None
    number: int
    known_at: datetime
    begins: datetime
    document: AgreementDocument


@dataclass(frozen=True, slots=True)
class HoursOffer:
    """A version of a calendar, known since `known_at`; `version_id` is None for a proposal."""

    key: str
    version_id: int | None
    number: int
    known_at: datetime
    begins: datetime
    hours: OpeningHours


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule promises a ticket; `targets` empty where no rule holds."""

    version_id: int | None
    rule: str | None
    agreement: str | None = None
    position: int | None = None
    targets: Mapping[Kind, TargetInForce] = field(default_factory=dict)
    retarget: Retargeting = "from_start"
    reopen: Reopening = "continue"
    continue_within_seconds: int = 14 * 86_400

    @property
    def choice(self) -> tuple[str | None, int | None, str | None]:
        """What a later look is compared with: only another rule, or version of it, is another promise."""
        return self.agreement, self.version_id, self.rule

    def said(self) -> tuple[object, ...]:
        """Return what an event of the log records of these terms."""
        targets = {kind: (each.seconds, each.calendar_version_id) for kind, each in self.targets.items()}
        return self.version_id, self.rule, tuple(sorted(targets.items()))

    def is_same_promise(self, other: "Terms") -> bool:
        """Say whether a cycle goes on under `other` as it did under these."""
        if self.targets.keys() != other.targets.keys():
            return False
        if (self.reopen, self.continue_within_seconds) != (other.reopen, other.continue_within_seconds):
            return False
        if other.retarget == "from_change" and self.rule != other.rule:
            return False
        return all(
            each.seconds == other.targets[kind].seconds
            and each.is_measured_by(other.targets[kind].hours, other.targets[kind].calendar_version_id)
            for kind, each in self.targets.items()
        )


NOTHING = Terms(None, None)


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant at which something took effect, and the one at which the desk learned of it."""

    at: datetime
    received_at: datetime


@dataclass(slots=True)
class Policy:
    """Every version there is, and how the columns of a ticket read as fields of conditions.

    facts_of: takes columns and a moment, since a customer's tier is that of the moment.
    """

    offers: Sequence[Offer]
    calendars: Sequence[HoursOffer]
    facts_of: Callable[[Columns, datetime], Mapping[str, object]]
    _published: list[datetime] = field(init=False)
    _ranks: dict[int, int] = field(init=False)
    _edges: list[datetime] = field(init=False)
    _named: tuple[str, ...] | None = field(init=False)
    _in_force: dict[tuple[int, int], list[Offer]] = field(init=False, default_factory=dict)
    _kept: dict[object, Terms] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        published: list[Offer | HoursOffer] = [*self.offers, *self.calendars]
        published.sort(key=lambda each: (each.known_at, each.version_id or 0))
        self._published = [each.known_at for each in published]
        self._ranks = {id(each): rank for rank, each in enumerate(published)}
        self._edges = sorted({each.begins for each in published})
        self._named = _fields_named(self.offers)

    def terms(
        self,
        facts: Mapping[str, object],
        when: Moment,
        shown: tuple[str, ...] | None,
        said: Callable[[], object],
    ) -> Terms:
        """Return what was promised; `shown`: the clocks that the ticket's history can show (None: all).

        said: returns what the log records. It decides only between what a save may have read while a version
        was being published.
        """
        known = bisect_right(self._published, when.received_at)
        first = self._terms(facts, when.at, known, shown)
        certain = bisect_right(self._published, when.received_at - LONGEST_SAVE)
        if certain == known:
            return first
        recorded = said()
        others = (self._terms(facts, when.at, count, shown) for count in range(known, certain - 1, -1))
        return next((each for each in others if each.said() == recorded), first)

    def _terms(
        self, facts: Mapping[str, object], at: datetime, known: int, shown: tuple[str, ...] | None
    ) -> Terms:
        slot = bisect_right(self._edges, at)
        if self._named is None:  # a rule that looks at moments
            return self._found(facts, at, known, slot, shown)
        key = (known, slot, shown, *[facts[name] for name in self._named])
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = self._found(facts, at, known, slot, shown)
        return kept

    def _found(
        self, facts: Mapping[str, object], at: datetime, known: int, slot: int, shown: tuple[str, ...] | None
    ) -> Terms:
        for offer in self._offers_in_force(at, known, slot):
            match = first_match(offer.document.rules, facts, at=at)
            if match is not None:
                return self._promise(offer, match, at, known, shown)
        return NOTHING

    def _offers_in_force(self, at: datetime, known: int, slot: int) -> list[Offer]:
        found = self._in_force.get((known, slot))
        if found is None:
            by_agreement: dict[int, list[Offer]] = {}
            for offer in sorted(self.offers, key=lambda each: (each.begins, each.number)):
                if self._ranks[id(offer)] < known:
                    by_agreement.setdefault(offer.agreement_id, []).append(offer)
            chosen = [_one_in_force(offers, at) for offers in by_agreement.values()]
            places = {
                id_: max(offers, key=lambda each: each.number).position
                for id_, offers in by_agreement.items()
            }
            found = sorted(chosen, key=lambda each: places[each.agreement_id])
            self._in_force[known, slot] = found
        return found

    def _promise(
        self,
        offer: Offer,
        match: Match[RuleTargets],
        at: datetime,
        known: int,
        shown: tuple[str, ...] | None,
    ) -> Terms:
        targets, document = match.rule.targets, offer.document
        hours = self._hours(targets.calendar, at, known)
        return Terms(
            version_id=offer.version_id,
            rule=match.rule.name,
            agreement=offer.key,
            position=match.position,
            targets={
                kind: TargetInForce(seconds, hours.hours, hours.version_id)
                for kind, seconds in targets.seconds.items()
                if shown is None or kind in shown
            },
            retarget=document.retarget,
            reopen=document.reopen,
            continue_within_seconds=document.reopen_within_days * 86_400,
        )

    def _hours(self, key: str, at: datetime, known: int) -> HoursOffer:
        versions = [each for each in self.calendars if each.key == key]
        by_then = [each for each in versions if self._ranks[id(each)] < known] or versions
        begun = [each for each in by_then if each.begins <= at]
        if begun:
            return max(begun, key=lambda each: (each.begins, each.number))
        return min(by_then, key=lambda each: (each.begins, each.number))

    def with_agreement(self, proposed: Offer) -> "Policy":
        """Return the policy in which `proposed` stands in place of its agreement, whenever one looks."""
        others = [each for each in self.offers if each.agreement_id != proposed.agreement_id]
        return replace(self, offers=[*others, proposed])

    def with_calendar(self, proposed: HoursOffer, combined: Collection[str] = ()) -> "Policy":
        """Return the policy in which `proposed` stands in place of its calendar, whenever one looks.

        combined: the calendars in which it stands also where they combine any version of that calendar; each
        of their versions counts from when it did.
        """
        old = [each.hours for each in self.calendars if each.key == proposed.key]
        others = [
            _with_part(each, old, proposed.hours) if each.key in combined else each
            for each in self.calendars
            if each.key != proposed.key
        ]
        return replace(self, calendars=[*others, proposed])

    def combining(self, key: str) -> set[str]:
        """Return the calendars of which a version combines a version of this one."""
        own = [each.hours for each in self.calendars if each.key == key]
        return {each.key for each in self.calendars if each.key != key and each.hours.has_part(own)}


def _with_part(offer: HoursOffer, old: Collection[OpeningHours], new: OpeningHours) -> HoursOffer:
    hours = offer.hours.with_part(old, new)
    return offer if hours is offer.hours else replace(offer, hours=hours, version_id=None)


def _one_in_force(offers: Sequence[Offer], at: datetime) -> Offer:
    """Return the version that counts at a moment; before any does, the first counts.

    offers: of one agreement, by the moment they take effect.
    """
    begun = [each for each in offers if each.begins <= at]
    return begun[-1] if begun else min(offers, key=lambda each: each.number)


def _fields_named(offers: Sequence[Offer]) -> tuple[str, ...] | None:
    """Return the fields that rules look at, None where any of them is a moment."""
    named: set[str] = set()
    for offer in offers:
        for rule in offer.document.rules:
            for comparison in comparisons(rule.condition) if rule.condition is not None else ():
                if comparison.field.type is FieldType.INSTANT:
                    return None
                named.add(comparison.field.name)
    return tuple(sorted(named))
