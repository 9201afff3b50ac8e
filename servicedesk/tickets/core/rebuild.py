"""A ticket made again from its log: every column of its row and its messages. Pure.

Written from what the events say they mean, to check the rows that commands keep. It shares no code with
those commands, so that a mistake of theirs is not made twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from servicedesk.kernel.chain import LoggedEvent
from servicedesk.kernel.folding import fold_text
from servicedesk.tickets.core.rebuild_besides import (
    link_made,
    links_ended,
    mentioned,
    reopened,
    survey,
    watcher_added,
    watcher_removed,
)

Row = dict[str, Any]
FOLDED_LENGTH, PREVIEW_LENGTH, PREVIEW_READS = 510, 160, 640
# Taken from the opening as they stand there.
_AS_OPENED = (
    *("kind", "requester_id", "opened_by_id", "organisation_id", "branch_id", "channel", "language"),
    *("category_id", "item_id", "status", "impact", "urgency", "priority", "deadline_at", "group_id"),
    *("assignee_id", "needs_triage", "import_key"),
)
_NOT_YET = (
    *("answered_at", "last_message_at", "last_by", "resolved_at", "closed_at", "wake_at"),
    *("priority_override", "offer_seq", "offered_by_id", "offered_group_id", "offered_to_id"),
    "merged_into_id",
)


class CannotRebuild(ValueError):
    """The log does not tell of a ticket: it begins with something else, or contradicts its own form."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """An event that says the ticket was otherwise before it than the events before it tell."""

    seq: int
    column: str
    said: object
    was: object


@dataclass(slots=True)
class Rebuilt:
    """What the log tells: the ticket's row and what goes with it, and where it contradicts itself."""

    ticket: Row
    messages: list[Row] = field(default_factory=list)
    attachments: list[Row] = field(default_factory=list)
    watchers: list[Row] = field(default_factory=list)
    mentions: list[Row] = field(default_factory=list)
    reopenings: list[Row] = field(default_factory=list)
    surveys: list[Row] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)
    contradictions: list[Contradiction] = field(default_factory=list)


def rebuild(
    log: Sequence[LoggedEvent],
    texts: Mapping[int, Mapping[str, Any]],
    categories: Mapping[str, str],
) -> Rebuilt:
    """Return the rows of the ticket whose `log` this is, in order of seq.

    texts: what is not erased, by seq. categories: status key to category. Raises CannotRebuild.
    """
    try:
        return _rebuild(log, texts, categories)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise CannotRebuild(f"{type(error).__name__}: {error}") from None


def _rebuild(
    log: Sequence[LoggedEvent],
    texts: Mapping[int, Mapping[str, Any]],
    categories: Mapping[str, str],
) -> Rebuilt:
    if not log or log[0].type != "ticket_opened":
        raise CannotRebuild("the log does not begin with ticket_opened")
    telling = _Telling(Rebuilt(_opened(log[0], texts)), texts, categories)
    undone = _undone(log)
    for event in log:
        tell = _TELLERS.get(event.type)
        if event.type in _BESIDES and event.seq not in undone:
            _BESIDES[event.type](telling, event)
        if tell is not None:
            if event.seq not in undone:
                tell(telling, event)
            telling.told.ticket["row_version"] += 1
            telling.told.ticket["changed_at"] = event.received_at
    row = telling.told.ticket
    row["status_category"] = categories[row["status"]]
    return telling.told


def _undone(log: Sequence[LoggedEvent]) -> set[int]:
    """Return which events were taken back: they count as versions and tell nothing else."""
    undone: set[int] = set()
    for event in log:
        if event.type == "taken_back":
            seqs: Any = event.body["seqs"]
            if any(not 1 < seq < event.seq or seq in undone for seq in seqs):
                raise CannotRebuild(f"event {event.seq} takes back what it cannot")
            undone.update(seqs)
    return undone


