"""Rebuilding what stands beside a ticket and is no version of it: followers, those called, surveys. Pure."""

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
