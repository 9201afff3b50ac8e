"""What routing writes into the log: on the ticket's stream, and on those of models and rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from servicedesk.kernel.events import DomainEvent, Json
from servicedesk.tickets.events import TicketEvent

MODEL = "model"
RULE = "routing_rule"


@dataclass(frozen=True, kw_only=True)
class RoutingDecided(TicketEvent):
    """Routing looked at a new request; the cause is the rule, model or catalogue that answered.

    candidates: (label, probability), labels being keys of `target`. sends: what is set because of it,
    empty where a person decides. reasons, urgency_reasons: words of the request, so they can be erased.
    """

    type: ClassVar[str] = "routing_decided"
    personal: ClassVar[frozenset[str]] = frozenset({"reasons", "urgency_reasons"})

    target: str
    candidates: tuple[tuple[str, float], ...]
    is_sure: bool
    urgency: int | None
    sends: Mapping[str, Json]
    matched: tuple[Mapping[str, Json], ...] = ()
    reasons: tuple[str, ...] = ()
    urgency_reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ModelTrained(DomainEvent):
    """A model was trained and kept; `card` says on what, how sure it is and how it did."""

    stream_kind: ClassVar[str] = MODEL
    type: ClassVar[str] = "model_trained"

    number: int
    digest: str
    card: Mapping[str, Json]


@dataclass(frozen=True, kw_only=True)
class ModelActivated(DomainEvent):
    """From now on this model answers."""

    stream_kind: ClassVar[str] = MODEL
    type: ClassVar[str] = "model_activated"

    number: int


@dataclass(frozen=True, kw_only=True)
class RoutingRulePublished(DomainEvent):
    """A rule says this from now on."""

    stream_kind: ClassVar[str] = RULE
    type: ClassVar[str] = "routing_rule_published"

    key: str
    name: str
    position: int
    owner_id: int
    number: int
    condition: Mapping[str, Json]
    group_id: int | None
    category_id: int | None
    urgency: int | None


@dataclass(frozen=True, kw_only=True)
class RoutingRuleSwitched(DomainEvent):
    """A rule was switched on or off."""

    stream_kind: ClassVar[str] = RULE
    type: ClassVar[str] = "routing_rule_switched"

    is_active: bool