def _opened(event: LoggedEvent, texts: Mapping[int, Mapping[str, Any]]) -> Row:
    body: Mapping[str, Any] = event.body
    subject = texts.get(event.seq, {}).get("subject", "")
    row = {name: body[name] for name in _AS_OPENED} | dict.fromkeys(_NOT_YET)
    return row | {
        "id": event.stream.id,
        "subject": subject,
        "subject_folded": fold_text(subject)[:FOLDED_LENGTH],
        "preview": "",
        "deadline_at": _instant(body["deadline_at"]),
        "priority_reasons": ",".join(body["priority_reasons"]),
        "opened_at": event.at,
        "closed_by_itself": False,
        "reopened_count": 0,
        "answer_count": 0,
        "handover_count": 0,
        "merged_count": 0,
        "times_known": event.at_known,
        "changed_at": event.received_at,
        "row_version": 0,
    }


def _instant(said: Any) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)


@dataclass(slots=True)
class _Telling:
    """A log while it is told."""

    told: Rebuilt
    texts: Mapping[int, Mapping[str, Any]]
    categories: Mapping[str, str]
    resolution: int | None = None

    def opened(self, event: LoggedEvent) -> None:
        if event.seq != 1:
            raise CannotRebuild("opened twice")

    def message(self, event: LoggedEvent) -> None:
        row, by = self.told.ticket, event.body["by"]
        self._keep_message(event, public=True, by=by, channel=event.body["channel"])
        if by == "agent" and (row["answered_at"] is None or event.at < row["answered_at"]):
            row["answered_at"] = event.at
        row["answer_count"] += by == "agent" and self._is_never_done()
        text = self.texts.get(event.seq, {}).get("text", "")
        if row["last_message_at"] is None or event.at >= row["last_message_at"]:
            row["preview"] = " ".join(text[:PREVIEW_READS].split())[:PREVIEW_LENGTH]
            row["last_message_at"], row["last_by"] = event.at, by

    def note(self, event: LoggedEvent) -> None:
        self._keep_message(event, public=False, by="agent", channel="portal")

    def _keep_message(self, event: LoggedEvent, *, public: bool, by: object, channel: object) -> None:
        self.told.messages.append(
            {
                "ticket_id": event.stream.id,
                "seq": event.seq,
                "public": public,
                "by": by,
                "author_id": event.body["author_id"],
                "channel": channel,
                "at": event.at,
            }
        )

    def attachment(self, event: LoggedEvent) -> None:
        said = ("message_seq", "public", "size", "media_type", "author_id")
        row = {name: event.body[name] for name in said}
        sha256 = self.texts.get(event.seq, {}).get("sha256")
        identity = {"ticket_id": event.stream.id, "seq": event.seq}
        self.told.attachments.append(identity | row | {"sha256": sha256, "at": event.at})

    def survey(self, event: LoggedEvent) -> None:
        """A rating is of the resolution that stands, and from 1 to 5."""
        said, score = event.body["resolution"], event.body.get("score", 1)
        if said != self.resolution:
            self.told.contradictions.append(Contradiction(event.seq, "resolution", said, self.resolution))
        if score not in range(1, 6):
            self.told.contradictions.append(Contradiction(event.seq, "score", score, None))
        survey(self.told.surveys, event)

    def status(self, event: LoggedEvent) -> None:
        row, body = self.told.ticket, event.body
        self._expect(event, {"status": body["from_status"]})
        was_done = self.categories[row["status"]] in ("resolved", "closed")
        row["status"] = body["to_status"]
        category = self.categories[row["status"]]
        if was_done and category in ("open", "waiting"):
            reopened(self.told.reopenings, row, event)
        if category in ("open", "waiting"):
            row["resolved_at"] = row["closed_at"] = None
        is_solved = category == "resolved" or (row["status"] == "closed" and not was_done)
        if is_solved:
            row["resolved_at"] = event.at
        if category == "closed":
            row["closed_at"] = event.at
        if row["status"] != "closed" or is_solved:
            self.resolution = event.seq if is_solved else None
        row["closed_by_itself"] = row["status"] == "closed" and body["reason"] == "stayed_resolved"
        row["reopened_count"] += body["move"] == "reopen"
        row["wake_at"] = _instant(body["wake_at"])

    def _is_never_done(self) -> bool:
        return not self.told.reopenings and self.categories[self.told.ticket["status"]] in ("open", "waiting")

    def fields(self, event: LoggedEvent) -> None:
        changes: Any = event.body["changes"]
        unknown = set(changes) - set(self.told.ticket)
        if unknown:
            raise CannotRebuild(f"event {event.seq} changes {', '.join(sorted(unknown))}")
        self._expect(event, {name: old for name, (old, _new) in changes.items()})
        self.told.ticket.update({name: new for name, (_old, new) in changes.items()})

    def assigned(self, event: LoggedEvent) -> None:
        body = event.body
        before = {"group_id": body["from_group_id"], "assignee_id": body["from_assignee_id"]}
        self._expect(event, before)
        is_sent_on = body["group_id"] != body["from_group_id"] and not self.told.ticket["needs_triage"]
        by_person = event.actor.kind == "person"
        self.told.ticket["handover_count"] += is_sent_on and by_person and self._is_never_done()
        for name in ("group_id", "assignee_id", "needs_triage"):
            self.told.ticket[name] = body[name]

    def offered(self, event: LoggedEvent) -> None:
        row, body = self.told.ticket, event.body
        before = {"group_id": body["from_group_id"], "assignee_id": body["from_assignee_id"]}
        self._expect(event, before | {"offer_seq": None})
        row["offer_seq"], row["offered_by_id"] = event.seq, event.actor.id
        row["offered_group_id"], row["offered_to_id"] = body["group_id"], body["person_id"]

    def offer_over(self, event: LoggedEvent) -> None:
        self._expect(event, {"offer_seq": event.body["offer_seq"]})
        for name in ("offer_seq", "offered_by_id", "offered_group_id", "offered_to_id"):
            self.told.ticket[name] = None

    def erased(self, event: LoggedEvent) -> None:
        """What was erased is not among the texts, so nothing of it was told."""

    def merged(self, event: LoggedEvent) -> None:
        body = event.body
        if body["relation"] in ("into", "back_into"):
            self.told.ticket["merged_into_id"] = body["other_id"]
        self.told.ticket["merged_count"] += body["relation"] == "from"

    def took_back(self, event: LoggedEvent) -> None:
        """What was taken back was left out, so nothing of it has to be put right."""

    def _expect(self, event: LoggedEvent, before: Mapping[str, object]) -> None:
        for name, said in before.items():
            was = self.told.ticket[name]
            if was != said:
                self.told.contradictions.append(Contradiction(event.seq, name, said, was))


