"""Core events written in the exchange form, so that somebody else can fold them again with `sla explain`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sla.core.events import (
    AgreementAssigned,
    Assigned,
    Created,
    Event,
    Gone,
    Held,
    Message,
    Overridden,
    Released,
    StatusRule,
    StatusSet,
    Stopped,
    VendorTurn,
)

Entry = dict[str, object]


def written_request(
    events: Sequence[Event], statuses: Mapping[str, StatusRule], now: datetime
) -> dict[str, object]:
    """Return the request whose answer is the fold of these events.

    The targets in force arrive as entries of the log (`policy`), as they did in the desk; nothing is promised
    before the first of them.
    """
    last = next((event for event in reversed(events) if _measures(event)), None)
    return {
        "calendar": _calendar(last),
        "policy": _policy((), statuses, {}),
        "events": [_written(event, statuses) for event in events],
        "now": _instant(now),
    }


def _measures(event: Event) -> bool:
    return isinstance(event, AgreementAssigned) and bool(event.targets)


def _calendar(event: Event | None) -> dict[str, object]:
    """Return the calendar of the last promise; one that never opens where nothing is promised."""
    if not isinstance(event, AgreementAssigned):
        return {"tz": "UTC", "week": {}}
    return next(iter(event.targets.values())).hours.to_exchange()


def _written(event: Event, statuses: Mapping[str, StatusRule]) -> Entry:
    said: Entry = {"id": event.id, "at": _instant(event.at), "order": event.order}
    if event.save is not None:
        said["command_id"] = event.save
    if event.imported:
        said |= {"imported": True}
    if event.received_at is not None:
        said["received_at"] = _instant(event.received_at)
    return said | {"at_known": event.at_known} | _particulars(event, statuses)


def _particulars(event: Event, statuses: Mapping[str, StatusRule]) -> Entry:
    match event:
        case Created():
            return {"type": "created", "status": event.status, "by": event.by} | _hands(event)
        case Assigned():
            return {"type": "assigned"} | _hands(event)
        case VendorTurn():
            return {"type": "vendor_out" if event.is_out else "vendor_in"}
        case Message():
            return {"type": "message", "by": event.by, "public": event.public}
        case StatusSet():
            return {"type": "status", "to": event.status}
        case AgreementAssigned():
            return {"type": "policy", "to": _assigned(event, statuses)}
        case Gone():
            return {"type": event.reason}
        case _:
            return _by_hand(event)


def _by_hand(event: Event) -> Entry:
    match event:
        case Held() | Released():
            kind = "hold" if isinstance(event, Held) else "release"
            return {"type": kind, "clock": event.kind, "reason": event.reason, "by": event.by}
        case Overridden():
            told: Entry = {"type": "override", "clock": event.kind, "reason": event.reason, "by": event.by}
            told |= {"seconds": event.seconds} if event.seconds is not None else {}
            return told | ({"until": _instant(event.until)} if event.until is not None else {})
        case Stopped():
            return {"type": "stop", "clock": event.kind, "reason": event.reason, "by": event.by}
        case _:
            raise TypeError(f"{type(event).__name__} has no exchange form")


def _hands(event: Created | Assigned) -> Entry:
    """Return which team has it, as a text that can be compared, and whether somebody of it does."""
    told: Entry = {"group": str(event.group)} if event.group is not None else {}
    return told | ({"assignee": "somebody"} if event.is_owned else {})


def _assigned(event: AgreementAssigned, statuses: Mapping[str, StatusRule]) -> dict[str, object]:
    rows: list[Entry] = []
    if event.targets:
        row: Entry = {"name": event.rule or "", "calendars": {}}
        row |= {kind: target.seconds for kind, target in event.targets.items()}
        row["calendars"] = {kind: target.hours.to_exchange() for kind, target in event.targets.items()}
        rows.append(row)
    rules = {
        "retarget": event.retarget,
        "reopen": event.reopen,
        "reopen_limit_days": event.continue_within_seconds // 86_400,
    }
    return _policy(rows, statuses, rules)


def _policy(
    rows: Iterable[Entry], statuses: Mapping[str, StatusRule], rules: Mapping[str, object]
) -> dict[str, object]:
    """Return a policy; what statuses mean is said once, by the policy that the log begins with."""
    told = {"targets": list(rows), **rules}
    if rules:
        return told
    return told | {
        "statuses": {
            key: {
                "category": rule.category,
                "clocks": {kind: str(effect) for kind, effect in rule.effects.items()},
            }
            for key, rule in statuses.items()
        }
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
