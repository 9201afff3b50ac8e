"""The audit of promises: what the log says was promised is what the published version promises.

This one needs the ticket's log and the published version alone: that the promise is the rule's, and that what
decided for it is still so. That the rule is the first that held is found in audit_choices.py.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from servicedesk.kernel.chain import LoggedEvent
from sla.core.audit_log import KNOWN

# What a ticket's log tells of the fields that rules may name.
_TOLD = frozenset(
    {"priority", "category_id", "item_id", "organisation_id", "branch_id", "group_id", "channel", "kind"}
    | {"language", "requester_id"}
)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": lambda value, wanted: value == wanted,
    "is_not": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "not_in": lambda value, wanted: value not in wanted,
}


@dataclass(frozen=True, slots=True)
class Published:
    """Published versions: agreements by id as (key, document), calendars by key as (from, id), in order."""

    agreements: Mapping[int, tuple[str, Mapping[str, Any]]]
    calendars: Mapping[str, Sequence[tuple[datetime, int]]]


@dataclass(frozen=True, slots=True)
class BadPromise:
    """An event that promises something else than what was published, or no longer fits the ticket."""

    seq: int
    what: str
    said: object
    rebuilt: object


def audit_promises(log: Sequence[LoggedEvent], published: Published) -> Iterator[BadPromise]:
    """Yield what is wrong with the promises in a ticket's log, in order of seq."""
    shown: Any = log[0].body.get("clocks") if log else None
    for event in log:
        if event.type == "agreement_assigned" and event.body["version_id"] is not None:
            yield from _differs_from_its_rule(event, shown, published)
    yield from _stale(log)


def _differs_from_its_rule(event: LoggedEvent, shown: Any, published: Published) -> Iterator[BadPromise]:
    said: Any = event.body
    key, document = published.agreements[said["version_id"]]
    rules = document["rules"]
    position = next((place for place, rule in enumerate(rules, 1) if rule["name"] == said["rule"]), None)
    told = {
        "agreement": key,
        "position": position,
        "retarget": document.get("retarget", "from_start"),
        "reopen": document.get("reopen", "continue"),
        "reopen_within_days": document.get("reopen_within_days", 14),
    }
    for name, rebuilt in told.items():
        if said[name] != rebuilt:
            yield BadPromise(event.seq, name, said[name], rebuilt)
    if position is None:
        return
    rule = rules[position - 1]
    kinds = [kind for kind in rule["targets"] if shown is None or kind in shown]
    possible = _in_force(published.calendars[rule["calendar"]], event.at)
    promised = [{kind: [rule["targets"][kind], calendar] for kind in kinds} for calendar in possible]
    if _plain(said["targets"]) not in promised:
        yield BadPromise(event.seq, "targets", said["targets"], promised[0])


def _plain(targets: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    return {kind: list(target) for kind, target in targets.items()}


def _in_force(versions: Sequence[tuple[datetime, int]], at: datetime) -> list[int]:
    """Return the version in force at a moment; also the one before, where it began at that very moment."""
    begun = [version for version in versions if version[0] <= at] or list(versions[:1])
    latest = [version_id for _begins, version_id in begun[-1:]]
    return latest + [version_id for begins, version_id in begun[-2:-1] if begun[-1][0] == at]


def _stale(log: Sequence[LoggedEvent]) -> Iterator[BadPromise]:
    """Yield promises that were not looked at again when what had decided for them changed."""
    known = sorted((event for event in log if event.type in KNOWN), key=lambda event: (event.at, event.seq))
    facts: dict[str, Any] = {}
    promise: LoggedEvent | None = None
    for position, event in enumerate(known):
        facts |= _facts(event)
        if event.type == "agreement_assigned":
            promise = event
        is_end_of_save = position + 1 == len(known) or known[position + 1].command_id != event.command_id
        if promise is None or not is_end_of_save:
            continue
        reasons: Any = promise.body["matched"]
        for reason in reasons:
            if reason["field"] in facts and not _decides_alike(reason, facts[reason["field"]]):
                yield BadPromise(
                    event.seq, f"no new promise for {reason['field']}", reason, facts[reason["field"]]
                )


def _facts(event: LoggedEvent) -> dict[str, Any]:
    said: Any = event.body
    found: dict[str, Any] = {}
    if event.type == "ticket_opened":
        found = dict(said)
    elif event.type == "fields_changed":
        found = {name: new for name, (_old, new) in said["changes"].items()}
    elif event.type == "assigned":
        found = {"group_id": said["group_id"]}
    found = {name: value for name, value in found.items() if name in _TOLD}
    return found | ({"priority": f"P{found['priority']}"} if "priority" in found else {})


def _decides_alike(reason: Mapping[str, Any], value: Any) -> bool:
    compare = _COMPARISONS.get(reason["operator"])
    if compare is None:
        return True
    return compare(reason["value"], reason["wanted"]) is compare(value, reason["wanted"])
