"""The exchange form of a clock question: calendar, policy and log in, cycles out.

    {"calendar": {...}, "policy": {"targets": [{"when": {"priority": "P1"}, "first_response": 900}],
     "pause_in": ["pending"], "done_in": ["resolved"]}, "events": [{"id", "at", "type", ...}], "now": "..."}

`assigned` (and `created`) names a `group`, and an `assignee` once somebody of it has it; `vendor_out`
hands it to the supplier and `vendor_in` takes it back. Targets may be any of the six clocks.

`when` lists the wanted value (or a list of values) per field; a row without it is for everything.
A row may have its own `calendar`, or `calendars` by clock, and a `name`. Where statuses mean more than
`pause_in` and `done_in` can say, `statuses` does: `{"scheduled": {"category": "waiting", "clocks":
{"update": "paused"}}}`. Moments are ISO instants with their offset.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

from servicedesk.calendars.hours import OpeningHours
from servicedesk.kernel.conditions import AllOf, Comparison, Condition, Field, FieldType, Operator, Scalar
from sla.core.clock import fold
from sla.core.cycle import Cycle
from sla.core.events import (
    KINDS,
    AgreementAssigned,
    Event,
    Kind,
    Reopening,
    Retargeting,
    StatusRule,
    TargetInForce,
    status_rule,
)
from sla.core.events import Effect as On
from sla.core.exchange_events import changes_of, event_of
from sla.core.exchange_values import (
    choice_in,
    flag_in,
    instant_in,
    mapping_in,
    mappings_in,
    number_in,
    one_of,
    text_in,
    texts_in,
)
from sla.core.matching import Rule, first_match

Entries = Mapping[str, object]


def answer(request: Entries) -> dict[str, object]:
    """Return `{"cycles": [...]}` for one request; raises BadRequest or InvalidCalendar."""
    now = instant_in(request, "now")
    statuses = statuses_of(request)
    cycles = fold(log_of(request), statuses=statuses, now=now)
    return {"cycles": [written(cycle) for cycle in cycles]}


def written(cycle: Cycle) -> dict[str, object]:
    """Return a cycle in the exchange form."""
    return {
        "clock": cycle.kind,
        "cycle": cycle.number,
        "state": cycle.state,
        "elapsed_seconds": cycle.elapsed_seconds,
        "due_at": _moment(cycle.due_at),
        "breach_at": _moment(cycle.breach_at),
        "breached_at": _moment(cycle.breached_at),
        "ledger": [
            [_moment(span.from_at), _moment(span.to_at), span.kind, span.reason] for span in cycle.spans
        ],
    }


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def statuses_of(request: Entries) -> Mapping[str, StatusRule]:
    """Return what the request's policy makes of each status."""
    return _Statuses(mapping_in(request, "policy"))


class _Statuses(dict[str, StatusRule]):
    """What the policy makes of each status; whatever it does not name is open, and time runs."""

    def __init__(self, policy: Entries) -> None:
        first = On.PAUSED if flag_in(policy, "pause_first_response", False) else On.RUNS
        paused = status_rule("waiting", first, On.PAUSED, On.PAUSED)
        done = status_rule("resolved", On.STOPS, On.STOPS, On.HELD)
        super().__init__(dict.fromkeys(texts_in(policy, "pause_in"), paused))
        self.update(dict.fromkeys(texts_in(policy, "done_in"), done))
        named = mapping_in(policy, "statuses") if "statuses" in policy else {}
        self.update({key: _status(mapping_in(named, key)) for key in named})

    def __missing__(self, key: str) -> StatusRule:
        return status_rule("open", On.RUNS, On.RUNS, On.RUNS)


def _status(entry: Entries) -> StatusRule:
    effects = mapping_in(entry, "clocks") if "clocks" in entry else {}
    return StatusRule(
        text_in(entry, "category"),
        {
            cast(Kind, one_of(kind, "clocks", KINDS)): On(one_of(text_in(effects, kind), kind, list(On)))
            for kind in effects
        },
    )


def log_of(request: Entries) -> Iterator[Event]:
    """Yield the events, and beside each change of a matched field the targets it brings into force."""
    events = [(event_of(entry, order), entry) for order, entry in enumerate(mappings_in(request, "events"))]
    policy = _Policy(request)
    facts: dict[str, object] = {}
    seen: set[str] = set()
    for event, entry in sorted(events, key=lambda pair: (pair[0].at, pair[0].order)):
        if event.id in seen:
            continue
        seen.add(event.id)
        yield event
        changes = changes_of(entry)
        is_change = any(name not in facts or facts[name] != to for name, to in changes.items())
        facts |= changes
        is_replaced = policy.take(entry)
        if is_change or is_replaced or entry["type"] == "created":
            yield policy.assigned(facts, event)


class _Policy:
    """The policy and calendar in force, which entries of the log may replace."""

    def __init__(self, request: Entries) -> None:
        self.calendar = mapping_in(request, "calendar")
        self.entries = mapping_in(request, "policy")

    def take(self, entry: Entries) -> bool:
        """Put the policy or calendar that `entry` assigns in force; return whether it did."""
        if entry["type"] == "calendar":
            self.calendar = mapping_in(entry, "to")
        elif entry["type"] == "policy":
            self.entries = mapping_in(entry, "to")
        else:
            return False
        return True

    def assigned(self, facts: Entries, event: Event) -> AgreementAssigned:
        policy = self.entries
        rules = [
            Rule(text_in(row, "name", str(place)), _wanted(row), row)
            for place, row in enumerate(mappings_in(policy, "targets"))
        ]
        match = first_match(rules, _Known(facts), at=event.at)
        return AgreementAssigned(
            id=f"{event.id} targets",
            at=event.at,
            order=event.order,
            save=event.save,
            agreement_version_id=None,
            rule=match.rule.name if match else None,
            targets=self._targets(match.rule.targets) if match else {},
            retarget=cast(Retargeting, choice_in(policy, "retarget", ("from_start", "from_change"))),
            reopen=cast(Reopening, choice_in(policy, "reopen", ("continue", "new_cycle"))),
            continue_within_seconds=number_in(policy, "reopen_limit_days", 14) * 86_400,
        )

    def _targets(self, row: Entries) -> dict[Kind, TargetInForce]:
        usual = mapping_in(row, "calendar") if "calendar" in row else self.calendar
        own = mapping_in(row, "calendars") if "calendars" in row else {}
        return {
            kind: TargetInForce(number_in(row, kind), _hours(mapping_in(own, kind) if kind in own else usual))
            for kind in KINDS
            if row.get(kind) is not None
        }


def _hours(calendar: Entries) -> OpeningHours:
    return _compiled(json.dumps(calendar, sort_keys=True))


@lru_cache(maxsize=64)
def _compiled(document: str) -> OpeningHours:
    return OpeningHours.from_exchange(json.loads(document))


class _Known(dict[str, object]):
    """Facts where a field nobody has set is simply missing."""

    def __missing__(self, key: str) -> None:
        return None


def _wanted(row: Entries) -> Condition | None:
    wanted = mapping_in(row, "when") if row.get("when") is not None else {}
    if not wanted:
        return None
    return AllOf(tuple(_is(name, value) for name, value in wanted.items()))


def _is(name: str, value: object) -> Comparison:
    field = Field(name, FieldType.CHOICE)
    if isinstance(value, list):
        return Comparison(field, Operator.IN, tuple(value), value)
    return Comparison(field, Operator.IS, cast(Scalar, value), value)
