"""Rebuilding what stands beside a ticket and is no version of it: followers, links, surveys. Pure."""

from datetime import datetime
from typing import Any

from servicedesk.kernel.chain import LoggedEvent

Row = dict[str, Any]


def watcher_added(watchers: list[Row], event: LoggedEvent) -> None:
    """Add who follows the ticket from now on."""
    watchers.append({"ticket_id": event.stream.id, "person_id": event.body["person_id"]})


def watcher_removed(watchers: list[Row], event: LoggedEvent) -> None:
    """Remove who no longer follows it."""
    watchers.remove({"ticket_id": event.stream.id, "person_id": event.body["person_id"]})


def mentioned(mentions: list[Row], event: LoggedEvent) -> None:
    """Add whom a message calls."""
    said: Any = event.body
    message = {"ticket_id": event.stream.id, "seq": said["message_seq"]}
    mentions += [message | {"person_id": person_id} for person_id in said["person_ids"]]


def survey(surveys: list[Row], event: LoggedEvent) -> None:
    """Note what was asked or answered about a resolution; nobody overwrites anything by it."""
    resolution = event.body["resolution"]
    rows = [row for row in surveys if row["resolution"] == resolution]
    if not rows:
        empty = dict.fromkeys(("asked_at", "answered_at", "score")) | {"has_comment": False}
        rows = [{"ticket_id": event.stream.id, "resolution": resolution, **empty}]
        surveys += rows
    if event.type == "survey_answered":
        said = {"score": event.body["score"], "has_comment": event.body["comment"]}
        rows[0].update({"answered_at": event.at, **said})
    elif rows[0]["asked_at"] is None:
        rows[0]["asked_at"] = event.at


def link_made(links: list[Row], event: LoggedEvent) -> None:
    """Add a private link; of it the log names the beginning of the digest, and the moments."""
    row = {"ticket_id": event.stream.id, "link": event.body["link"], "created_at": event.at}
    until = datetime.fromisoformat(str(event.body["expires_at"]))
    links.append(row | {"expires_at": until, "ended_at": None})


def links_ended(links: list[Row], event: LoggedEvent) -> None:
    """Note when private links ended."""
    ended: Any = event.body["links"]
    for row in links:
        if row["link"] in ended:
            row["ended_at"] = event.at


def reopened(reopenings: list[Row], ticket: Row, event: LoggedEvent) -> None:
    """Add for how long the ticket was done, before its columns forget it."""
    known = [ticket[name] for name in ("resolved_at", "closed_at", "opened_at") if ticket[name] is not None]
    reopenings.append(
        {
            "ticket_id": event.stream.id,
            "position": len(reopenings) + 1,
            "done_at": known[0],
            "reopened_at": event.at,
            "lasted_seconds": int((event.at - known[0]).total_seconds()),
        }
    )
