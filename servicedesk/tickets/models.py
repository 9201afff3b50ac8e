"""Tables of tickets and the catalogue. Columns only.

Every column of `ticket`, `message` and `attachment` is derived from the ticket's event log and can be rebuilt
from it.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from servicedesk.kernel.db import Base, Id

OFFERED = text("offered_group_id is not null")
OPEN = text("status_category in ('open', 'waiting')")
MERGED = text("merged_into_id is not null")
TO_SORT = text("status_category in ('open', 'waiting') and needs_triage")


class StatusRow(Base):
    """A status as data: `clocks` is JSON of clock kind to what it does, `names` of language to name."""

    __tablename__ = "status"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    category: Mapped[str] = mapped_column(String(12))
    names: Mapped[str] = mapped_column(Text, default="{}")
    clocks: Mapped[str] = mapped_column(Text)
    position: Mapped[int]


class TicketCategory(Base):
    """A node of the category tree (two levels). `default_group_id` is where its tickets go."""

    __tablename__ = "category"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    name: Mapped[str] = mapped_column(String(120))
    names: Mapped[str] = mapped_column(Text, default="{}")
    default_group_id: Mapped[int | None] = mapped_column(ForeignKey("assignment_group.id"))
    is_active: Mapped[bool] = mapped_column(default=True)
    row_version: Mapped[int] = mapped_column(default=1)


class CatalogueItem(Base):
    """Something a customer can ask for.

    `texts` is JSON: language → {name, description, examples: [..]}; `form` is JSON: a list of questions
    (see `core/questions.py`).
    """

    __tablename__ = "catalogue_item"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(120))
    texts: Mapped[str] = mapped_column(Text, default="{}")
    form: Mapped[str] = mapped_column(Text, default="[]")
    default_group_id: Mapped[int | None] = mapped_column(ForeignKey("assignment_group.id"))
    default_impact: Mapped[int] = mapped_column(default=3)
    default_urgency: Mapped[int] = mapped_column(default=2)
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    row_version: Mapped[int] = mapped_column(default=1)


class Ticket(Base):
    """The state of a request, a cache of its event log. `id` is the ticket's number, from the counter row.

    `last_by` is who spoke last in public (customer, agent or system); `answered_at` is the first public
    answer of an agent; `answer_count` and `handover_count` are its public answers and the times a person
    sent it on to another team, both until it was done for the first time; `closed_by_itself` tells an
    automatic close from a person's. `times_known` is false for history whose dates nobody knows: it stays
    out of every time figure. `merged_into_id` is where a merged ticket goes on, `merged_count` how many go
    on in this one. `row_version` counts the events that people would want to see before they overwrite
    anything. `offer_seq` is the event of a hand-over that nobody has answered yet, with whose it is to
    answer: a team's, or one person's of it.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        CheckConstraint("impact between 1 and 3", name="impact"),
        CheckConstraint("urgency between 1 and 3", name="urgency"),
        CheckConstraint("priority between 1 and 4", name="priority"),
        Index("ix_ticket_open_group", "group_id", "priority", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_ticket_open_assignee", "assignee_id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_ticket_open_status", "status", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_ticket_open_triage", "id", sqlite_where=TO_SORT, postgresql_where=TO_SORT),
        Index("ix_ticket_open_opened", "opened_at", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_ticket_offered", "offered_group_id", sqlite_where=OFFERED, postgresql_where=OFFERED),
        Index("ix_ticket_requester", "requester_id", "id"),
        Index("ix_ticket_organisation", "organisation_id", "id"),
        Index("ix_ticket_merged", "merged_into_id", sqlite_where=MERGED, postgresql_where=MERGED),
        Index("ix_ticket_team", "id", "group_id", "priority", "times_known"),  # for joins of reports
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(255))
    subject_folded: Mapped[str] = mapped_column(String(510))
    preview: Mapped[str] = mapped_column(String(200), default="")
    requester_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))
    channel: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(12))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_item.id"))
    status: Mapped[str] = mapped_column(String(32))
    status_category: Mapped[str] = mapped_column(String(12))
    impact: Mapped[int]
    urgency: Mapped[int]
    priority: Mapped[int]
    priority_reasons: Mapped[str] = mapped_column(String(120))
    priority_override: Mapped[int | None]
    deadline_at: Mapped[datetime | None]
    group_id: Mapped[int] = mapped_column(ForeignKey("assignment_group.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    needs_triage: Mapped[bool]
    offer_seq: Mapped[int | None]
    offered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    offered_group_id: Mapped[int | None] = mapped_column(ForeignKey("assignment_group.id"))
    offered_to_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    last_message_at: Mapped[datetime | None]
    last_by: Mapped[str | None] = mapped_column(String(12))
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_itself: Mapped[bool] = mapped_column(default=False)
    wake_at: Mapped[datetime | None]
    reopened_count: Mapped[int] = mapped_column(default=0)
    answer_count: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    handover_count: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    times_known: Mapped[bool] = mapped_column(default=True)
    import_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    merged_count: Mapped[int] = mapped_column(default=0, server_default="0")
    changed_at: Mapped[datetime] = mapped_column(index=True)
    row_version: Mapped[int] = mapped_column(default=1)


class Reopening(Base):
    """A time for which a ticket was done before it was taken up again; `position` counts them from 1.

    Together with the ticket's own columns they tell when it was open. `lasted_seconds` is the time between.
    """

    __tablename__ = "ticket_reopening"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    done_at: Mapped[datetime]
    reopened_at: Mapped[datetime]
    lasted_seconds: Mapped[int]


class Survey(Base):
    """How the requester found one resolution of a ticket, from 1 (bad) to 5 (good); NULL while not answered.

    `resolution` is the event that resolved it. `asked_at` is NULL for an answer that nobody asked for.
    """

    __tablename__ = "survey"
    __table_args__ = (CheckConstraint("score between 1 and 5", name="score"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True, autoincrement=False)
    resolution: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    score: Mapped[int | None]
    has_comment: Mapped[bool] = mapped_column(default=False)


class Message(Base):
    """A public message or an internal note; its text is the erasable text of event `seq`.

    `by` is customer, agent or system. Customers never get rows whose `public` is false.
    """

    __tablename__ = "message"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    public: Mapped[bool]
    by: Mapped[str] = mapped_column(String(12))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]


class StoredFile(Base):
    """Content that lies in the store of files (kernel/files.py). `media_type` was read off the content.

    The row is there before the file and goes after it. `used_at` is when somebody last sent this content:
    nothing is removed soon after, so that a file cannot go while it comes (see files_tidying.py).
    """

    __tablename__ = "stored_file"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    used_at: Mapped[datetime] = mapped_column(index=True)


class Upload(Base):
    """A file that somebody chose for a text that is not sent yet; nobody else can name or see it."""

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), index=True)
    name: Mapped[str] = mapped_column(String(160))
    created_at: Mapped[datetime] = mapped_column(index=True)


