"""Log entries of the exchange form, read as events of the fold."""

from collections.abc import Mapping
from typing import TypedDict, cast

from sla.core.events import (
    KINDS,
    Assigned,
    Author,
    Created,
    Envelope,
    Event,
    Gone,
    Held,
    Kind,
    Message,
    Overridden,
    Released,
    StatusSet,
    Stopped,
    VendorTurn,
)
from sla.core.exchange_values import flag_in, instant_in, mapping_in, number_in, one_of, text_in

Entry = Mapping[str, object]

# What a created entry says about itself; whatever else it carries is a fact that rules may match.
_ENVELOPE = frozenset(
    {"id", "at", "order", "type", "status", "by", "command_id", "received_at", "imported", "at_known"}
)
_FACTLESS = frozenset(
    {"message", "note", "status", "merged", "split", "deleted", "hold", "release", "override", "stop"}
    | {"vendor_in", "vendor_out", "assigned", "policy", "calendar"}
)


class Hands(TypedDict):
    """In whose hands an entry leaves the subject."""

    group: str | None
    is_owned: bool


def changes_of(entry: Entry) -> dict[str, object]:
    """Return the facts an entry sets: all of a created one's, the changed one of a field change."""
    kind = text_in(entry, "type")
    if kind == "created":
        return {name: value for name, value in entry.items() if name not in _ENVELOPE}
    if kind in {"fields", "fields_changed"}:
        return dict(mapping_in(entry, "to"))
    if kind == "assigned" and entry.get("group") is not None:
        return {"group": entry["group"]}
    if kind == "field":
        return {text_in(entry, "field"): entry.get("to")}
    return {} if kind in _FACTLESS or "to" not in entry else {kind: entry["to"]}


def event_of(entry: Entry, order: int) -> Event:
    """Return the event of an entry; types that clocks do not know say only that something happened."""
    said = _envelope(entry, order)
    match text_in(entry, "type"):
        case "created":
            return Created(
                **said,
                **_hands(entry),
                status=text_in(entry, "status", "open"),
                by=_author(entry, "customer"),
            )
        case "message":
            return Message(**said, by=_author(entry, "system"), public=flag_in(entry, "public", True))
        case "status":
            return StatusSet(**said, status=text_in(entry, "to"))
        case "assigned":
            return Assigned(**said, **_hands(entry))
        case "vendor_out" | "vendor_in" as turn:
            return VendorTurn(**said, is_out=turn == "vendor_out")
        case "merged" | "deleted" as reason:
            # The ticket that others are merged into keeps its clocks.
            return Event(**said) if "from" in entry else Gone(**said, reason=reason)
        case "hold" | "release" | "override" | "stop":
            return _manual(entry, said)
        case _:
            return Event(**said)


def _manual(entry: Entry, said: Envelope) -> Event:
    by, reason = text_in(entry, "by", ""), text_in(entry, "reason", "")
    kind = _kind(entry)
    match text_in(entry, "type"):
        case "hold":
            return Held(**said, kind=kind, reason=reason, by=by)
        case "release":
            return Released(**said, kind=kind, reason=reason, by=by)
        case "stop":
            return Stopped(**said, kind=kind or "resolution", reason=reason, by=by)
        case _:
            return Overridden(
                **said,
                kind=kind or "resolution",
                seconds=number_in(entry, "seconds") if "seconds" in entry else None,
                until=instant_in(entry, "until") if "until" in entry else None,
                reason=reason,
                by=by,
            )


def _envelope(entry: Entry, order: int) -> Envelope:
    return {
        "id": text_in(entry, "id", str(order)),
        "at": instant_in(entry, "at"),
        "order": number_in(entry, "order", order),
        "save": text_in(entry, "command_id") if entry.get("command_id") is not None else None,
        "received_at": instant_in(entry, "received_at") if "received_at" in entry else None,
        "imported": flag_in(entry, "imported", False),
        "at_known": flag_in(entry, "at_known", True),
    }


def _hands(entry: Entry) -> Hands:
    """Return which team has it (`group`), and if somebody of it does (`assignee`); both may be missing."""
    group = text_in(entry, "group") if entry.get("group") is not None else None
    return {"group": group, "is_owned": entry.get("assignee") is not None}


def _author(entry: Entry, default: Author) -> Author:
    """Return who spoke; whoever is neither customer nor agent answers nothing, like the system."""
    by = text_in(entry, "by", default)
    return cast(Author, by) if by in {"customer", "agent"} else "system"


def _kind(entry: Entry) -> Kind | None:
    if entry.get("clock") is None:
        return None
    return cast(Kind, one_of(text_in(entry, "clock"), "clock", KINDS))