# What stands beside the ticket and counts as no version of it.
_BESIDES: Mapping[str, Callable[[_Telling, LoggedEvent], None]] = {
    "attachment_added": _Telling.attachment,
    "watcher_added": lambda telling, event: watcher_added(telling.told.watchers, event),
    "watcher_removed": lambda telling, event: watcher_removed(telling.told.watchers, event),
    "people_mentioned": lambda telling, event: mentioned(telling.told.mentions, event),
    "private_link_made": lambda telling, event: link_made(telling.told.links, event),
    "private_links_ended": lambda telling, event: links_ended(telling.told.links, event),
    "survey_asked": _Telling.survey,
    "survey_answered": _Telling.survey,
}
# The events that people would want to see before they overwrite anything: each counts as a version.
_TELLERS: Mapping[str, Callable[[_Telling, LoggedEvent], None]] = {
    "ticket_opened": _Telling.opened,
    "message_added": _Telling.message,
    "note_added": _Telling.note,
    "status_changed": _Telling.status,
    "fields_changed": _Telling.fields,
    "assigned": _Telling.assigned,
    "handover_offered": _Telling.offered,
    "handed_over": _Telling.offer_over,
    "handover_ended": _Telling.offer_over,
    "text_erased": _Telling.erased,
    "taken_back": _Telling.took_back,
    "tickets_merged": _Telling.merged,
}
