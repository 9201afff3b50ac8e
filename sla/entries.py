"""An event of a ticket's log, as far as clocks read it, and what it is to the fold."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypedDict, cast

from servicedesk.calendars.queries import hours_of
from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.db import canonical_json, instant_from
from sla.agreements import plans_by_rule
from sla.core.events import (
    Acknowledged,
    AgreementAssigned,
    Assigned,
    Author,
    Created,
    Envelope,
    Event,
    Held,
    Kind,
    Message,
    Overridden,
    Released,
    Reopening,
    Retargeting,
    StatusSet,
    TargetInForce,
)


class Entry(NamedTuple):
    """One event of a ticket's log, as far as clocks read it."""

    ticket_id: int
    seq: int
    type: str
    at: datetime
    received_at: datetime
    at_known: bool
    imported: bool
    command_id: str
    body: Mapping[str, Any]


def entry_of(event: LoggedEvent) -> Entry:
    """Return an event of the present save as an entry."""
    imported = event.cause.kind == "import"
    body = cast(Mapping[str, Any], event.body)
    return Entry(
        event.stream.id,
        event.seq,
        event.type,
        event.at,
        event.received_at,
        event.at_known,
        imported,
        event.command_id,
        body,
    )


def envelope_of(entry: Entry) -> Envelope:
    return {
        "id": str(entry.seq),
        "at": entry.at,
        "order": entry.seq,
        "save": entry.command_id,
        "received_at": entry.received_at,
        "imported": entry.imported,
        "at_known": entry.at_known,
    }


def core_event(entry: Entry) -> Event | None:
    body, said = entry.body, envelope_of(entry)
    match entry.type:
        case "ticket_opened":
            return Created(**said, **_hands(body), status=body["status"], by="customer")
        case "message_added":
            return Message(**said, by=cast(Author, body["by"]))
        case "status_changed":
            return StatusSet(**said, status=body["to_status"])
        case "assigned":
            return Assigned(**said, **_hands(body))
        case "agreement_assigned":
            return promised_by(said, body)
        case "clock_held":
            return Held(**said, kind=body["kind"], reason="by_hand", by="")
        case "clock_released":
            return Released(**said, kind=body["kind"])
        case "clock_overridden":
            return Overridden(**said, kind=body["kind"], until=instant_from(body["until"]))
        case "clock_acknowledged":
            return Acknowledged(**said, kind=body["kind"])
        case _:
            return None


class _Hands(TypedDict):
    group: int
    is_owned: bool


def _hands(body: Mapping[str, Any]) -> _Hands:
    return {"group": body["group_id"], "is_owned": body["assignee_id"] is not None}


def promised_by(said: Envelope, body: Mapping[str, Any]) -> AgreementAssigned:
    targets = {
        cast(Kind, kind): TargetInForce(seconds, hours_of(calendar_version), calendar_version)
        for kind, (seconds, calendar_version) in body["targets"].items()
    }
    reason = {name: body[name] for name in ("agreement", "rule", "position", "matched")}
    return AgreementAssigned(
        **said,
        agreement_version_id=body["version_id"],
        rule=body["rule"],
        targets=targets,
        reason=canonical_json(reason),
        retarget=cast(Retargeting, body["retarget"]),
        reopen=cast(Reopening, body["reopen"]),
        continue_within_seconds=body["reopen_within_days"] * 86_400,
        steps=plans_by_rule().get((body["version_id"], body["rule"]), {}),
    )