class Attachment(Base):
    """A file of the message or note `message_seq`; its name is in the erasable text of event `seq`.

    `public` follows the message: customers never get rows where it is false. `sha256` is None once erased.
    """

    __tablename__ = "attachment"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    message_seq: Mapped[int]
    public: Mapped[bool]
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Watcher(Base):
    """Somebody who follows a ticket."""

    __tablename__ = "watcher"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)


class Mention(Base):
    """Somebody whom the message or note `seq` calls. `seen_at` is when they looked; no log tells of that."""

    __tablename__ = "mention"
    __table_args__ = (Index("ix_mention_person", "person_id", "seen_at"),)

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    seen_at: Mapped[datetime | None]


class Draft(Base):
    """A text that somebody has begun: for a ticket, or for a new request where `ticket_id` is 0."""

    __tablename__ = "draft"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text)
    row_version: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(index=True)


class PrivateLink(Base):
    """A way to one request for its requester without signing in. `digest` is SHA-256 of the link's secret.

    The secret follows from `nonce` and the desk's key, so that the link can be shown and mailed again.
    """

    __tablename__ = "private_link"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    nonce: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class PullCount(Base):
    """How often somebody took the next ticket; every so many pulls are for the overdue ones."""

    __tablename__ = "pull_count"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    pulls: Mapped[int] = mapped_column(default=0)
